<?php
/* Plugin Name: Mail by the relay */
add_action('phpmailer_init', function ($phpmailer) {
    $phpmailer->isSMTP();
    $phpmailer->Host = 'RELAY';
    $phpmailer->Port = STARTTLS_PORT;
    $phpmailer->SMTPSecure = 'tls';
    $phpmailer->SMTPAuth = true;
    $phpmailer->Username = 'svc-mail';
    $phpmailer->Password = 'Herbst+2026/x';
    $phpmailer->From = 'blog@example.edu';
});
