# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/targets.md from the targets' folders: `make targets-page`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, cast

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

if TYPE_CHECKING:
    from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import Commands
    from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import (
        Coverage,
        FileTemplate,
        Target,
        TargetAtVersion,
    )

PAGE = ROOT / "docs" / "targets.md"
INTRODUCTION = """\
# Targets: the applications, and what each can honour

This page is made from the folders in `targets` by `make targets-page`. Every setting of the spec is, for each
application, *carried* (it is in what is rendered), *refused* (a spec that sets it to anything else is not valid, with
the reason that stands here), or *not carried* (harmless there). What holds at the newest version that is described
stands here; `validate` returns the same as `coverage`, for the version that is asked for.

How it is known that the application reads its file so (`evidence`): *sent*, mail was delivered with these settings, by
the application or by the library that it sends with; *parsed*, its own parser read them; *source*, its source or its
documentation says so. Admin pages have no file: a sheet and a runbook are rendered for a person.
"""


def page() -> str:
    """The page's text."""
    from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

    targets = sorted((find_target(app) for app in target_names()), key=lambda target: target.label.lower())
    files = [target for target in targets if target.kind == "config_file"]
    pages = [target for target in targets if target.kind == "admin_page"]
    lines = [INTRODUCTION, *_table(files), "", *_pages_table(pages)]
    for target in targets:
        lines += ["", *_section(target)]
    return "\n".join(lines) + "\n"


def _table(targets: Iterable[Target]) -> Iterator[str]:
    yield "## Configuration files\n"
    yield "| application | `app` | format | evidence | versions told apart | read again by |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for target in targets:
        formats = ", ".join(dict.fromkeys(_format(file) for file in target.files))
        versions = ", ".join(target.versions)
        link = f"[{target.label}](#{_anchor(target)})"
        yield f"| {link} | `{target.app}` | {formats} | {_evidence(target)['level']} | {versions} | {_reload(target)} |"


def _pages_table(targets: Iterable[Target]) -> Iterator[str]:
    yield "## Admin pages\n"
    yield "| application | `app` | the page |"
    yield "| --- | --- | --- |"
    for target in targets:
        way = cast("list[str]", target.page["path"] if target.page else [])
        yield f"| [{target.label}](#{_anchor(target)}) | `{target.app}` | {' > '.join(way)} |"


def _format(file: FileTemplate) -> str:
    if file.format is None:
        return "template"
    return file.format if file.dialect in (None, file.format) else f"{file.format} ({file.dialect})"


def _reload(target: Target) -> str:
    reload = target.reload or {}
    if "service" in reload:
        return f"`{reload['service']}` {reload.get('state', 'reloaded')}"
    command = reload.get("command")
    return f"`{' '.join(map(str, command))}`" if isinstance(command, list) else "a person, see below"


def _evidence(target: Target) -> Mapping[str, str]:
    import yaml

    tree = yaml.safe_load((target.folder / "target.yml").read_text(encoding="utf-8"))
    evidence: Mapping[str, str] = tree.get("evidence", {"level": ""})
    return evidence


def _anchor(target: Target) -> str:
    """GitHub's anchor of the section's heading."""
    kept = "".join(letter for letter in f"{target.label} ({target.app})".lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def _section(target: Target) -> Iterator[str]:
    at = target.at()
    about, evidence = target.documentation, _evidence(target)
    source = f"[{about['title']}]({about['url']})" if "url" in about else f"{about['title']}, {about['source']}"
    yield f"## {target.label} ({target.app})\n"
    yield f"{about['product']}. Made from: {source}.\n"
    if evidence["level"]:
        note = f" {evidence['note']}." if "note" in evidence else ""
        yield f"- Evidence: {evidence['level']}, {evidence.get('version', 'without a version')}.{note}"
    for file in at.files:
        where = (
            f"File: `{file.path}`, {_format(file)}" if file.commands is None else f"Values: {_commands(file.commands)}"
        )
        yield f"- {where}{_ours(file)}."
    if target.reload_note:
        yield f"- Read again: {target.reload_note.rstrip('.')}."
    yield from _covered(at)


def _commands(commands: Commands) -> str:
    return f"read by `{' '.join(commands.read)}`, set by `{' '.join(commands.write)}`"


def _ours(file: FileTemplate) -> str:
    if file.own_keys is not None and file.commands is None:
        return ", of which our keys alone change"
    return "" if file.block is None else ", of which a marked block is ours"


def _covered(at: TargetAtVersion) -> Iterator[str]:
    by_kind = {
        kind: [c for c in at.coverage.values() if c.kind == kind] for kind in ("carried", "refused", "not_carried")
    }
    if by_kind["carried"]:
        yield f"- Carried: {', '.join(map(_carried, by_kind['carried']))}."
    for title, kind in (("Refused", "refused"), ("Not carried", "not_carried")):
        reasons = sorted(by_kind[kind], key=_reason)
        several = [f"{', '.join(_names(leaves))}: {reason}" for reason, leaves in _by_reason(reasons)]
        if several:
            yield f"- {title}:"
            yield from (f"  - {line}" for line in several)


def _by_reason(coverages: Iterable[Coverage]) -> Iterator[tuple[str, list[Coverage]]]:
    for reason, leaves in groupby(coverages, key=_reason):
        yield reason, list(leaves)


def _reason(coverage: Coverage) -> str:
    return coverage.reason or (f"by the rule `{coverage.rule}`" if coverage.rule else "no reason is given")


def _carried(coverage: Coverage) -> str:
    reason = f"; else: {coverage.reason}" if coverage.reason else ""
    return f"`{coverage.leaf}`" + (f" ({_values(coverage)}{reason})" if coverage.accepts is not None else "")


def _names(coverages: Sequence[Coverage]) -> list[str]:
    """The settings, a whole section of them by its own name."""
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES

    plain = [coverage.leaf for coverage in coverages if not coverage.accepts]
    names = {leaf: next(name for name in [*_sections(leaf), leaf] if _all_below(name, LEAVES, plain)) for leaf in plain}
    named = [f"`{name}`" for name in dict.fromkeys(names.values())]
    return named + [f"`{coverage.leaf}` (but for {_values(coverage)})" for coverage in coverages if coverage.accepts]


def _sections(leaf: str) -> list[str]:
    """The names of the sections that a leaf is in, the outermost first."""
    steps = leaf.split(".")[:-1]
    return [".".join(steps[: number + 1]) for number in range(len(steps))]


def _all_below(name: str, leaves: Iterable[str], known: Sequence[str]) -> bool:
    return all(leaf in known for leaf in leaves if leaf == name or leaf.startswith(f"{name}."))


def _values(coverage: Coverage) -> str:
    return ", ".join(
        f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in coverage.accepts or ()
    )


def main() -> None:
    """Write the page."""
    import sys

    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
