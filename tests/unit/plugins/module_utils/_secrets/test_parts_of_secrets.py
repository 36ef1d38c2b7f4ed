# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of a secret is a secret: no eight characters of one in a row are shown, however they are repeated."""

from __future__ import annotations

import html
import json
import quopri
import random
import re
import string
from base64 import b32decode, b32encode, b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import (
    _EVERYDAY_WORDS,
    MASK,
    Scrubber,
    clean,
)

RUN = 8


def octets_by_chance(source: random.Random, count: int) -> bytes:
    """As `randbytes` gives them, which Python 3.8 has not."""
    return bytes(source.getrandbits(8) for _octet in range(count))


def percent(octets: bytes) -> str:
    return "".join(f"%{octet:02x}" for octet in octets)


def latin_1(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def misread(text: str) -> str:
    return text.encode().decode("latin-1")


def read_rightly(text: str) -> str:
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def unbackslashed(text: str) -> str:
    """Python's, C's and JSON's escapes undone."""
    return re.sub(
        r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\(.)",
        lambda match: match[3] or chr(int(match[1] or match[2], 16)),
        text,
    )


def decoded(decode: Callable[[str], bytes]) -> Callable[[str], str]:
    """All words that can be decoded, decoded at each of the places where the code may begin."""

    def read(text: str) -> str:
        found = []
        for word in re.findall(r"[A-Za-z0-9+/=]+", text):
            for start in range(8):
                for end in range(len(word), max(start, len(word) - 8), -1):
                    with suppress(ValueError):
                        found.append(decode(word[start:end]).decode("utf-8", "replace"))
        return "\n".join(found)

    return read


# How a part of a secret is repeated, and how whoever reads it would read it back.
ECHOES: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "as it is": (str, str),
    "in upper case": (str.upper, str),
    "from its end": (lambda part: part[::-1], lambda text: text[::-1]),
    "spaced": (" ".join, lambda text: re.sub(r"(.) ", r"\1", text)),
    "with dashes": ("-".join, lambda text: re.sub(r"(.)-", r"\1", text)),
    "quotes doubled": (
        lambda part: part.replace("'", "''").replace('"', '""'),
        lambda text: text.replace("''", "'").replace('""', '"'),
    ),
    "JSON": (lambda part: json.dumps(part)[1:-1], unbackslashed),
    "JSON, UTF-8": (lambda part: json.dumps(part, ensure_ascii=False)[1:-1], unbackslashed),
    "Python's repr": (lambda part: repr(part)[1:-1], unbackslashed),
    "repr of bytes": (lambda part: repr(part.encode())[2:-1], lambda text: read_rightly(unbackslashed(text))),
    "Latin-1, as we show it": (lambda part: clean(latin_1(part)), unbackslashed),
    "UTF-8 taken for Latin-1": (misread, read_rightly),
    "every octet escaped": (
        lambda part: "".join(f"\\x{octet:02x}" for octet in part.encode()),
        lambda text: read_rightly(unbackslashed(text)),
    ),
    "percent": (quote, unquote),
    "percent, as in a form": (quote_plus, unquote_plus),
    "every octet with percent": (lambda part: percent(part.encode()), unquote),
    "percent, Latin-1": (lambda part: percent(latin_1(part)), lambda text: unquote(text, "latin-1")),
    "percent, twice": (lambda part: quote(quote(part)), lambda text: unquote(unquote(text))),
    "HTML": (html.escape, html.unescape),
    "HTML, all by number": (lambda part: "".join(f"&#{ord(sign)};" for sign in part), html.unescape),
    "HTML, in hexadecimal": (lambda part: "".join(f"&#x{ord(sign):X};" for sign in part), html.unescape),
    "HTML within JSON": (
        lambda part: json.dumps(html.escape(part))[1:-1],
        lambda text: html.unescape(unbackslashed(text)),
    ),
    "quoted-printable": (
        lambda part: quopri.encodestring(part.encode()).decode(),
        lambda text: quopri.decodestring(text.encode()).decode("utf-8", "replace"),
    ),
    "hexadecimal": (lambda part: part.encode().hex(), decoded(bytes.fromhex)),
    "hexadecimal in pairs": (
        lambda part: part.encode().hex(":"),
        lambda text: decoded(bytes.fromhex)(text.replace(":", "")),
    ),
    "base64": (lambda part: b64encode(part.encode()).decode(), decoded(b64decode)),
    "base64 of a login": (lambda part: b64encode(f"\0bob\0{part}".encode()).decode(), decoded(b64decode)),
    "base32": (lambda part: b32encode(part.encode()).decode(), decoded(b32decode)),
    "base32, one octet on": (lambda part: b32encode(b"x" + part.encode()).decode(), decoded(b32decode)),
}

