# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/troubleshooting.md from the tables that the messages are made of: `make troubleshooting-page`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import yaml

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

PAGE = ROOT / "docs" / "troubleshooting.md"
SPECS = ROOT / "tests" / "specs" / "invalid"
INTRODUCTION = """\
# Troubleshooting by message

Search this page for the words that you see. It is made from the tables that the messages come from, by
`make troubleshooting-page`; what stands in braces is your own value.

| it begins with | where to look |
| --- | --- |
"""
GATE = """\
## email settings are not valid

The gate, the role and `apply` say it, with a line for each fault: its file, line and column, the setting, what is wrong
and what would be right. Nothing was written. Some of the mistakes that people make, and what is said of them:
"""
WRITING = """\
## Nothing could be written

`cannot write`, `could not stage`, `verification failed for` and the like name the file and the cause, and say whether
every file is as it was.
"""


def page() -> str:
    """The page's text."""
    parts = [INTRODUCTION.rstrip(), *_contents(), "", *_checks(), *_warnings(), *_gate(), *_writing(), *_answers()]
    return "\n".join([*parts, *_tokens()]).rstrip() + "\n"


def _contents() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES, MESSAGES

    for category in FAILING_CATEGORIES:
        yield f"| {MESSAGES[category]} | [the server was tried](#{category.replace('_', '-')}) |"
    yield "| email settings are not valid | [the gate](#email-settings-are-not-valid) |"
    yield "| cannot write, could not stage, verification failed | [files](#nothing-could-be-written) |"
    yield "| no answer of a host | [its Python](#a-host-gave-no-answer) |"
    yield "| the token server ... gave no token | [OAuth](#no-token) |"


def _checks() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import (
        FAILING_CATEGORIES,
        MESSAGES,
        REASONS,
    )

    yield "The message names the server, the application in parentheses, then the reason and the stage.\n"
    for category in FAILING_CATEGORIES:
        yield f"## {category.replace('_', ' ').capitalize()}\n"
        yield f"*{MESSAGES[category]}* (for IMAP with IMAP in place of SMTP), and then:\n"
        found = (reason for reason in REASONS.values() if reason.category == category)
        yield from _table("the reason", ((f"`{reason.name}`", reason.seen_when, reason.hint) for reason in found))
    yield "How these are told apart, and what more the reply tells: [reasons.md](reasons.md).\n"


def _warnings() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import WARNINGS

    yield "## The check passes, with a warning\n"
    yield from ("| warning | what it means |", "| --- | --- |")
    yield from (f"| `{name}` | {sentence} |" for name, sentence in WARNINGS.items())
    yield ""


def _gate() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import settings_schema
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
    from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import markdown_text

    yield GATE
    yield from ("| setting | what is said |", "| --- | --- |")
    said = set()
    for file in sorted(SPECS.glob("*.yml")):
        for fault in settings_schema().faults(yaml.safe_load(file.read_text(encoding="utf-8")), Secrets()):
            setting = ".".join(str(step) for step in fault.path)
            if setting:
                said.add(f"| `{setting}` | {markdown_text(fault.message)} |")
    yield from sorted(said)
    yield "\nAll settings and what each may be: [settings.md](settings.md). What an application cannot honour: "
    yield "[targets.md](targets.md).\n"


def _writing() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import _CAUSES

    yield WRITING
    yield from ("| the cause | what to do |", "| --- | --- |")
    yield from (f"| {cause} | {cure} |" for cause, cure in _CAUSES.values())
    yield ""


def _answers() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import _CURES

    yield "## A host gave no answer\n"
    yield "The program that was sent there ended before it could say anything, by a signal:\n"
    yield from ("| signal | what to do |", "| --- | --- |")
    yield from (f"| {signal} | {cure} |" for signal, cure in _CURES.items())
    yield ""


def _tokens() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.refusals import CURES, MICROSOFT_CURES

    yield "## No token\n"
    yield "The lookup `appmail.settings.oauth2_token` says what the token server answered, and what helps"
    yield "([oauth2.md](oauth2.md)):\n"
    yield from ("| the server's code | what to do |", "| --- | --- |")
    yield from (f"| `{code}` | {cure} |" for code, cure in CURES.items())
    yield from (f"| `AADSTS{number}` | {cure} |" for number, cure in MICROSOFT_CURES.items())


def _table(first: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {first} | what it means | what to do |"
    yield "| --- | --- | --- |"
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""


def main() -> None:
    """Write the page."""
    import sys

    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
