# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's arguments: an option that a module has not is named, and never its value."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import COMPARE, RENDER, VALIDATE
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import unknown_options

UNKNOWN = {
    "misspelt": (VALIDATE, {"polices": []}, ["polices is not an option of it; did you mean policies?"]),
    "like no other": (RENDER, {"colour": "hunter2"}, ["colour is not an option of it"]),
    "several": (RENDER, {"colour": 1, "bakup": 2}, 2),
    "inside another": (COMPARE, {"before": {"inventry": 1}}, ["before.inventry is not an option of it; did you mean"]),
    "a key that may be a value": (RENDER, {"hunter2 hunter2": 1}, ["the task has a key that is not an option of it"]),
    "known": (RENDER, {"policies": [], "settings": {"anything": 1}}, 0),
}


@pytest.mark.parametrize(("arguments", "given", "expected"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_option_is_named(arguments: dict, given: dict, expected: list[str] | int) -> None:
    sentences = list(unknown_options(given, arguments, "it"))
    assert len(sentences) == (expected if isinstance(expected, int) else len(expected))
    for sentence, beginning in zip(sentences, [] if isinstance(expected, int) else expected, strict=False):
        assert sentence.startswith(beginning)
        assert "hunter2" not in sentence
