# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Replies as they come in: lines to a code, an enhanced code and a text, and the text without what we sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import Scrubber, cut

from .alphabets import readable

_SMTP_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\Z", re.DOTALL)
_ENHANCED = re.compile(r"#?([245]\.\d{1,3}\.\d{1,3})(?:[:\s]\s*|\Z)")
# qmail and its kin write it behind the words. Without its # it may be a version: then it must be of the code's class,
# with a subject that RFC 3463 knows.
_ENHANCED_AT_THE_END = re.compile(r"\(#([245]\.\d{1,3}\.\d{1,3})(?: - chkuser)?\)\s*\Z")
_ENHANCED_IN_BRACKETS = re.compile(r"(?<!version )\(([245]\.[0-7]\.\d{1,3})\)\s*\Z", re.IGNORECASE)
# So much of a reply is shown, and so much is judged.
TEXT_LIMIT = 400
JUDGED_LIMIT = 1000
# Masks are shorter than what they hide, so more is kept until the secrets are out.
_JOINED_LIMIT = 16384


class NotAReply(Exception):
    """The bytes are no reply of the protocol; the sentence says what is wrong, `line` is what came."""

    def __init__(self, sentence: str, line: bytes = b"") -> None:
        super().__init__(sentence)
        self.line = line


def scrubbed(reply: Reply | None, scrub: Scrubber) -> Reply | None:
    """The reply as it may be shown: without secrets, and no longer than anybody reads; in doubt the codes alone."""
    if reply is None:
        return None
    enhanced = cut(scrub(reply.enhanced_code), 80) if reply.enhanced_code else None
    text = "" if scrub.leaves_doubt(reply.text) else cut(scrub(reply.text), TEXT_LIMIT)
    return Reply(reply.code, enhanced, text)


def smtp_reply(lines: Sequence[bytes]) -> Reply:
    """One reply from its lines, without line ends (RFC 5321 4.2). Raises NotAReply."""
    return _kept_reply(tuple(lines)) if sum(map(len, lines)) <= _KEPT_OCTETS else _read_reply(lines)


def _read_reply(lines: Sequence[bytes]) -> Reply:
    codes: list[int] = []
    bare: list[bytes] = []
    for line in lines:
        match = _SMTP_LINE.match(line)
        if match is None:
            raise NotAReply("what came is not a reply line", line)
        codes.append(int(match.group(1)))
        bare.append(match.group(3) or b"")
    code = codes[0]
    if len(set(codes)) != 1:
        raise NotAReply("one reply with different codes: " + ", ".join(str(code) for code in sorted(set(codes))))
    parts = [_enhanced_and_text(code, text.strip()) for text in readable(bare)]
    enhanced = next((enhanced for enhanced, _text in parts if enhanced), None)
    return Reply(code, enhanced, joined(text for _enhanced, text in parts))


# Kept, for a server says the same to each of its clients; what is long is not.
_KEPT_OCTETS = 2000
_kept_reply = lru_cache(maxsize=256)(_read_reply)


def _enhanced_and_text(code: int, text: str) -> tuple[str | None, str]:
    """The enhanced code of a line, and the rest of it: at its begin it is a code, at its end a part of the text."""
    prefix = _ENHANCED.match(text)
    if prefix is not None and _may_stand_beside(code, prefix.group(1)):
        end = prefix.end()
        return prefix.group(1), text[end:]
    suffix = _ENHANCED_AT_THE_END.search(text)
    if suffix is not None and _may_stand_beside(code, suffix.group(1)):
        return suffix.group(1), text
    bracketed = _ENHANCED_IN_BRACKETS.search(text)
    if bracketed is not None and bracketed.group(1)[0] == str(code)[0]:
        return bracketed.group(1), text
    return None, text


def _may_stand_beside(code: int, enhanced: str) -> bool:
    """Whether both say the same of success: servers mix 4yz and 5.Y.Z, and then each of them says something."""
    return (code < 400) == (enhanced[0] == "2")


def joined(texts: Iterable[str]) -> str:
    """Texts on one line, the first ones if they are many. Each is whole: only what was scrubbed may be cut."""
    together = ""
    for text in texts:
        if text and len(together) < _JOINED_LIMIT:
            together += f" {text}" if together else text
    return together


_ADDRESS = re.compile(r"<[^<>\s]*@[^<>\s]*>|[^\s<>\"'()\[\],;:]+@[^\s<>\"'()\[\],;]+")
_TAKEN_OUT = "-"


def without_ours(text: str, ours: Iterable[str]) -> str:
    """The server's own words: the text without addresses, and without what we sent (`ours`).

    A name of one word is taken out only where it stands as a quotation, for a server says "relay" of its own accord.
    """
    text = _ADDRESS.sub(_TAKEN_OUT, text)
    for word in sorted(_parts(ours), key=len, reverse=True):
        name = re.escape(word)
        if "." in word or "@" in word or " " in word:
            text = re.sub(rf"(?<![\w.-]){name}(?![\w-])", _TAKEN_OUT, text, flags=re.IGNORECASE)
        else:
            text = re.sub(rf"([<\[(\"'`]){name}([>\])\"'`])", rf"\1{_TAKEN_OUT}\2", text, flags=re.IGNORECASE)
            text = re.sub(rf"(?:\A|(?<=: )){name}(?=:|\.\.\.|\.?\Z)", _TAKEN_OUT, text, flags=re.IGNORECASE)
    return text


def _parts(ours: Iterable[str]) -> set[str]:
    """What was sent, and the two sides of addresses."""
    words = set(ours)
    for word in ours:
        words.update(word.rpartition("@")[::2])
    return {word for word in words if len(word) > 1}


def ends_smtp_reply(line: bytes) -> bool:
    """Whether a line is the last one of its reply; a line that is none ends it too."""
    return line[3:4] != b"-" or _SMTP_LINE.match(line) is None
