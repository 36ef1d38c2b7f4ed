<?php
// What the Dotenv that Laravel has makes of the file named first, as JSON.
require '/usr/share/php/Dotenv/autoload.php';
$repository = Dotenv\Repository\RepositoryBuilder::createWithNoAdapters()
    ->addWriter(Dotenv\Repository\Adapter\ArrayAdapter::create()->get())->immutable()->make();
echo json_encode(Dotenv\Dotenv::create($repository, dirname($argv[1]), basename($argv[1]))->load(), JSON_THROW_ON_ERROR);
