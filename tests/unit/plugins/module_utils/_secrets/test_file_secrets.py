# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is secret in a file is found by its masked form, and taken out of what programs say in any spelling."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import (
    Secrets,
    hidden_parts,
    is_sensitive,
    likely_secrets,
    masked_lines,
)

HIDDEN = {
    "nothing masked": ("a\nb\n", None, set()),
    "one value": ("user bob\npassword hunter2\n", "user bob\npassword ********\n", {"hunter2"}),
    "quoted": ("password = 'hunter2'\n", "password = '********'\n", {"hunter2"}),
    "within an address": ("url = smtp://u:hunter2@h\n", "url = smtp://u:********@h\n", {"hunter2"}),
    "a mask in the plain part": ("# ******** here hunter2", "# ******** here ********", {"hunter2"}),
    "a whole line": ("hunter2 swordfish\n", "********\n", {"hunter2 swordfish", "hunter2", "swordfish"}),
    "another number of lines": ("a = hunter2\n", "********\n********\n********\n", {"a = hunter2", "hunter2"}),
    "an empty secret": ("password = \n", "password = ********\n", set()),
}


@pytest.mark.parametrize(("content", "masked", "expected"), HIDDEN.values(), ids=HIDDEN)
def test_hidden_parts(content: str, masked: str | None, expected: set[str]) -> None:
    assert hidden_parts(content, masked) >= expected
    if not expected:
        assert hidden_parts(content, masked) == set()


def test_every_line_is_masked_where_the_masked_form_has_another_number_of_lines() -> None:
    assert masked_lines("a\nb\nc", "a\nb") == ["********"] * 3


SENSITIVE = {
    "password hunter2": True,
    "AuthPass=hunter2": True,
    "client_secret: x": True,
    "api_key = x": True,
    "Pwd x": True,
    "relay smtp://bob:hunter2@example.org": True,
    "mailhub bob:hunter2@example.org": True,
    "blob = 0123456789abcdefABCDEF0123456789": True,
    "x" * 1001: True,
    "host = smtp.example.org": False,
    "from: noreply@example.org": False,
    "smtp_tls_security_level = encrypt": False,
}


@pytest.mark.parametrize(("line", "expected"), SENSITIVE.items(), ids=[line[:40] for line in SENSITIVE])
def test_lines_that_may_hold_a_secret_are_known_by_their_words(line: str, expected: bool) -> None:
    assert is_sensitive(line) is expected


LIKELY = {
    "a value behind its word": ("host h.example.org\nset password 'hunter2'\n", {"hunter2"}),
    "of letters alone": ("password sesame\n", {"sesame"}),
    "behind several words": ("machine h login bob1 password sesame", {"bob1", "password", "sesame"}),
    "in an address": ("relay smtp://bob:sesame@h.example.org", {"sesame"}),
    "a user who is an address": ("[smtp.example.org]:587 bob@example.org:sesame", {"sesame"}),
    "a key's file": ("smtp_tls_key_file = /etc/ssl/private/mail.pem", set()),
    "a map of passwords": ("smtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd", {"texthash"}),
    "a comment with the name of a setting": (
        "# Also specify in main.cf: maildrop_destination_recipient_limit=1",
        set(),
    ),
    "a comment on private services": ("# service type  private unpriv  chroot  wakeup  maxproc command + args", set()),
    "a comment with an old password": ("# password: Example-Passw0rd", {"Example-Passw0rd"}),
    "a long key without a word": ("x = 0123456789abcdefABCDEF0123456789", {"0123456789abcdefABCDEF0123456789"}),
}


@pytest.mark.parametrize(("text", "expected"), LIKELY.values(), ids=LIKELY)
def test_likely_secrets(text: str, expected: set[str]) -> None:
    assert likely_secrets(text) == expected


SECRET = "p@ss \"wörd's/%40+hunter2\\"
SPELLINGS = {
    "as it is": SECRET,
    "base64": b64encode(SECRET.encode()).decode(),
    "base64, one byte on": b64encode(b"\0" + SECRET.encode()).decode(),
    "base64, of a whole login": b64encode(b"\0bob\0" + SECRET.encode()).decode(),
    "base64 for addresses": urlsafe_b64encode(SECRET.encode()).decode(),
    "percent": quote(SECRET),
    "percent, slashes too": quote(SECRET, safe=""),
    "percent, as in a form": quote_plus(SECRET),
    "JSON": json.dumps(SECRET)[1:-1],
    "Python": repr(SECRET)[1:-1],
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_secrets_are_taken_out_in_every_spelling(spelling: str) -> None:
    said = Secrets(known=frozenset([SECRET])).removed_from(f"line 3: unknown {spelling} here", is_cut=False)
    assert spelling not in said
    assert "********" in said
    assert "hunter2" not in said
    assert said.startswith("line 3: unknown ")


QUOTED = {
    "backslashes": (r"pa\"ss\\word", 'near pa"ss\\word'),
    "doubled quotes": ("it''s-hunter2", "near it's-hunter2"),
    "XML": ("a&amp;b&lt;hunter2", "near a&b<hunter2"),
    "one word of several": ("correct horse", "unknown word horse"),
}


@pytest.mark.parametrize(("written", "said"), QUOTED.values(), ids=QUOTED)
def test_secrets_are_taken_out_as_the_program_understood_them(written: str, said: str) -> None:
    cleaned = Secrets(known=frozenset([written])).removed_from(said, is_cut=False)
    assert cleaned.endswith("********")


def test_a_short_secret_is_taken_out_as_a_word_only() -> None:
    secrets = Secrets(known=frozenset(["e"]))
    assert secrets.removed_from("the password e is wrong", is_cut=False) == "the password ******** is wrong"


def test_a_secret_cut_in_two_at_the_end_is_left_out() -> None:
    said = Secrets(known=frozenset(["hunter2-hunter2"])).removed_from("x" * 100 + "hunter2-hun", is_cut=True)
    assert "hun" not in said
    assert said.startswith("xxx")


def test_control_characters_are_taken_out() -> None:
    assert Secrets().removed_from("\x1b[31mred\x1b[0m\x07\tand\nmore\r\n", is_cut=False) == "red\tand\nmore\n"


def test_secrets_do_not_show_themselves() -> None:
    assert "hunter2" not in repr(Secrets(known=frozenset(["hunter2"]), likely=frozenset(["hunter2"])))