LETTERS = string.ascii_letters + string.digits + string.punctuation + " äöüßéññŁжщ日本"
secrets = st.text(alphabet=LETTERS, min_size=RUN, max_size=24)


def runs(text: str) -> set[str]:
    """Every eight characters in a row, in lower case, of which more than half are no blanks."""
    every = {text[place : place + RUN].lower() for place in range(len(text) - RUN + 1)}
    return {run for run in every if len("".join(run.split())) > RUN // 2}


# Such a word alone tells nothing (SENTENCES, below); hypothesis makes secrets of words that stand in the code as well.
TELLING_NOTHING = {run for word in _EVERYDAY_WORDS for run in runs(word)}


@pytest.mark.parametrize(("repeated", "read_back"), ECHOES.values(), ids=ECHOES)
@settings(deadline=None, derandomize=True)
@given(secret=secrets, data=st.data())
@example(secret="S3cret/Wörd+42", data=None)
@example(secret="p&ss w\"rd'<é>/%+\\", data=None)
@example(secret="Example-Passw0rd", data=None)
@example(secret="%%%%%%%%'-'-'", data=None)
@example(secret="ab cd ef", data=None)
def test_no_eight_characters_are_shown(
    repeated: Callable[[str], str], read_back: Callable[[str], str], secret: str, data: st.DataObject | None
) -> None:
    start = data.draw(st.integers(0, len(secret) - RUN)) if data else 0
    end = data.draw(st.integers(start + RUN, len(secret))) if data else len(secret)
    shown = Scrubber([secret])(f"{repeated(secret[start:end])}>")
    assert runs(secret) & runs(read_back(shown.replace(MASK, "\n"))) <= TELLING_NOTHING


SENTENCES = {
    "a word that a password begins with": ("password123", "535 wrong password", "535 wrong password"),
    "that very word": ("password", "535 wrong password", f"535 wrong {MASK}"),
    "seven characters": ("Example-Passw0rd", "try Example or passw0r", "try Example or passw0r"),
    "eight characters": ("Example-Passw0rd", "try -Passw0rd now", f"try {MASK} now"),
    "a part, with more behind it": ("Example-Passw0rd", "Example-Passw9999", f"{MASK}9999"),
    "words of a sentence that look like it": ("hunter2-in-clear-text", "sent in clear text", "sent in clear text"),
    "digits that are no code": ("e", "port 65 ZQ", "port 65 ZQ"),
    "two secrets beside each other": ("Example-Passw0rd", "Example-Passw0rdExample-Passw0rd", MASK),
    "nothing": ("Example-Passw0rd", "", ""),
}


@pytest.mark.parametrize(("secret", "text", "shown"), SENTENCES.values(), ids=SENTENCES)
def test_what_is_no_part_of_it_is_shown(secret: str, text: str, shown: str) -> None:
    assert Scrubber([secret])(text) == shown


OWN = {
    "a host that a secret holds": ("noreply@example.edu", "host example.edu", "host example.edu"),
    "the whole secret": ("noreply@example.edu", "to noreply@example.edu!", f"to {MASK}!"),
    "its base64": ("noreply@example.edu", b64encode(b"xnoreply@example.edu").decode(), MASK),
    "percent-encoded": ("noreply@example.edu", "?u=noreply%40example.edu", f"?u={MASK}"),
}


@pytest.mark.parametrize(("secret", "text", "shown"), OWN.values(), ids=OWN)
def test_in_our_own_sentences_only_whole_secrets_are_masked(secret: str, text: str, shown: str) -> None:
    assert Scrubber([secret], parts=False)(text) == shown


LONG = {
    "the same word again and again": "app" * 10_000,
    "the secret again and again": "Example-Passw0rd " * 1800,
    "what could begin one": "Example-" * 3750,
    "escapes": "%41" * 10_000,
    "escapes of escapes": "%25" * 10_000,
    "one long code": b64encode(octets_by_chance(random.Random(1), 22_000)).decode(),
    "blanks": " " * 30_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_against_many_secrets(text: str) -> None:
    """Thirty thousand characters against a hundred secrets; the suite's own time limit is what would stop it."""
    source = random.Random(2)
    many = [f"Example-{octets_by_chance(source, 6).hex()}" for _number in range(100)]
    shown = Scrubber([*many, "Example-Passw0rd"])(text)
    assert "Example-Passw0rd" not in shown
