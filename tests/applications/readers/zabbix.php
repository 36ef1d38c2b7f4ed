<?php
// The media type of a file as Zabbix' frontend imports it: its own reader of YAML, its validator with the version's rules,
// and the numbers that it makes of the file's words. Argument: the file. Prints JSON.
[, $file] = $argv;
$root = '/usr/share/zabbix';
set_include_path("$root/include");
require "$root/vendor/autoload.php";
require "$root/include/defines.inc.php";
require "$root/include/gettextwrapper.inc.php";
require "$root/include/translateDefines.inc.php";
require "$root/include/func.inc.php";
spl_autoload_register(static function (string $class) use ($root): void {
    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator("$root/include/classes")) as $found) {
        if ($found->getFilename() === "$class.php") {
            require_once $found->getPathname();
            return;
        }
    }
});
$format = CImportReaderFactory::YAML;
$data = CImportReaderFactory::getReader($format)->read(file_get_contents($file));
$data = (new CXmlValidator(new CImportValidatorFactory($format), $format))->setStrict(true)->validate($data, '/');
$schema = (new CImportValidatorFactory($format))->getObject($data['zabbix_export']['version'])->getSchema();
$data = (new CDefaultImportConverter($schema))->convert((new CConstantImportConverter($schema))->convert($data));
$type = array_values($data['zabbix_export']['media_types'])[0];
unset($type['message_templates'], $type['parameters']);
echo json_encode($type);
