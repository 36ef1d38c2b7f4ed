<?php
// Send one message by Roundcube's own rcube_smtp, with the settings in `config.inc.php` over Roundcube's defaults.
// Arguments: the folder that Debian's packages were unpacked into, and the recipient.
[, $root, $recipient] = $argv;
define('RCUBE_CONFIG_DIR', getcwd() . '/');
set_include_path("$root/usr/share/php");
copy("$root/etc/roundcube/defaults.inc.php", 'defaults.inc.php');
require "$root/usr/share/roundcube/program/lib/Roundcube/bootstrap.php";
$config = rcube::get_instance()->config;
$config->set('log_driver', 'stdout');
$smtp = new rcube_smtp();
if (!$smtp->connect() || !$smtp->send_mail('noreply@example.edu', $recipient, "From: noreply@example.edu\r\n", 'hello')) {
    fwrite(STDERR, implode(' ', $smtp->get_response()) . json_encode($smtp->get_error()));
    exit(1);
}
$smtp->disconnect();
