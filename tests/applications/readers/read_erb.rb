# `file` through ERB and then as YAML, as Redmine reads its configuration.yml, as JSON.
require "json"
require "yaml"
require "erb"
puts JSON.generate(YAML.load(ERB.new(File.read("file")).result))
