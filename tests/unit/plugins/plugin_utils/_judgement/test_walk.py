# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk over a user's own target: what it says of a leaf, and what another value of that leaf does to its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement import walk
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.walk import walk_faults
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from tests.leaves import beside, own_spec

SPEC: Tree = {
    "schema_version": 1,
    "smtp": {"host": "smtp.example.edu", "encryption": "starttls", "auth": {"username": "u", "password": "a-password"}},
    "sender": {"address": "noreply@example.edu"},
}
# A target that carries what its template reads, and lists all else.
SECTIONS = ("imap", "contacts", "delivery", "attachments", "error_notifications", "application", "sender")
TLS = ("ca_file", "server_name", "client_certificate", "client_key", "minimum_version")
COVERAGE: dict[str, Any] = {name: {"not_carried": "it has none"} for name in SECTIONS} | {
    "sender.address": {"carried": True},
    "smtp": {"carried": True},
    "smtp.helo_name": {"not_carried": "it has none"},
    "smtp.timeout": {"not_carried": "it has none"},
    "smtp.tls": {"refused": [], "reason": "it has none"},
    "smtp.tls.verify": {"refused": [True], "reason": "always"},
    "smtp.tls.minimum_version": {"refused": ["1.2"], "reason": "always"},
    "smtp.auth.mechanism": {"refused": ["auto"], "reason": "always"},
}
LINES = {
    "smtp.host": "host {{ settings.smtp.host }}",
    "smtp.port": "port {{ settings.smtp.port }}",
    "smtp.encryption": "security {{ settings.smtp.encryption }}",
    "smtp.auth.username": "{% if settings.smtp.auth %}\nuser {{ settings.smtp.auth.username }}",
    "smtp.auth.password": "password {{ settings.smtp.auth.password | yaml_scalar }}\n{% endif %}",
    "sender.address": "from {{ settings.sender.address }}",
}


def judged(folder: Path, coverage: dict[str, Any], lines: dict[str, str], *, walks: bool = True) -> Judgement:
    (folder / "ledger").mkdir(exist_ok=True)
    target = {
        "label": "Ledger",
        "kind": "config_file",
        "documentation": {"title": "A manual", "product": "b", "source": "c"},
        "files": [{"name": "mail.conf", "path": "/etc/ledger/mail.conf", "mode": "0600"}],
        "coverage": COVERAGE | coverage,
    }
    (folder / "ledger" / "target.yml").write_text(yaml.safe_dump(target, sort_keys=False), encoding="utf-8")
    text = "\n".join((LINES | lines).values()) + "\n"
    (folder / "ledger" / "mail.conf.j2").write_text(text, encoding="utf-8")
    return judge(Request(SPEC, targets=[{"app": "ledger"}], target_paths=[str(folder)], walks=walks))


CASES: dict[str, tuple[dict[str, Any], dict[str, str], list[str]]] = {
    "all as it says": ({}, {}, []),
    "a leaf that no template reads": (
        {"smtp.timeout": {"carried": True}},
        {},
        ["coverage.smtp.timeout: smtp.timeout is said to be carried, and the files are the same with 30 and 45"],
    ),
    "a leaf below a section that no template reads": (
        {},
        {"smtp.port": ""},
        ["coverage.smtp: smtp.port is said to be carried, and the files are the same with 25 and 143"],
    ),
    "two words that are written alike": (
        {},
        {"smtp.encryption": "security {{ 'ssl' if settings.smtp.encryption == 'implicit_tls' else 'start' }}"},
        [
            "coverage.smtp: smtp.encryption is said to be carried, and the files are the same with none and"
            " starttls_opportunistic"
        ],
    ),
    "a secret that no template reads": (
        {},
        {"smtp.auth.password": "{% endif %}"},
        [
            "coverage.smtp: smtp.auth.password is said to be carried, and the files are the same with"
            " the-first-password and the-second-password"
        ],
    ),
    "a leaf that is not carried, and is": (
        {},
        {"smtp.timeout": "timeout {{ settings.smtp.timeout }}"},
        ["coverage.smtp.timeout: smtp.timeout is said not to be carried, and another value changes what is rendered"],
    ),
    "a leaf that counts only where another one is left out": (
        {"smtp.helo_name": {"carried": True}},
        {"smtp.helo_name": "{% if not settings.smtp.auth %}\nhelo {{ settings.smtp.helo_name }}\n{% endif %}"},
        [],
    ),
    "a leaf that counts only where another one is set": (
        {"sender.display_name": {"carried": True}},
        {"sender.display_name": "{% if settings.sender.reply_to %}\n{{ settings.sender.display_name }}\n{% endif %}"},
        [],
    ),
}


@pytest.mark.parametrize(("coverage", "lines", "expected"), CASES.values(), ids=CASES)
def test_what_a_target_says_of_a_leaf_is_tried(
    tmp_path: Path, coverage: dict[str, Any], lines: dict[str, str], expected: list[str]
) -> None:
    errors = judged(tmp_path, coverage, lines).errors
    assert [error.message for error in errors] == expected
    for error in errors:
        assert error.file is not None
        assert error.file.endswith("ledger/target.yml")
        assert error.line is not None
        assert error.line > 1


def test_only_the_gate_walks(tmp_path: Path) -> None:
    assert judged(tmp_path, {"smtp.timeout": {"carried": True}}, {}, walks=False).valid


def test_a_target_is_walked_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    render = walk.render_target
    monkeypatch.setattr(walk, "render_target", lambda *given: rendered.append(given[0].app) or render(*given))
    judged(tmp_path, {}, {})
    once = len(rendered)
    request = Request(SPEC, targets=[{"app": "ledger"}], target_paths=[str(tmp_path)], walks=True)
    assert judge(request).valid
    assert len(rendered) == once > 0
    template = tmp_path / "ledger" / "mail.conf.j2"
    template.write_text(template.read_text(encoding="utf-8").replace("port {{", "Port {{"), encoding="utf-8")
    os.utime(template, ns=(1, template.stat().st_mtime_ns + 1_000_000))
    judge(request)
    assert len(rendered) > once


@pytest.mark.parametrize("app", target_names())
def test_the_collections_own_targets_stand_the_walk(app: str) -> None:
    at = find_target(app).at(None)
    judgement = judge(Request(own_spec(app), targets=[{"app": app}, *beside(at)]))
    assert judgement.errors == ()
    assert [fault.sentence() for fault in walk_faults(at, own_spec(app), {})] == []
