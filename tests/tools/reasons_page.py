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

`temporary` is true where the same settings may work later: for the reasons marked so, and for every SMTP reply of the
400s. Only what is temporary is tried again (`retries`), within the one `timeout`, and never a login.
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
