# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets with a table of keys, read by the programs that read them: what they understood is what the spec says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.module_utils._formats.json_text import flattened
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.key_files import format_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from tests.integration.test_formats_readback import PROGRAMS, Program

pytestmark = pytest.mark.once

SPECS = Path(__file__).parents[1] / "specs" / "targets"
MODES = ("none", "starttls_opportunistic", "starttls", "implicit_tls")
ASCII = 'p@ss:w/rd# "q" $HOME 100% <%= 1 %> {{ y }} & \\ \';'
SECRET = f"{ASCII} é"
WORDPRESS = Program("php {readers}/wordpress.php", needs="php")


def contents(app: str, changes: Mapping[str, JSON]) -> dict[str, str]:
    """By its name each file that is rendered for the target's own spec with changes; none where it is refused."""
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    for name, value in changes.items():
        spec = without(spec, steps(name)) if value is None else put(spec, name, value)
    judgement = judge(Request(settings=spec, targets=[{"app": app}]))
    return {} if judgement.errors else {file.name: file.content for file in judgement.targets[0].files}


def texts(entries: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in entries.items()}


def skip_without(program: Program) -> Program:
    why_not = program.why_not()
    if why_not:
        pytest.skip(why_not)
    return program


PYTHON = Program("python3 {readers}/read_python.py {folder}/file")
PHP = Program("php {readers}/read_variables.php {folder}/file", needs="php")


# The program that reads an application's file, and a password that it can hold.
READERS: Mapping[str, tuple[Program, str]] = {
    "django": (PYTHON, ASCII),
    "gitea": (PROGRAMS["ini", "go"], SECRET),
    "grafana": (PROGRAMS["ini", "grafana"], SECRET),
    "pgadmin": (PYTHON, ASCII),
    "redmine": (PROGRAMS["yaml", "erb"], SECRET),
    "roundcube": (PHP, SECRET),
    "superset": (PYTHON, ASCII),
}


@pytest.mark.parametrize("app", READERS)
def test_the_applications_parser_reads_what_our_own_reads(app: str, tmp_path: Path) -> None:
    program, secret = READERS[app]
    skip_without(program)
    files = {file.name: file for file in find_target(app).at().files}
    compared = 0
    for mode, verify in product(MODES, (True, False)):
        changes: dict[str, JSON] = {"smtp.encryption": mode, "smtp.auth.password": secret, "smtp.tls.verify": verify}
        for name, content in contents(app, {**changes, **({"smtp.tls": None} if mode == "none" else {})}).items():
            form = format_of(files[name])
            # A block stands in a file that is opened already.
            opened = content if content.startswith(form.before) else form.before + content
            read = {key: value for key, value in flattened(program.read(opened, tmp_path)) if value != []}
            own = {key.removeprefix("$"): value for key, value in form.read(content)}
            # JSON has no symbols: Ruby's `:smtp` comes out of it as text.
            assert texts(read) == {key: text.removeprefix(":") for key, text in texts(own).items()}
            assert secret in read.values()
            compared += 1
    assert compared > 2


UNDERSTOOD: Mapping[str, Mapping[str, JSON]] = {
    "none": {"SMTPSecure": "", "SMTPAutoTLS": False, "Port": 25},
    "starttls_opportunistic": {"SMTPSecure": "", "SMTPAutoTLS": True, "Port": 25},
    "starttls": {"SMTPSecure": "tls", "Port": 587},
    "implicit_tls": {"SMTPSecure": "ssl", "Port": 465},
}


@pytest.mark.parametrize("mode", UNDERSTOOD)
def test_wordpress_hands_phpmailer_what_the_spec_says(mode: str, tmp_path: Path) -> None:
    program = skip_without(WORDPRESS)
    changes: dict[str, JSON] = {"smtp.encryption": mode, "smtp.auth.password": SECRET, "sender.reply_to": "a@b.edu"}
    (content,) = contents("wordpress", {**changes, "sender.display_name": 'It\'s "us"'}).values()
    read = program.read(content, tmp_path)
    common = {"Mailer": "smtp", "Host": "smtp.example.edu", "SMTPAuth": True, "Password": SECRET, "Timeout": 30}
    sender = {
        "Sender": "noreply@example.edu",
        "replyTo": ["a@b.edu"],
        "from": "noreply@example.edu",
        "name": 'It\'s "us"',
    }
    expected = {**common, **sender, **UNDERSTOOD[mode]}
    assert {key: read[key] for key in expected} == expected
    verified = {"ssl": {"verify_peer": True, "verify_peer_name": True}}
    assert read["SMTPOptions"] == ([] if mode == "none" else verified)
