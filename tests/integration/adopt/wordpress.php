<?php
// What PHP itself makes of files that set WordPress' mail: php wordpress.php FILE... prints what is set, as JSON.
// It stands in for WordPress, whose functions call the code as WordPress does.
error_reporting(0);
define('ABSPATH', '/');

#[AllowDynamicProperties]
class Mailer
{
    const ENCRYPTION_STARTTLS = 'tls';
    const ENCRYPTION_SMTPS = 'ssl';
    public $calls = [];

    public function __call($name, $arguments)
    {
        foreach (array_merge([$name => true], $arguments) as $key => $value) {
            $this->calls['call.' . strtolower($name) . (is_int($key) ? ".$key" : '')] = $value;
        }
    }
}
class_alias('Mailer', 'PHPMailer\PHPMailer\PHPMailer');
$hooks = ['phpmailer_init' => []];
$db = new Mailer();
define('WP_ENV', 'test');

function add_action($hook, $function)
{
    $GLOBALS['hooks'][$hook][] = $function;
}

function add_filter($hook, $function)
{
    add_action($hook, $function);
}

function wp_get_environment_type()
{
    return 'test';
}

function get_option($name)
{
    return null;
}

foreach (array_slice($argv, 1) as $file) {
    ob_start();
    require $file;
    ob_end_clean();
}
$phpmailer = isset($phpmailer) ? $phpmailer : new Mailer();
foreach ($hooks['phpmailer_init'] as $function) {
    $function($phpmailer);
}
$set = array_merge((array) $phpmailer, $phpmailer->calls, get_defined_constants(true)['user']);
foreach (array_diff_key($hooks, ['phpmailer_init' => 0]) as $hook => $functions) {
    foreach ($functions as $function) {
        $set["filter.$hook"] = $function('before');
    }
}
foreach ((array) ($phpmailer->SMTPOptions['ssl'] ?? []) as $name => $value) {
    $set["SMTPOptions.ssl.$name"] = $value;
}
echo json_encode($set);
