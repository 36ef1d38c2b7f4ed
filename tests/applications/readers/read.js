// `file` as JSON, once through the parser.
console.log(JSON.stringify(JSON.parse(require('fs').readFileSync('file', 'utf8'))))
