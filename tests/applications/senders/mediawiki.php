<?php
// Send one message by the mailer that MediaWiki brings along, called as its UserMailer does: its settings, the recipient.
set_include_path('/usr/share/mediawiki/vendor/pear/mail:/usr/share/mediawiki/vendor/pear/net_smtp:' .
    '/usr/share/mediawiki/vendor/pear/net_socket:/usr/share/mediawiki/vendor/pear/pear-core-minimal/src');
require 'PEAR.php';
require 'Mail.php';
include $argv[1];
$headers = ['From' => $wgPasswordSender, 'To' => $argv[2], 'Subject' => 'hello'];
$sent = Mail::factory('smtp', $wgSMTP)->send($argv[2], $headers, 'hello');
if ($sent !== true) {
    fwrite(STDERR, $sent->getMessage());
    exit(1);
}
