# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are taken out of what others said, in every form."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._redact import MASK, Scrubber, clean

SECRET = "S3cret/Wörd+42"
OCTETS = SECRET.encode("utf-8")
FORMS = {
    "itself": SECRET,
    "in upper case": SECRET.upper(),
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded, lower case": quote(SECRET, safe="").lower(),
    "base64": b64encode(OCTETS).decode("ascii"),
    "base64 of AUTH PLAIN": b64encode(b"\0svc-mail\0" + OCTETS).decode("ascii"),
    "base64 of AUTH PLAIN, another user": b64encode(b"\0svc-mail1\0" + OCTETS).decode("ascii"),
    "base64 of AUTH PLAIN, a third user": b64encode(b"\0svc-mail12\0" + OCTETS).decode("ascii"),
    "base64 for URLs": urlsafe_b64encode(OCTETS).decode("ascii"),
    "in Latin-1, as shown": clean(SECRET.encode("latin-1")),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms(form: str) -> None:
    scrubbed = Scrubber([SECRET])(f"535 no such login: {form} (try again)")
    assert form not in scrubbed
    assert MASK in scrubbed
    assert scrubbed.startswith("535 no such login: ")
    assert scrubbed.endswith(" (try again)")


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("e", "the server refused", "the server refused"),
        ("25", "port 25 of 2500", "port ******** of 2500"),
        ("abc", "password abc, not abcdef", "password ********, not abcdef"),
        ("", "nothing to hide", "nothing to hide"),
        ("a.c+d*", "a.c+d* abc+dd", "******** abc+dd"),
    ],
)
def test_short_and_odd_secrets(secret: str, text: str, expected: str) -> None:
    assert Scrubber([secret])(text) == expected


def test_what_was_added_later_is_known_too() -> None:
    scrub = Scrubber()
    assert scrub("AG9uZQB0d28tdGhyZWU=") == "AG9uZQB0d28tdGhyZWU="
    scrub.add("AG9uZQB0d28tdGhyZWU=")
    assert scrub("echo AG9uZQB0d28tdGhyZWU=") == f"echo {MASK}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain", "plain"),
        (b"tab\there", "tab here"),
        ("größe".encode(), "größe"),
        (b"bell\x07", "bell\\x07"),
        (b"bad \xff octet", "bad \\xff octet"),
        (b"\x1b[31mred", "\\x1b[31mred"),
        ("\u202eright to left".encode(), "\\u202eright to left"),
        (b"x" * 1000, "x" * 397 + "..."),
        (b"", ""),
    ],
)
def test_clean(data: bytes, expected: str) -> None:
    assert clean(data) == expected
