# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin pages for the tests: a spec that each takes, changes of it, and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import put, steps, without

APPS = ("flexicapture", "infinite_campus", "smartertrack", "teamconnect", "tegrity")
SPECS = Path(__file__).parents[2] / "specs" / "targets"

Spec = dict[str, Any]


class Absent:
    """The value of a setting that a case leaves out."""


ABSENT = Absent()


def base_spec(app: str) -> Spec:
    """A spec that the page takes."""
    spec: Spec = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    return spec


def changed(app: str, changes: Mapping[str, object]) -> Spec:
    """The page's spec with settings changed, or left out where the value is ABSENT."""
    spec = base_spec(app)
    for name, value in changes.items():
        absent = value is ABSENT
        spec = dict(without(spec, steps(name))) if absent else put(spec, name, value)  # type: ignore[arg-type]
    return spec


def judged(app: str, spec: Spec, **entry: object) -> Judgement:
    """What the validation makes of a spec for one page."""
    return judge(Request(settings=spec, targets=[{"app": app, **entry}]))  # type: ignore[dict-item]


@dataclass(frozen=True)
class Rendered:
    """The two files of a page."""

    sheet: FileSpec
    runbook: FileSpec

    @property
    def read(self) -> Any:  # noqa: ANN401
        """The sheet as a YAML parser reads it."""
        return yaml.safe_load(self.sheet.content)

    @property
    def fields(self) -> list[dict[str, Any]]:
        """All fields of the sheet, in order."""
        return [field for section in self.read["sections"] for field in section["fields"]]

    def field(self, label: str, section: str | None = None) -> dict[str, Any]:
        """The one field with this label; `section` where several have it."""
        found = [
            field
            for each in self.read["sections"]
            for field in each["fields"]
            if field["label"] == label and section in (None, each["title"])
        ]
        assert len(found) == 1, f"{label}: {len(found)} fields"
        field: dict[str, Any] = found[0]
        return field


def rendered(app: str, changes: Mapping[str, object] | None = None, **entry: object) -> Rendered:
    """The page's files for a spec that it has to take."""
    judgement = judged(app, changed(app, changes or {}), **entry)
    assert not judgement.errors, judgement.errors
    sheet, runbook = judgement.targets[0].files
    return Rendered(sheet, runbook)
