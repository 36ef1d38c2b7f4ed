<?php
// Send one message by PHPMailer with the settings in the file named first, as Moodle's get_mailer() and moodle_phpmailer
// hand them over, to the recipient; without one, print them as JSON.
$CFG = new stdClass();
require $argv[1];
if (!isset($argv[2])) {
    exit(json_encode($CFG, JSON_THROW_ON_ERROR));
}
foreach (['Exception', 'SMTP', 'PHPMailer'] as $class) {
    require "/usr/share/php/libphp-phpmailer/src/$class.php";
}
$mailer = new PHPMailer\PHPMailer\PHPMailer(true);
$mailer->SMTPAutoTLS = false;
if (!empty($CFG->smtpauthtype)) {
    $mailer->AuthType = $CFG->smtpauthtype;
}
$mailer->isSMTP();
$mailer->Host = $CFG->smtphosts;
$mailer->SMTPSecure = $CFG->smtpsecure;
if ($CFG->smtpuser) {
    $mailer->SMTPAuth = true;
    $mailer->Username = $CFG->smtpuser;
    $mailer->Password = $CFG->smtppass;
}
$mailer->setFrom($CFG->noreplyaddress);
$mailer->addAddress($argv[2]);
$mailer->Subject = $mailer->Body = 'hello';
$mailer->send();
