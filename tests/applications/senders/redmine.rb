# Send one message as Redmine does, with the configuration.yml named first, to the recipient; without one, print what
# Action Mailer got of it as JSON. Redmine's lib/redmine/configuration.rb does no more than this with email_delivery.
require "action_mailer"
require "erb"
require "json"
require "yaml"

delivery = YAML.load(ERB.new(File.read(ARGV[0])).result).fetch("production")["email_delivery"] || {}
delivery.each { |key, value| ActionMailer::Base.send("#{key}=", value.is_a?(Hash) ? value.symbolize_keys : value) }
if ARGV[1].nil?
  puts JSON.generate(delivery)
else
  mailer = Class.new(ActionMailer::Base) do
    def self.name = "Mailer"

    def hello(recipient) = mail(from: "noreply@example.edu", to: recipient, subject: "hello", body: "hello")
  end
  mailer.hello(ARGV[1]).deliver_now
end
