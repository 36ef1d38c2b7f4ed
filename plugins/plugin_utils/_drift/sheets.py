# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Drift of an admin page: what a person wrote down from it beside what belongs in its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.sheet import (
    Filled,
    SheetError,
    SheetFault,
    filled_fields,
    read_sheet,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, relative
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.admin_page import Page, Value, page_context
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, get, scalars
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices

from .drift import Drift


def with_sheets(judgement: Judgement, paths: Sequence[str], root: Path) -> tuple[Judgement, list[Drift]]:
    """The judgement with what is wrong with filled sheets, and what they say otherwise, where settings are right."""
    if not paths or not judgement.valid:
        return judgement, []
    drifts, errors, warnings = drift_of_sheets(judgement.targets, paths, root)
    together = replace(judgement, errors=(*judgement.errors, *errors), warnings=(*judgement.warnings, *warnings))
    return together, drifts


def drift_of_sheets(
    targets: Sequence[ReadyTarget], paths: Sequence[str], root: Path
) -> tuple[list[Drift], list[Finding], list[Finding]]:
    """What filled sheets say otherwise, and the errors and warnings about the sheets themselves."""
    pages = [ready for ready in targets if ready.at.kind == "admin_page"]
    drifts: list[Drift] = []
    findings: list[tuple[str, Finding]] = []
    for path in paths:
        try:
            sheet = read_sheet(Path(path))
        except SheetError as error:
            findings.append(("error", Finding("email_current_sheets", "", str(error), "sheet")))
            continue
        ready = next((ready for ready in pages if sheet.app in (ready.at.app, ready.at.label)), None)
        shown = relative(path, root)
        if ready is None:
            known = choices([page.at.app for page in pages]) if pages else "none is listed in email_targets"
            message = f"is of no admin page that this host has: {known}"
            odd = Finding("email_current_sheets", "", message, "sheet", file=shown, line=1, column=1, written_in=path)
            findings.append(("error", odd))
            continue
        filled, faults = filled_fields(ready.at.page or {}, sheet)
        findings += [(fault.severity, replace(_finding(ready, fault, shown), written_in=path)) for fault in faults]
        drifts += _differing(ready, filled, shown)
    errors = [finding for severity, finding in findings if severity == "error"]
    return drifts, errors, [finding for severity, finding in findings if severity == "warning"]


def _finding(ready: ReadyTarget, fault: SheetFault, file: str) -> Finding:
    leaf = fault.leaf or ""
    return Finding(
        path=leaf,
        pointer="/" + leaf.replace(".", "/") if leaf else "",
        message=f"{ready.at.label}: {fault.message}",
        rule="sheet",
        target=ready.at.app,
        file=file,
        line=fault.line,
        column=fault.column,
        subject=ready.at.label,
    )


def _differing(ready: ReadyTarget, filled: Sequence[Filled], file: str) -> Iterator[Drift]:
    page = cast(Page, page_context(ready.at, ready.spec, ready.options, {})["page"])
    wanted = {(section.title, field.label): field.value for section in page.sections for field in section.fields}
    for field in filled:
        value = wanted.get((field.section, field.cell.label))
        if value is None or _parts(value) == _parts(field.value):
            continue
        leaf = None if field.field.get("leaf") is None else str(field.field["leaf"])
        secret = leaf is not None and any(map(is_vaulted, scalars(get(ready.settings, leaf))))
        values = (None, None) if secret else (_shown(value), _shown(field.value))
        yield Drift(ready.at.app, leaf, field.cell.label, *values, secret=secret, file=file, line=field.cell.line)


def _parts(value: object) -> list[str]:
    """Several texts stand in one field with commas between them."""
    several = value if isinstance(value, tuple) else str(value).split(",")
    return [str(part).strip() for part in several]


def _shown(value: Value) -> JSON:
    return list(value) if isinstance(value, tuple) else value
