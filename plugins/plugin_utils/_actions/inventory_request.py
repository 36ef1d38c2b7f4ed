# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What validate alone needs: requests from an inventory's variables, and reports for code reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import relative_to_any, repository_of
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import (
    GateJudgement,
    JudgedPolicy,
    JudgedTarget,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import (
    Judgement,
    Request,
    warning_sentences,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import register
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.finding_text import USUAL_FILE
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import Report
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.summary import gate_report
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .request import TAGGED_ARGUMENTS, TAGGED_VARIABLES, listed, missing_folders, read_day, target_folders


def read_host_request(
    host: HostVariables, options: Mapping[str, JSON], variables: Mapping[str, object], root: str
) -> Request:
    """A request from one host's variables. Nothing is written, so no secret needs a name. Raises RequestError."""
    return Request(
        settings=host.values.get("email_settings"),
        base=host.values.get("email_settings_base"),
        targets=host.values.get("email_targets"),
        oddities={
            name: host.oddities.get(variable, ())
            for name, variable in zip(TAGGED_ARGUMENTS, TAGGED_VARIABLES, strict=True)
        },
        homes={
            name: host.homes[variable]
            for name, variable in zip(TAGGED_ARGUMENTS, TAGGED_VARIABLES, strict=True)
            if variable in host.homes
        },
        target_paths=target_folders(host.values.get("email_target_paths"), Path(root)),
        missing_folders=missing_folders(host.values.get("email_target_paths"), Path(root)),
        policies=listed(host.values.get("email_policies")),
        groups=host.groups,
        all_groups=tuple(cast("Mapping[str, object]", variables.get("groups") or {})),
        today=read_day(options.get("today")),
        waiver_warn_days=cast("int", options.get("waiver_warn_days") or 0),
        shown_from=review_folders(root),
        walks=True,
        root=Path(root).resolve(),
    )


def review_folders(root: str) -> list[Path]:
    """What file names are relative to where a code review reads them: the repository's top, else the playbook."""
    standing, playbook = Path.cwd(), Path(root).resolve()
    tops = [repository_of(standing), repository_of(playbook)]
    return [*(top for top in tops if top is not None), playbook, standing]


def result_of_gate(judgement: GateJudgement, seconds: float) -> dict[str, JSON]:
    """What a task returns of an inventory's judgement. `seconds` is how long it took."""
    return {
        "valid": judgement.valid,
        "msg": gate_report(judgement, seconds),
        "errors": [error.to_result() for error in judgement.errors],
        "warnings": warning_sentences(judgement.warnings),
        "warning_details": [warning.to_result() for warning in judgement.warnings],
        **register(judgement.waivers),
        "coverage": judgement.coverage,
        "summary": {**judgement.summary(), "seconds": round(seconds, 3)},
        "changed": False,
    }


def report_of(judgement: Judgement, root: str, sources: Sequence[str] = ()) -> Report:
    """One spec's judgement as it is reported, with file names as a code review has them."""
    folders = review_folders(root)
    return Report(
        errors=[error.seen_from(folders) for error in judgement.errors],
        warnings=[warning.seen_from(folders) for warning in judgement.warnings],
        waivers=judgement.waivers,
        policies=[JudgedPolicy(policy, ()) for policy in judgement.policies],
        targets=_judged_targets(judgement),
        otherwise=file_of_inventory(sources, folders),
    )


def _judged_targets(judgement: Judgement) -> list[JudgedTarget]:
    """The applications of one spec, which is no host's."""
    covered = judgement.coverage.values()
    versions = {(str(each["target"]), cast("str | None", each["version"])) for each in covered}
    return [JudgedTarget(*version, ()) for version in sorted(versions, key=str)]


def report_of_gate(judgement: GateJudgement, root: str, sources: Sequence[str] = ()) -> Report:
    """An inventory's judgement as it is reported."""
    return Report(
        errors=judgement.errors,
        warnings=judgement.warnings,
        waivers=judgement.waivers,
        hosts=judgement.hosts,
        policies=judgement.policies,
        targets=judgement.targets,
        skipped=judgement.skipped,
        summary=judgement.summary(),
        otherwise=file_of_inventory(sources, review_folders(root)),
    )


def file_of_inventory(sources: Sequence[str], folders: Sequence[Path]) -> str:
    """The first file that the inventory is read from, for findings that have no place of their own."""
    for source in map(Path, sources):
        files = sorted(path for path in source.iterdir() if path.is_file()) if source.is_dir() else [source]
        for file in files:
            if file.is_file():
                return relative_to_any(str(file.resolve()), folders)
    return USUAL_FILE
