# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are taken out of what others said, in every form."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK, Scrubber, clean, cut

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
    scrub.add_base64("AG9uZQB0d28tdGhyZWU=")
    assert scrub("echo AG9uZQB0d28tdGhyZWU=") == f"echo {MASK}"


@pytest.mark.parametrize("position", range(0, 40, 3))
def test_base64_that_was_changed_on_the_way(position: int) -> None:
    encoded = b64encode(b"\0svc-mail\0" + OCTETS + b" and more").decode("ascii")
    changed = encoded[:position] + "\\x07" + encoded[position + 1 :]
    scrubbed = Scrubber([SECRET])(f"no such login: {changed} (try again)")
    assert not [word for word in scrubbed.split() if len(word) > 20 and MASK not in word]
    assert scrubbed.endswith(" (try again)")


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
        (b"x" * 1000, "x" * 1000),
        (b"", ""),
    ],
)
def test_clean(data: bytes, expected: str) -> None:
    assert clean(data) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("x" * 10, "x" * 10), ("x" * 11, "x" * 7 + "..."), ("", "")], ids=["fits", "cut", "empty"]
)
def test_cut(text: str, expected: str) -> None:
    assert cut(text, 10) == expected


ODD = "p&ss w\"rd'<é>/%+\\"
SPELLINGS = {
    "form-encoded": quote_plus(ODD),
    "percent-encoded, slashes kept": quote(ODD),
    "JSON": json.dumps(ODD)[1:-1],
    "JSON in UTF-8": json.dumps(ODD, ensure_ascii=False)[1:-1],
    "Python": repr(ODD)[1:-1],
    "HTML": escape(ODD),
    "HTML, numbered quotes": escape(ODD, quote=False).replace("'", "&#39;").replace('"', "&#34;"),
    "HTML, quotes kept": escape(ODD, quote=False),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_spellings(spelling: str) -> None:
    assert Scrubber([ODD])(f"535 {spelling} is wrong") == f"535 {MASK} is wrong"


@pytest.mark.parametrize("length", range(8, 29))
def test_the_beginning_of_a_login_in_base64(length: int) -> None:
    scrub = Scrubber([SECRET])
    line = b64encode(b"\0svc-mail\0" + OCTETS).decode("ascii")
    scrub.add_base64(line)
    assert scrub(f"501 cannot decode {line[:length]}") == f"501 cannot decode {MASK}"


@pytest.mark.parametrize("skipped", range(3))
@pytest.mark.parametrize("missing", range(1, 5))
def test_the_beginning_of_a_secret_in_base64(skipped: int, missing: int) -> None:
    encoded = b64encode(b"\0" * skipped + OCTETS).decode("ascii").rstrip("=")
    scrubbed = Scrubber([SECRET])(encoded[:-missing])
    # Two characters, which depend on what stands before the secret, are not known.
    assert scrubbed in (encoded[: (skipped * 8 + 5) // 6] + MASK, MASK)


@pytest.mark.parametrize("before", range(80, 105))
def test_what_is_shown_is_scrubbed_before_it_is_cut(before: int) -> None:
    shown = Scrubber([SECRET]).shown(b"x" * before + OCTETS * 3, 100)
    assert len(shown) <= 100
    assert shown.rstrip(".").strip("x").strip("*") == ""


def test_what_one_scrubber_is_told_no_other_one_knows() -> None:
    """Those of one secret share what it is recognised by."""
    first, second, code = "correct-horse-battery", "staple-of-another-kind", "bm9ib2R5cyBzZWNyZXQ="
    both = Scrubber([first])
    both.add(second)
    both.add_base64(code)
    said = f"1: {first}, 2: {second}, 3: {code}."
    assert both(said) == f"1: {MASK}, 2: {MASK}, 3: {MASK}."
    assert Scrubber([first])(said) == f"1: {MASK}, 2: {second}, 3: {code}."
