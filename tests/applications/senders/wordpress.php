<?php
// Send one message by WordPress' own wp_mail with a must-use plugin: the plugin's file, and the recipient. With a third
// argument nothing is sent: what PHPMailer would send with is printed as JSON.
define('ABSPATH', '/usr/share/wordpress/');
define('WPINC', 'wp-includes');
require ABSPATH . WPINC . '/class-wp-error.php';
require ABSPATH . WPINC . '/plugin.php';
require ABSPATH . WPINC . '/formatting.php';
require ABSPATH . WPINC . '/http.php';
require ABSPATH . WPINC . '/pluggable.php';
// What these four ask is in the database.
function network_home_url()
{
    return 'https://www.example.edu/';
}
function get_bloginfo()
{
    return 'UTF-8';
}
function __($text)
{
    return $text;
}
include $argv[1];
if (isset($argv[3])) {
    add_action('phpmailer_init', static function ($mailer) {
        $read = get_object_vars($mailer) + ['ReplyTo' => array_keys($mailer->getReplyToAddresses())];
        exit(json_encode(array_filter($read, 'is_string', ARRAY_FILTER_USE_KEY), JSON_THROW_ON_ERROR));
    }, 99);
}
add_action('wp_mail_failed', static function ($error) {
    fwrite(STDERR, $error->get_error_message());
});
exit(wp_mail($argv[2], 'hello', 'hello') ? 0 : 1);
