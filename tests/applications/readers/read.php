<?php
// What `file` assigns, as JSON.
include 'file';
echo json_encode(array_filter(get_defined_vars(), fn ($name) => $name[0] === 'K', ARRAY_FILTER_USE_KEY));
