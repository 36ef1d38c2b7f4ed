# What the gitlab.rb named first puts into gitlab_rails, as JSON.
require "json"

def external_url(_url) = nil

def gitlab_rails = ($gitlab_rails ||= {})

load ARGV[0]
puts JSON.generate(gitlab_rails)
