# Send one message as Redmine does, with the configuration.yml named first, to the recipient; without one, print what
# Action Mailer gets of it as JSON. Redmine's lib/redmine/configuration.rb does no more than this with email_delivery.
require "erb"
require "json"
require "yaml"

delivery = YAML.load(ERB.new(File.read(ARGV[0])).result).fetch("production")["email_delivery"] || {}
if ARGV[1].nil?
  puts JSON.generate(delivery.merge("method" => delivery["delivery_method"].class))
  exit
end

require "action_mailer"

delivery.each { |key, value| ActionMailer::Base.send("#{key}=", value.is_a?(Hash) ? value.symbolize_keys : value) }
mailer = Class.new(ActionMailer::Base) do
  def self.name = "Mailer"

  def hello(recipient) = mail(from: "noreply@example.edu", to: recipient, subject: "hello", body: "hello")
end
mailer.hello(ARGV[1]).deliver_now
