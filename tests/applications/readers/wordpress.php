<?php
// What the must-use plugin `file` makes of PHPMailer and of WordPress's own sender, as JSON.
class Mailer
{
    public $From = 'wordpress@localhost';
    public $replyTo = [];

    public function __set($name, $value)
    {
        throw new Exception("PHPMailer has no property $name");
    }

    public function addReplyTo($address)
    {
        $this->replyTo[] = $address;
    }
    // The properties of PHPMailer 6.7 that are public.
    public $Mailer, $Host, $Port, $SMTPSecure = '', $SMTPAutoTLS = true, $SMTPAuth = false, $AuthType = '';
    public $Username = '', $Password = '', $Timeout = 300, $Hostname = '', $SMTPOptions = [], $Sender = '';
}
$hooks = [];
function add_action($name, $hook)
{
    $GLOBALS['hooks'][$name] = $hook;
}
function add_filter($name, $hook)
{
    add_action($name, $hook);
}
include 'file';
$mailer = new Mailer();
$hooks['phpmailer_init']($mailer);
$sender = ['from' => $hooks['wp_mail_from']('given'), 'name' => $hooks['wp_mail_from_name']('given')];
echo json_encode(get_object_vars($mailer) + $sender);
