<?php
// All that the file named first assigns, as JSON.
echo json_encode((static function () {
    include $GLOBALS['argv'][1];
    return get_defined_vars();
})(), JSON_THROW_ON_ERROR);
