# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters that nobody sees are told where none can be meant, and left alone where they may be."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.invisible import invisible_faults
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree, dotted

# A spec -> the settings that hold an invisible character, and its name.
SPECS: dict[str, tuple[Tree, list[tuple[str, str]]]] = {
    "none": ({"smtp": {"host": "smtp.example.edu"}}, []),
    "behind a host": ({"smtp": {"host": "smtp.example.edu\u200b"}}, [("smtp.host", "U+200B (zero width space)")]),
    "before an address": (
        {"sender": {"address": "\ufeffa@example.edu"}},
        [("sender.address", "U+FEFF (zero width no-break space)")],
    ),
    "a soft hyphen": ({"smtp": {"host": "smtp.exam\u00adple.edu"}}, [("smtp.host", "U+00AD (soft hyphen)")]),
    "from right to left": (
        {"smtp": {"auth": {"username": "a\u202eb"}}},
        [("smtp.auth.username", "U+202E (right-to-left override)")],
    ),
    "in a list": (
        {"delivery": {"excluded_recipients": ["a@example.edu", "b@example.edu\u2060"]}},
        [("delivery.excluded_recipients[1]", "U+2060 (word joiner)")],
    ),
    "a joiner of a language": ({"smtp": {"host": "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example"}}, []),
    "a person's words": ({"sender": {"display_name": "\U0001f469\u200d\U0001f4bb\u200e"}}, []),
    "a secret": ({"smtp": {"auth": {"password": "a\u200bb"}}}, []),
    "a reason": ({"waivers": [{"reason": "a\u200bb"}]}, []),
}


@pytest.mark.parametrize(("spec", "told"), SPECS.values(), ids=SPECS)
def test_what_nobody_sees_is_named(spec: Tree, told: list[tuple[str, str]]) -> None:
    assert [(dotted(fault.path), fault.message) for fault in invisible_faults(spec)] == [
        (path, f"holds an invisible character, {name}: write it anew, by hand") for path, name in told
    ]
