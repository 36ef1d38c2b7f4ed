# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.action.compare import ReadInventory, opened, read_inventory
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import REPORT
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.announcement import is_news
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import keep_what_is_loaded
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.base import JudgingAction
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.inventory_request import read_host_request
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.record_request import intended_of
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import read_day
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import UnreadableHost, facts_of
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.report import Side
from ansible_collections.appmail.settings.plugins.plugin_utils._domains.lookups import nameserver_of
from ansible_collections.appmail.settings.plugins.plugin_utils._domains.sender_domains import look_up
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.forms import publish, publish_text
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.lock import lock
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.terminal import changes, screen
from ansible_collections.appmail.settings.plugins.plugin_utils._record.files import read_records
from ansible_collections.appmail.settings.plugins.plugin_utils._record.history import State, history, verdict_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import record_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import (
    HistoryRow,
    Intended,
    Observed,
    SenderDomains,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git import RevisionError, repository_at
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_log import main_line, signature
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import read_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class ActionModule(JudgingAction):
    """Write the record of an inventory, of records, or of both; nothing connects anywhere unless DNS is to be asked."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        options = self.checked_arguments(REPORT)[1]
        if not (options["hosts"] or options["records"]):
            raise AnsibleActionFail("hosts and records are missing: name the inventory's hosts, records, or both")
        try:
            made, seen = read_records([Path(path) for path in options["records"]])
            if options["hosts"]:
                made.append(
                    {**self._intended(options, task_vars or {}), "history": self._history(options, task_vars or {})}
                )
            record = record_of(made or [_nothing()], [*seen, {**_today(options), **_domains(options, made)}])
            write = not self._task.check_mode
            files = publish(record, options["formats"], options["dest"], write=write)
            if options["lock_file"]:
                files.append(publish_text(Path(options["lock_file"]), lock(record["intended"]), write=write))
        except SentenceError as error:
            raise AnsibleActionFail(str(error)) from None
        texts = screen(record) if options["show"] == "record" else [changes(record)]
        if is_news(Path(constants.DEFAULT_LOCAL_TMP), self._task.get_path(), "\n".join(texts)):  # type: ignore[attr-defined]
            for text in texts:
                Display().display(text)
        return {
            "changed": any(file["changed"] for file in files),
            "msg": record["summary"]["headline"],
            "files": files,
            "revision": record["intended"]["revision"],
            "summary": record["summary"],
        }

    def _history(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> list[HistoryRow] | None:
        """The commits since a revision that changed what takes effect; None where nobody asked."""
        since, last = options["since"], options["last"]
        if since is None:
            return None
        past = _Past(options, task_vars.get("ansible_inventory_sources") or [], Path(self.folder).resolve())
        before = past.state(since, read_day(options["today"]).isoformat())
        if before.facts is None:
            raise RevisionError(before.verdict.removeprefix("not judged: "))

        def rows(paths: Sequence[str]) -> list[HistoryRow]:
            return history(
                main_line(since, last, past.repository, paths),
                before,
                lambda commit: past.state(commit.name, commit.date),
                lambda commit: signature(commit, past.repository),
                authors=options["authors"],
            )

        changes = rows(past.paths)
        # Where a template looks at other files, a commit that touches no variable may change what it gives.
        return rows(()) if past.further else changes

    def _intended(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Intended:
        hostvars = task_vars["hostvars"]
        hosts = read_hosts(hostvars, options["hosts"])
        # No waiver has ended on the first of all days: whether one has is told by the day of the record.
        undated = {"today": datetime.date.min.isoformat()}
        judgement = judge_hosts(hosts, lambda host: read_host_request(host, undated, task_vars, self.folder))
        written = [Path(options[name]) for name in ("dest", "lock_file") if options[name]]
        return intended_of(hosts, judgement, hostvars, self.folder, authors=options["authors"], less=written)


class _Past:
    """The states of this run's inventory at other revisions."""

    def __init__(self, options: Mapping[str, Any], sources: Sequence[str], project: Path) -> None:
        self._sources = tuple(sources)
        self._project = project
        self._pattern = options["pattern"]
        self.further = False
        files = [Path(source).resolve() for source in sources if "," not in source]
        self.repository = repository_at(files[0] if files else Path.cwd())
        folders = [path if path.is_dir() else path.parent for path in files]
        given = [*folders, *(project / name for name in _BESIDE), *(Path.cwd() / name for name in _BESIDE)]
        within = {path.resolve() for path in given if path.resolve().is_relative_to(self.repository)}
        self.paths = sorted(str(path.relative_to(self.repository)) for path in within)

    def state(self, revision: str, date: str) -> State:
        """What is set there; nothing is raised, for what cannot be read is told."""
        try:
            with opened(Side(self._sources, revision), self._project) as (_shown, sources, folder):
                return self._state(read_inventory(revision[:10], sources, folder, self._pattern), folder, date)
        except SentenceError as error:
            return State(None, f"not judged: {error}")

    def _state(self, read: ReadInventory, folder: Path, date: str) -> State:
        self.further = self.further or read.further
        facts, unreadable = [], set()
        for host in read.hosts:
            try:
                facts.append(facts_of(host, [str(folder)]))
            except UnreadableHost:
                unreadable.add(host.host)
        judgement = judge_hosts(
            read.hosts, lambda host: read_host_request(host, {"today": date}, {"groups": read.groups}, str(folder))
        )
        return State(facts, verdict_of(judgement), frozenset(unreadable))


# Where a project's variables, policies and targets usually lie, beside the inventory.
_BESIDE = ("group_vars", "host_vars", "policies", "targets")


def _today(options: Mapping[str, Any]) -> Observed:
    """Nothing seen, on the day of the record."""
    return {
        "as_of": read_day(options["today"]).isoformat(),
        "stale_after_days": options["stale_after_days"],
        "checks": [],
        "applies": [],
    }


def _domains(options: Mapping[str, Any], made: Sequence[Intended]) -> SenderDomains:
    """What DNS says of the sender domains of the record's parts. Raises NameserverError."""
    if not options["domains"]:
        return {}
    nameserver = options["domains_nameserver"]
    return look_up(made, nameserver_of(nameserver) if nameserver else None, options["domains_timeout"])


def _nothing() -> Intended:
    return {
        "revision": None,
        "hosts": [],
        "values": [],
        "coverage": {},
        "findings": [],
        "waivers": [],
        "policies": [],
        "history": None,
    }


# Ansible loads this file once, before it forks.
keep_what_is_loaded()
