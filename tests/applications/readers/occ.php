<?php
// What stands for Nextcloud's occ: config:list and config:import on a JSON file beside it, with their own shapes.
// Each call's arguments are kept in a second file, for a test to look for what must not be among them.
$file = getenv('OCC_CONFIG') ?: __DIR__ . '/config.json';
file_put_contents("$file.calls", json_encode(array_slice($argv, 1)) . "\n", FILE_APPEND);
$config = json_decode(file_get_contents($file), true);
if ($argv[1] === 'config:list' && in_array('--private', $argv, true)) {
    echo json_encode(['system' => $config]), "\n";
    exit(0);
}
if ($argv[1] === 'config:import') {
    $given = json_decode(stream_get_contents(STDIN), true);
    if (!is_array($given) || array_diff(array_keys($given), ['system', 'apps'])) {
        echo "Found invalid entries in root\n";
        exit(1);
    }
    if (file_exists("$file.broken")) {
        echo "cannot write config.php: {$given['system']['mail_smtppassword']}\n";
        unlink("$file.broken");
        exit(1);
    }
    foreach ($given['system'] as $name => $value) {
        if ($value === null) {
            unset($config[$name]);
        } else {
            $config[$name] = $value;
        }
    }
    file_put_contents($file, json_encode($config));
    echo "Config successfully imported from: \n";
    exit(0);
}
echo "Command \"{$argv[1]}\" is not defined.\n";
exit(1);
