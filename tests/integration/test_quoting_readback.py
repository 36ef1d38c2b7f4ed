# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any text at all is read back unchanged by the application that it is written for, or refused with the reason."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.quoting import (
    NotExpressible,
    msmtp_file,
    msmtp_from,
    msmtp_line,
    msmtp_password,
    postfix_login,
    postfix_value,
    postfix_word,
    yaml_block,
)
from tests.applications import alertmanager, msmtp, postfix
from tests.servers.recording_server import Manners, RecordingServer

pytestmark = pytest.mark.once

SPECIAL = [
    *" \t\n\r\0\x0b\x1b\x7f\"'\\$%#:={}[]<>,;`~&|!?*@-",
    "{{",
    "}}",
    "$$",
    "%U",
    "é",
    "\u2028",
    "\ud800",
    "a",
    "1",
]
TEXT = st.text(st.characters(exclude_categories=())) | st.lists(st.sampled_from(SPECIAL)).map("".join)
# Examples share what is started once: a file that each overwrites, a server that each talks to.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def written(write: Callable[[], str]) -> str:
    """What is written down; a text that is refused is no example."""
    try:
        return write()
    except NotExpressible as refusal:
        assume(not refusal.reason)
        raise AssertionError("a refusal without a reason") from refusal


# Postfix


@dataclass(frozen=True)
class Configuration:
    """A configuration folder of Postfix that each example writes anew."""

    folder: Path

    def ask(self, program: str, *arguments: str) -> str:
        done = subprocess.run([program, "-c", str(self.folder), *arguments], capture_output=True, check=True)
        return done.stdout.decode()


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    reason = postfix.why_not()
    if reason is not None:
        pytest.skip(reason)
    return Configuration(tmp_path)


def as_old(path: Path, content: str) -> None:
    """Write a file that looks old: Postfix waits until what it reads is two seconds old."""
    path.write_text(content, encoding="utf-8", newline="")
    os.utime(path, (1_000_000_000, 1_000_000_000))


@untimed
@given(value=TEXT)
def test_main_cf(configuration: Configuration, value: str) -> None:
    text = written(lambda: postfix_value(value))
    as_old(
        configuration.folder / "main.cf", f"compatibility_level = 3.6\nsmtp_tls_CAfile ={' ' if text else ''}{text}\n"
    )
    read = configuration.ask("postconf", "-x", "-h", "smtp_tls_CAfile").removesuffix("\n")
    # postconf prints one blank for several; that Postfix reads them all is proven by sending, in test_targets_send.py.
    assert read == re.sub(" +", " ", value)


@untimed
@given(value=TEXT.filter(bool))
def test_main_cf_list(configuration: Configuration, value: str) -> None:
    """One word of a list stays one word: the second one is still found behind it."""
    text = written(lambda: postfix_word(value))
    content = f"compatibility_level = 3.6\nsender_canonical_maps = static:{text}, static:second\n"
    as_old(configuration.folder / "main.cf", content)
    maps = configuration.ask("postconf", "-x", "-h", "sender_canonical_maps").removesuffix("\n")
    assert maps == f"static:{value}, static:second"
    assert configuration.ask("postmap", "-q", "anyone", maps.split(", ")[0]) == f"{value}\n"


@untimed
@given(username=TEXT, password=TEXT)
@example(username="user", password="trailing\x0b")
@example(username="user", password="\u00a0")
def test_password_table(configuration: Configuration, username: str, password: str) -> None:
    text = written(lambda: postfix_login(username, password))
    as_old(configuration.folder / "main.cf", "compatibility_level = 3.6\n")
    as_old(configuration.folder / "table", f"# a comment\n[relay]:587 {text}\n[other]:25 a:b\n")
    table = f"texthash:{configuration.folder}/table"
    found = configuration.ask("postmap", "-q", "[relay]:587", table).removesuffix("\n")
    assert tuple(found.partition(":")) == (username, ":", password)
    assert configuration.ask("postmap", "-q", "[other]:25", table) == "a:b\n"


