# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an editor with the YAML language server shows in a file of group_vars, by the modeline in its first line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.editor.language_server import SERVER, LanguageServer, language_server
from tests.tools.tree import ROOT

INVENTORY = ROOT / "examples" / "inventory"
EXAMPLES = sorted(INVENTORY.glob("*_vars/*/email.yml"))
MODELINE = "# yaml-language-server: $schema=../../../../schemas/group_vars.schema.json"

# As if it were a file of the example.
DOCUMENT = INVENTORY / "group_vars" / "dev" / "not-written.yml"
FAULTY = f"""\
{MODELINE}
---
email_settings:
  smtp:
    prot: 587
    port: "587"
    encryption: tls
    timeout: 0
    tls: "{{{{ common_tls }}}}"
    auth:
      password: !vault |
        $ANSIBLE_VAULT;1.1;AES256
        3031
  sender:
    address: nobody
email_targets:
  - version: "1"
email_policies:
  - policy: ports-allowed
    group: dev
email_check: sometimes
email_polices: []
"""
FAULTS = [
    (5, "Property prot is not allowed."),
    (6, "must be a whole number, or a template"),
    (7, 'Value is not accepted. Valid values: "none", "starttls_opportunistic", "starttls", "implicit_tls".'),
    (8, "Value is below the minimum of 1."),
    (15, "must be one email address, such as noreply@example.edu, or a template"),
    (17, 'Missing property "app".'),
    (20, "Property group is not allowed."),
    (21, 'Value is not accepted. Valid values: "before", "after", "both", "never".'),
    (22, "is not a variable of appmail.settings; did you mean email_policies?"),
]

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        not (shutil.which("node") and SERVER.exists()),
        reason="yaml-language-server is not installed (make editor, with node and npm)",
    ),
]


@pytest.fixture(scope="module")
def editor() -> Iterator[LanguageServer]:
    with language_server() as server:
        yield server


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.relative_to(INVENTORY)))
def test_nothing_is_underlined_in_the_examples(editor: LanguageServer, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.splitlines()[0] == MODELINE
    assert editor.faults(file, text) == []


def test_each_fault_is_underlined_at_its_line(editor: LanguageServer) -> None:
    assert sorted(editor.faults(DOCUMENT, FAULTY)) == FAULTS


def test_a_setting_is_explained_and_the_missing_ones_are_offered(editor: LanguageServer) -> None:
    editor.faults(DOCUMENT, FAULTY)
    assert "starttls: required, never falls back" in editor.help(DOCUMENT, line=7, column=7)
    assert {"contacts", "imap"} <= set(editor.suggestions(DOCUMENT, line=4, column=3))
