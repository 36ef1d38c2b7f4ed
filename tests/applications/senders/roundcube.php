<?php
// Send one message by Roundcube's own rcube_smtp: the folder with its settings and its defaults, and the recipient.
define('RCUBE_CONFIG_DIR', "$argv[1]/");
require '/usr/share/roundcube/program/lib/Roundcube/bootstrap.php';
rcube::get_instance()->config->set('log_driver', 'stdout');
$smtp = new rcube_smtp();
$headers = "From: noreply@example.edu\r\n";
if (!$smtp->connect() || !$smtp->send_mail('noreply@example.edu', $argv[2], $headers, 'hello')) {
    fwrite(STDERR, json_encode([$smtp->get_response(), $smtp->get_error()], JSON_UNESCAPED_SLASHES));
    exit(1);
}
$smtp->disconnect();