# msmtp


@pytest.fixture
def msmtprc(tmp_path: Path) -> Path:
    reason = msmtp.why_not()
    if reason is not None:
        pytest.skip(reason)
    return tmp_path / "msmtprc"


def said(msmtprc: Path, line: str) -> dict[str, str | None]:
    content = f"account default\nhost relay.example.edu\nfrom a@example.edu\n{line}\ntimeout 7\n"
    msmtprc.write_text(content, encoding="utf-8", newline="")
    return msmtp.said(msmtprc)


@untimed
@given(value=TEXT.filter(bool))
@example(value='"quoted"')
@example(value='"')
@example(value="x" * 492)
def test_msmtp_line(msmtprc: Path, value: str) -> None:
    line = written(lambda: msmtp_line(value, "user"))
    found = said(msmtprc, line)
    assert (found["user"], found["timeout"]) == (value, "7 seconds")


@untimed
@given(value=TEXT.map(lambda text: f"/{text}"))
def test_msmtp_file(msmtprc: Path, value: str) -> None:
    line = written(lambda: msmtp_file(value, "tls_trust_file"))
    assert said(msmtprc, line)["tls_trust_file"] == value


@untimed
@given(value=TEXT.map(lambda text: f"a{text}@example.edu"))
def test_msmtp_from(msmtprc: Path, value: str) -> None:
    line = written(lambda: msmtp_from(value))
    assert said(msmtprc, line)["from"] == value


@settings(untimed, max_examples=50)
@given(password=TEXT.filter(bool))
@example(password="x" * 2900)
@example(password=" \t blanks \t ")
def test_msmtp_password(msmtprc: Path, password: str, recorder: RecordingServer) -> None:
    content = written(lambda: msmtp_password(password, "user"))
    file = msmtprc.with_name("password")
    file.write_text(f"{content}\n", encoding="utf-8", newline="")
    settings_of_account = [
        "account default",
        f"host {recorder.address}",
        f"port {recorder.port}",
        "from a@example.edu",
        "auth plain",
        "user user",
        f'passwordeval "cat {file}"',
    ]
    msmtprc.write_text("\n".join([*settings_of_account, ""]), encoding="utf-8")
    msmtp.submit(msmtprc, "b@example.edu", b"\n")
    assert recorder.visit().password == password


@pytest.fixture(scope="module")
def recorder() -> Iterator[RecordingServer]:
    with RecordingServer(Manners(mechanisms=("PLAIN",))) as server:
        yield server


# Alertmanager


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, alertmanager.Alertmanager]]:
    reason = alertmanager.why_not()
    if reason is not None:
        pytest.skip(reason)
    file = tmp_path_factory.mktemp("alertmanager") / "alertmanager.yml"
    file.write_text("route: {receiver: a}\nreceivers: [{name: a}]\n", encoding="utf-8")
    with alertmanager.alertmanager(file) as started:
        yield file, started


@settings(untimed, max_examples=60)
@given(value=TEXT.filter(bool))
@example(value="yes")
@example(value="0x1f")
@example(value="2001-01-01")
@example(value="=")
def test_alertmanager_yaml(daemon: tuple[Path, alertmanager.Alertmanager], value: str) -> None:
    """Text that would be something else without quotes is text, also for the parser that is not PyYAML's."""
    file, started = daemon
    configuration = {
        "global": {"smtp_auth_username": value, "smtp_smarthost": "relay:25", "smtp_from": "a@example.edu"},
        "route": {"receiver": value},
        "receivers": [{"name": value, "email_configs": [{"to": "a@example.edu", "headers": {value: value}}]}],
    }
    text = written(lambda: yaml_block(configuration))
    file.write_text(f"{text}\n", encoding="utf-8")
    started.reload()
    understood = started.configuration(as_text=True)
    assert understood["global"]["smtp_auth_username"] == value
    assert understood["route"]["receiver"] == value
    assert understood["receivers"][0]["name"] == value
