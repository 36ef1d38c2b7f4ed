# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What replies mean: tables of wordings, judged by stage, class of the code, enhanced code and words, in that order.

The wordings and their sources: Postfix, Exim, Dovecot, OpenSMTPD, Gmail, Microsoft 365, Exchange, Amazon SES, SendGrid;
enhanced codes by RFC 3463, RFC 4954 and RFC 5248, IMAP's response codes by RFC 5530.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import Scrubber, clean, cut

_SMTP_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\Z", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|\Z)")
# So much of a reply is shown, and judged.
TEXT_LIMIT = 400
# Masks are shorter than what they hide, so more is kept until the secrets are out.
_JOINED_LIMIT = 16384


class NotAReply(Exception):
    """The bytes are no reply of the protocol; the sentence says what is wrong, `line` is what came."""

    def __init__(self, sentence: str, line: bytes = b"") -> None:
        super().__init__(sentence)
        self.line = line


def scrubbed(reply: Reply | None, scrub: Scrubber) -> Reply | None:
    """The reply as it may be shown: without secrets, and no longer than anybody reads."""
    if reply is None:
        return None
    enhanced = cut(scrub(reply.enhanced_code), 80) if reply.enhanced_code else None
    return replace(reply, text=cut(scrub(reply.text), TEXT_LIMIT), enhanced_code=enhanced)


def smtp_reply(lines: Sequence[bytes]) -> Reply:
    """One reply from its lines, without line ends (RFC 5321 4.2). Raises NotAReply."""
    codes = set()
    texts = []
    enhanced = None
    for line in lines:
        match = _SMTP_LINE.match(line)
        if match is None:
            raise NotAReply("what came is not a reply line", line)
        codes.add(match.group(1))
        text = clean(match.group(3) or b"").strip()
        prefix = _ENHANCED.match(text)
        if prefix is not None and prefix.group(1)[0] == match.group(1).decode("ascii")[0]:
            enhanced = enhanced or prefix.group(1)
            text = text[prefix.end() :]
        texts.append(text)
    if len(codes) != 1:
        raise NotAReply("one reply with different codes: " + ", ".join(sorted(code.decode("ascii") for code in codes)))
    return Reply(int(codes.pop()), enhanced, joined(texts))


def joined(texts: Iterable[str]) -> str:
    """Texts on one line, the first ones if they are many. Each is whole: only what was scrubbed may be cut."""
    together = ""
    for text in texts:
        if text and len(together) < _JOINED_LIMIT:
            together += f" {text}" if together else text
    return together


def ends_smtp_reply(line: bytes) -> bool:
    """Whether a line is the last one of its reply; a line that is none ends it too."""
    match = _SMTP_LINE.match(line)
    return match is None or match.group(2) != b"-"
