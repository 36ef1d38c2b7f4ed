# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One report of all hosts of a check, though each host is checked by a process of its own.

Each leaves what it knows in a folder of the run and writes the report anew, one at a time. So the report is whole
whenever the run ends, and names the hosts that it did not come to.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from ansible_collections.appmail.settings.plugins.module_utils._check.results import warning_text
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, where
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.checks import (
    CHECK_FORMATS,
    CheckedServer,
    CheckReport,
    HostChecks,
    Level,
    write_check_reports,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import place_of
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import get
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.collection import page

from .inventory_request import file_of_inventory, review_folders

# The setting that a stage is about, where a reader begins to look.
_SETTING = {
    "resolve": "{protocol}.host",
    "connect": "{protocol}.port",
    "greeting": "{protocol}.port",
    "starttls": "{protocol}.encryption",
    "tls": "{protocol}.encryption",
    "auth": "{protocol}.auth.username",
    "sender": "sender.address",
    "size": "attachments.max_size_mb",
    "mailbox": "imap.mailbox",
}


@dataclass(frozen=True)
class Occasion:
    """A check of one host: `root` is the playbook's folder, `sources` are the inventory's."""

    host: str
    environment: str
    root: str
    sources: Sequence[str] = ()


def host_checks(
    done: Mapping[str, Any], asked: Sequence[Mapping[str, Any]], judgement: Judgement | None, at: Occasion
) -> HostChecks:
    """What a task's answer says of its host. `asked` are the servers that were to be checked, in the results' order.

    `judgement` is None where it did not come to one.
    """
    view = _View(judgement, review_folders(at.root), at.host)
    results = cast("Sequence[Mapping[str, Any]]", done.get("results") or ())
    protocols = [str(server["protocol"]) for server in asked] if len(asked) == len(results) else ["smtp"] * len(results)
    seen = list(zip(protocols, results, strict=True))
    failed: Level = "error" if done.get("failed") else "warning"
    found = [view.finding(*server) for server in seen if server[1]["category"] != "complete"]
    errors = [*view.of_settings("error"), *(found if failed == "error" else [])]
    errors += [] if judgement else view.untemplated(done.get("errors") or ())
    if failed == "error" and not errors:
        rule = str(done.get("reason") or "not_checked")
        errors.append(Finding("", "", str(done.get("msg", "")), rule, hosts=(at.host,)))
    warnings = [*view.of_settings("warning"), *(found if failed == "warning" else [])]
    warnings += [warning for server in seen for warning in view.warned(*server)]
    servers = tuple(_server(protocol, result, failed) for protocol, result in seen)
    why = None if servers else str(done.get("msg") or "its settings name no server").splitlines()[0]
    return HostChecks(at.host, at.environment, servers, tuple(errors), tuple(warnings), why)


def _server(protocol: str, result: Mapping[str, Any], failed: Level) -> CheckedServer:
    parts = {name: str(result[name]) for name in ("category", "reason", "stage", "checked_from")}
    level: Level = "pass" if result["category"] == "complete" else failed
    return CheckedServer(protocol, str(result["name"]), level, message=str(result["msg"]), **parts)


@dataclass(frozen=True)
class _View:
    """What findings about one host are shown at."""

    judgement: Judgement | None
    folders: Sequence[Path]
    host: str

    def of_settings(self, level: Level) -> list[Finding]:
        """What the gate says of the settings."""
        if self.judgement is None:
            return []
        part = self.judgement.errors if level == "error" else self.judgement.warnings
        return [replace(finding.seen_from(self.folders), hosts=(self.host,)) for finding in part]

    def untemplated(self, errors: Sequence[Mapping[str, Any]]) -> list[Finding]:
        """What kept the settings from being judged."""
        places = (Path(error["file"]).resolve() if error["file"] else None for error in errors)
        return [
            Finding(**{**error, "hosts": (self.host,), "written_in": place and str(place)}).seen_from(self.folders)
            for error, place in zip(errors, places, strict=True)
        ]

    def finding(self, protocol: str, result: Mapping[str, Any]) -> Finding:
        """Why a server did not pass, at the setting that a reader looks at first."""
        path = _SETTING.get(str(result["stage"]), "{protocol}.host").format(protocol=protocol)
        return self._at([path, f"{protocol}.host"], str(result["msg"]), str(result["reason"]))

    def warned(self, protocol: str, result: Mapping[str, Any]) -> list[Finding]:
        """What a server is warned of."""
        return [
            self._at([f"{protocol}.host"], f"{result['name']}: {warning_text(name, result)}", name)
            for name in result["warnings"]
        ]

    def _at(self, paths: Sequence[str], message: str, rule: str) -> Finding:
        """A finding at the first of these settings that was written somewhere."""
        targets = () if self.judgement is None else self.judgement.targets
        trees = [target.settings for target in targets] + ([self.judgement.settings] if self.judgement else [])
        written = ((path, place_of(get(tree, path))) for path in paths for tree in trees)
        path, place = next(((path, place) for path, place in written if place is not None), (paths[0], None))
        # The page has a section for each reason, and one for warnings.
        documentation = page("reasons.md")
        pointer = "/" + path.replace(".", "/")
        at = where(place, self.folders)
        return Finding(path, pointer, message, rule, documentation=documentation, hosts=(self.host,), **at)


def publish(
    checks: HostChecks, formats: Sequence[str], folder: str | None, run: Path, hosts: Mapping[str, str], at: Occasion
) -> list[str]:
    """Write the report with this host in it; what is to be printed of this host.

    `run` is a folder of this run alone, `hosts` maps every host of the play to its environment. Raises ReportError.
    """
    otherwise = file_of_inventory(at.sources, review_folders(at.root))
    if folder:
        name = hashlib.sha256(os.path.abspath(folder).encode()).hexdigest()  # noqa: PTH100 - of a folder that need not be
        with _alone(run / name) as shelf:
            known = {**_known(shelf), checks.host: checks}
            (shelf / _KNOWN).write_text(json.dumps([asdict(each) for each in known.values()]), encoding="utf-8")
            write_check_reports(CheckReport(_all(known, hosts), otherwise), formats, folder)
    mine = CheckReport([checks], otherwise)
    return [
        text for name in formats if not CHECK_FORMATS[name].file for text in [CHECK_FORMATS[name].write(mine)] if text
    ]


@contextmanager
def _alone(shelf: Path) -> Iterator[Path]:
    """The folder, for one process at a time."""
    shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shelf


_KNOWN = "hosts.json"


def _known(shelf: Path) -> dict[str, HostChecks]:
    """What the hosts before this one have left."""
    file = shelf / _KNOWN
    left = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {checks.host: checks for checks in map(_host_checks, left)}


def _all(known: Mapping[str, HostChecks], hosts: Mapping[str, str]) -> list[HostChecks]:
    """Every host of the play by environment and name, those that were not checked as well."""
    rest = [
        HostChecks(host, environment, not_checked="the run did not check it")
        for host, environment in hosts.items()
        if host not in known
    ]
    return sorted([*known.values(), *rest], key=lambda checks: (checks.environment, checks.host))


def _host_checks(left: Mapping[str, Any]) -> HostChecks:
    """A host's checks from what it left."""
    findings = {
        name: tuple(Finding(**{**finding, "hosts": tuple(finding["hosts"])}) for finding in left[name])
        for name in ("errors", "warnings")
    }
    return HostChecks(**{**left, "servers": tuple(CheckedServer(**server) for server in left["servers"]), **findings})
