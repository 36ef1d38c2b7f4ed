# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/reasons.md from the code's one table: `python -m tests.tools.reasons_page`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

PAGE = ROOT / "docs" / "reasons.md"
INTRODUCTION = """\
# Reasons: why a check fails, told apart

`smtp_check`, `imap_check` and `apply` say of every server at which stage a conversation ended, and why. A reason's name
never changes its meaning, so a play may match on it. This page is made from the code's own table by
`python -m tests.tools.reasons_page`; what stands in braces there is the endpoint's own value.
"""
NOTES = """
A server may give its verdict late: Postfix, with `smtpd_delay_reject`, answers RCPT with what it holds against the
sender or the login. Then the stage is where it was said, and the reason what it says.

Where TLS is wanted from the first byte and the server says nothing at all, the reason is `greeting_timeout` or
`connection_reset`, as it is in clear: nothing shows that a mail server is there.

## How a reply is read

Servers say one thing in many ways, and many things in one way. A refusal is read in this order, and the first thing
that names the cause decides:

0. What was sent to the server is taken out of its text: `550 5.1.1 <banned@example.edu>... User unknown` bans nobody.
1. The enhanced code's subject and detail (RFC 3463; IMAP's response code, RFC 5530), where it names the cause by
   itself: X.1.7 and X.1.8 are the sender's, also at RCPT; X.3.Z is the server's own trouble; 5.7.60 is a sender that
   is not the login's. X.7.0 and X.7.1 are said of everything, so there the words decide.
2. The words, by their stems, in several languages. `451 4.7.1 ... not owned by user` is `sender_not_owned`, and a
   `421 Authentication failed` is `auth_rejected`: a 4yz says how long to wait, and not that there is no cause.
   `temporary` stays true beside it.
3. The basic code, by the stage: a 4yz puts off, a 5yz refuses.

What several causes share is told apart by what was said before: after a token a plain refusal is the token's
(`auth_token_invalid`); before a login "authentication required" is `auth_required`, after one it is `relay_denied`;
in clear text a wish for TLS is `auth_requires_encryption`. A reply that is not UTF-8 is read as a whole by GB18030,
Big5, Shift_JIS, KOI8-R, Windows-125x and Latin-1, and the one that makes words of it is shown.

`temporary` is true where the same settings may work later: for the reasons marked so, for every SMTP reply of the
400s, and for IMAP's `UNAVAILABLE`, `INUSE`, `LIMIT`, `THROTTLED` and `SERVERBUG`. Only what is temporary is tried
again (`retries`), within the one `timeout`, and never a login.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([INTRODUCTION, *_stages(), *_categories(), *_reasons(), NOTES, *_warnings()]) + "\n"


def _stages() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import STAGES

    yield "## Stages\n"
    yield "In this order: " + ", ".join(f"`{stage}`" for stage in STAGES) + "."
    yield "With `implicit_tls` the stage `tls` comes before `greeting`.\n"


def _categories() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import MESSAGES

    yield "## Categories\n"
    yield "| category | message (for IMAP with IMAP in place of SMTP) |"
    yield "| --- | --- |"
    for category, message in MESSAGES.items():
        yield f"| `{category}` | {message} |"
    yield ""


def _reasons() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import OPEN_PORTS, REASONS

    yield "## Reasons\n"
    yield "| reason | stage | category | temporary | seen when | what to do |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for reason in REASONS.values():
        late = f" (or later: {', '.join(reason.late_stages)})" if reason.late_stages else ""
        stages = ", ".join(reason.stages) + late
        temporary = "yes" if reason.temporary else ""
        yield f"| `{reason.name}` | {stages} | {reason.category} | {temporary} | {reason.seen_when} | {reason.hint} |"
    yield "\nFor some of them the reply tells more, and what to do is more than the table says:\n"
    yield "| reason | what to do |"
    yield "| --- | --- |"
    for reason in REASONS.values():
        for cure in reason.cures.values():
            yield f"| `{reason.name}` | {cure} |"
    yield f"\n`{{open_ports}}` for SMTP: {OPEN_PORTS['smtp']}. For IMAP: {OPEN_PORTS['imap']}."


def _warnings() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import WARNINGS

    yield "## Warnings\n"
    yield "The check passes, and its result says so.\n"
    yield "| warning | when |"
    yield "| --- | --- |"
    for name, sentence in WARNINGS.items():
        yield f"| `{name}` | {sentence} |"


def main() -> None:
    """Write the page."""
    import sys

    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
