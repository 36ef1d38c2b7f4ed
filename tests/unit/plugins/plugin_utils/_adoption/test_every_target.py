# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each application that is known is read back, or it is said here why it is not."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import format_of, read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

NOT_READ = {
    "flexicapture": "its settings lie in its database, and a person types them into its page",
    "infinite_campus": "its settings lie in its vendor's database, and a person types them into its page",
    "smartertrack": "its settings lie in its database, and a person types them into its page",
    "teamconnect": "its settings lie in its database, and a person types them into its page",
    "tegrity": "its settings lie in its vendor's cloud, and a person types them into its page",
}


@pytest.mark.parametrize("app", target_names())
def test_every_file_is_read_back_or_it_is_said_why_not(app: str) -> None:
    target = find_target(app)
    files = [file for file in target.at().files if file.commands is None or file.name in target.reads]
    near = [reads for reads in target.reads.values() if reads.near is not None]
    readable = [file.name for file in files if format_of(file, target.reads.get(file.name)) is not None]
    is_read = target.kind == "config_file" and bool(files) and (len(readable) == len(files) or bool(near))
    assert is_read is (app not in NOT_READ)


def test_no_reason_is_for_an_application_that_is_gone() -> None:
    assert set(NOT_READ) <= set(target_names())


BAD = {
    "nothing": "",
    "a blank": " \n",
    "quotes that are not closed": "a = \"b\n'c\n",
    "brackets that are not closed": "a: [\n{{\n",
    "control characters": "\x00\x01\x1b[2J\n",
    "one long line": "x" * 100_000,
    "another format": "<?xml version='1.0'?><a b='c'/>\n",
    "other line ends": "a=b\r\nc=d\r\n\r\n",
    "letters of other languages": "absender = Müller <müller@exämple.org> \u202e\n",
    "deep": "[" * 500 + "]" * 500 + "\n",
}


@pytest.mark.parametrize("app", [app for app in target_names() if app not in NOT_READ])
@pytest.mark.parametrize("what", BAD)
def test_no_file_makes_a_reader_fail(what: str, app: str) -> None:
    """Whatever stands in the files, the rest goes on."""
    at = find_target(app).at()
    names = [*(file.name for file in at.files), *(override.name for override in at.target.overrides)]
    names += [name for name, reads in at.target.reads.items() if reads.near is not None]
    seen = [SeenFile(name, f"/etc/{name}", "root", "root", "0600", text=BAD[what]) for name in names]
    adopted = read_application(at, None, seen, {})
    assert not [remark for remark in adopted.remarks if "Error" in remark.message]
