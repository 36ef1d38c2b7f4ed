<?php
// All that `file` assigns, as JSON.
echo json_encode((static function () {
    include 'file';
    return get_defined_vars();
})(), JSON_THROW_ON_ERROR);
