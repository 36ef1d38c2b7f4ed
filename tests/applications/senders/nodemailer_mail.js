// Nodemailer with `mail.json`: what it made of it, or one message sent. Arguments: the file, and the recipient if any.
const fs = require('fs')
const nodemailer = require('nodemailer')
const SMTPConnection = require('nodemailer/lib/smtp-connection')

const [, , file, recipient] = process.argv
const { transport, defaults } = JSON.parse(fs.readFileSync(file, 'utf8'))
const transporter = nodemailer.createTransport(transport, defaults)
if (recipient) {
    transporter.sendMail({ to: recipient, subject: 'hello', text: 'hello' }).catch((error) => {
        console.error(error.message)
        process.exitCode = 1
    })
} else {
    const { options } = transporter.transporter
    const { host, port, secureConnection, name } = new SMTPConnection(options)
    console.log(JSON.stringify({ ...options, defaults, host, port, secureConnection, name }))
}
