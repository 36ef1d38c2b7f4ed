# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The arguments of validate, render and apply, for the modules and for the actions that stand in front of them."""

from __future__ import annotations

SETTINGS = {
    "settings": {"type": "dict", "required": True},
    "base": {"type": "dict", "default": {}},
    "targets": {"type": "list", "elements": "dict", "default": []},
    "target_paths": {"type": "list", "elements": "path", "default": []},
}

POLICIES = {"policies": {"type": "list", "elements": "raw", "default": []}}

# The letter to the host. It holds whole files and logins, so it is one text that is masked as a whole: masking each
# value in it would mask the same words everywhere in the output.
PAYLOAD = {"type": "str", "no_log": True}
COVERAGE = {"type": "bool", "default": True}

WRITING = {
    "dest_root": {"type": "path"},
    "backup": {"type": "bool", "default": False},
    "takeover": {"type": "str", "choices": ["backup", "refuse"], "default": "backup"},
    "removed": {"type": "str", "choices": ["ignore", "warn", "remove"], "default": "ignore"},
    "remember_reloads": {"type": "bool", "default": False},
    "runbook_dest": {"type": "path"},
    "payload": PAYLOAD,
    "coverage": COVERAGE,
}

_FORMATS = ["github", "gitlab", "json", "junit", "sarif"]

REPORTING = {
    "formats": {"type": "list", "elements": "str", "choices": _FORMATS, "default": []},
    "report_dest": {"type": "path"},
}

VALIDATE = dict(
    SETTINGS,
    settings={"type": "dict"},
    hosts={"type": "list", "elements": "str"},
    annotations={"type": "str", "choices": ["none", "github", "gitlab"], "default": "none"},
    lock_file={"type": "path"},
    today={"type": "str"},
    waiver_warn_days={"type": "int", "default": 0},
    current_sheets={"type": "list", "elements": "path", "default": []},
    fail={"type": "bool", "default": True},
    **dict(POLICIES, **REPORTING),
)

_SIDE = {
    "type": "dict",
    "options": {
        "inventory": {"type": "list", "elements": "str", "default": []},
        "revision": {"type": "str"},
    },
}

COMPARE = {
    "before": _SIDE,
    "after": _SIDE,
    "hosts": {"type": "str", "default": "all"},
    "environments": {"type": "dict", "default": {}},
    "formats": {"type": "list", "elements": "str", "choices": ["json", "markdown", "text"], "default": ["text"]},
    "dest": {"type": "path"},
}

REPORT_FORMATS = ["csv", "html", "json", "junit", "lock", "manifest", "markdown", "ocsf", "prometheus", "sarif"]

REPORT = {
    "hosts": {"type": "list", "elements": "str", "default": []},
    "records": {"type": "list", "elements": "path", "default": []},
    "formats": {"type": "list", "elements": "str", "choices": REPORT_FORMATS, "default": ["html", "json"]},
    "dest": {"type": "path"},
    "lock_file": {"type": "path"},
    "authors": {"type": "bool", "default": True},
    "today": {"type": "str"},
    "stale_after_days": {"type": "int", "default": 30},
    "since": {"type": "str"},
    "last": {"type": "str", "default": "HEAD"},
    "pattern": {"type": "str", "default": "all"},
    "domains": {"type": "bool", "default": False},
    "domains_nameserver": {"type": "str"},
    "domains_timeout": {"type": "float", "default": 30},
    "show": {"type": "str", "choices": ["record", "changes"], "default": "record"},
}

RENDER = dict(SETTINGS, **dict(POLICIES, **WRITING))

CHECKING = {
    "check_on_failure": {"type": "str", "choices": ["fail", "warn"], "default": "fail"},
    "check_login": {"type": "str", "choices": ["every", "once", "never"], "default": "every"},
    "check_options": {"type": "dict", "default": {}},
    "record_dest": {"type": "path"},
}

CHECK = dict(SETTINGS, payload=PAYLOAD, coverage=COVERAGE, **dict(POLICIES, **dict(CHECKING, **REPORTING)))

SHEETS = {"current_sheets": {"type": "list", "elements": "path", "default": []}}

APPLY = dict(
    dict(SETTINGS, **SHEETS),
    check={"type": "str", "choices": ["before", "after", "both", "never"], "default": "before"},
    **dict(POLICIES, **dict(CHECKING, **WRITING)),
)

ADOPT = {
    "targets": {"type": "list", "elements": "dict", "default": []},
    "target_paths": {"type": "list", "elements": "path", "default": []},
    "search": {"type": "list", "elements": "str", "default": []},
    "current_sheets": {"type": "list", "elements": "path", "default": []},
    "vault_id": {"type": "str"},
    "hosts": {"type": "dict", "default": {}},
    "dest": {"type": "path"},
    "payload": PAYLOAD,
}
