<?php
// Send one message by Symfony Mailer with MAILER_DSN of the file named first, or print what the DSN is made of as JSON.
use Symfony\Component\Dotenv\Dotenv;
use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mailer\Transport\Dsn;
use Symfony\Component\Mime\Email;

require '/usr/share/php/Symfony/Component/Dotenv/autoload.php';
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
$dsn = (new Dotenv())->parse(file_get_contents($argv[1]))['MAILER_DSN'];
if (isset($argv[2])) {
    $email = (new Email())->from('noreply@example.edu')->to($argv[2])->subject('hello')->text('hello');
    (new Mailer(Transport::fromDsn($dsn)))->send($email);
    exit;
}
$parts = Dsn::fromString($dsn);
$read = ['scheme' => $parts->getScheme(), 'host' => $parts->getHost(), 'port' => $parts->getPort()];
$read += ['user' => $parts->getUser(), 'password' => $parts->getPassword()];
foreach (['verify_peer', 'local_domain', 'auto_tls', 'require_tls'] as $name) {
    $read[$name] = $parts->getOption($name);
}
echo json_encode($read, JSON_THROW_ON_ERROR);
