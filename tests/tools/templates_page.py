# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/targets-templates.md from the code's own tables: `python -m tests.tools.templates_page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

PAGE = ROOT / "docs" / "targets-templates.md"
INTRODUCTION = """\
# What templates and expressions see

A target's templates (`*.j2` beside `target.yml`) and the expressions in `target.yml` are Jinja, in a sandbox that
cannot change what it is given. This page is made from the code's own tables by `python -m tests.tools.templates_page`.

A name that there is not, be it a variable, a setting, an option, a filter or a test, is a fault before anything is
rendered: all of them at once, each at its line and column.

<!-- not run: a message alone, of a folder with a mistake in it -->
```
mail/targets/ledger/mail.conf.j2:3:33: email_targets[0].app: smtp.hots is not a setting; did you mean host?
```
"""


def page() -> str:
    """The page's text."""
    return "\n".join([INTRODUCTION, *_variables(), *_ours()]) + "\n"


def _variables() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._targets.template_names import (
        RULE_VARIABLES,
        VARIABLES,
    )

    yield "## Variables\n"
    rules = ", ".join(f"`{name}`" for name in RULE_VARIABLES)
    yield f"Templates, and `when` and `expression` of files and keys, see all of them; rules see {rules}.\n"
    yield from _table("variable", VARIABLES)
    yield "\nEvery setting that may stand behind `settings.` and `written.` is in [settings.md](settings.md).\n"


def _ours() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.quoting import FILTERS
    from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import FILTERS as EVERYWHERE
    from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import TESTS
    from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import MARKDOWN_FILTERS

    yield "## Filters, tests and functions\n"
    yield "All of Jinja's own are there as well (`default`, `tojson`, `join`, `range`; is `defined`, `none`).\n"
    yield "Templates have these filters, each of which gives text that is read back unchanged, or refuses the value:\n"
    yield from _table("filter", {name: _first(function) for name, function in {**FILTERS, **MARKDOWN_FILTERS}.items()})
    yield "\nTemplates and expressions have:\n"
    yield from _table("filter or test", {name: _first(each) for name, each in {**EVERYWHERE, **TESTS}.items()})


def _first(function: object) -> str:
    """The first sentence that is said of a function, or of what stands for it."""
    return " ".join((function.__doc__ or "").split("\n\n")[0].split())


def _table(kind: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f"| {kind} | what it is |"
    yield "| --- | --- |"
    yield from (f"| `{name}` | {text.replace('|', chr(92) + '|')} |" for name, text in rows.items())


if __name__ == "__main__":
    import sys

    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    PAGE.write_text(page(), encoding="utf-8")
