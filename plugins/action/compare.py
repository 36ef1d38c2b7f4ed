# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecretsContext
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.own_imports import keep_own_code

keep_own_code(constants.ANSIBLE_HOME)  # type: ignore[attr-defined]

from ansible_collections.appmail.settings.plugins.lookup.hosts import unknown_names
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import COMPARE
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.announcement import is_news
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import (
    KeepsArguments,
    keep_what_is_loaded,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.request import answered, unknown_options
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.untemplated import (
    KeepsUntemplated,
    untemplated,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.differences import (
    HostFacts,
    UnreadableHost,
    compare,
    facts_of,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._comparison.report import (
    FORMS,
    Comparison,
    Side,
    Unreadable,
    to_mapping,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import relative, repository_of
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import write_report
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git import RevisionError
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_revision import revision_files
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import (
    HostVariables,
    looks_further,
    read_hosts,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import explain_failure
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import MISSING_LIBRARY
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import one_line
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class ActionModule(KeepsUntemplated, KeepsArguments, ActionBase):
    """Compare the effective settings of two inventories; nothing connects anywhere."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING_LIBRARY is not None:
            raise AnsibleActionFail(MISSING_LIBRARY)
        project = Path(self._loader.get_basedir()).resolve()
        failed = untemplated(self._task.args, {name: name for name in self._task.args}, (project, Path.cwd()))
        if failed:
            raise AnsibleActionFail("; ".join(finding.sentence() for finding in failed))
        options = self._options()
        before, after = _sides(options, (task_vars or {}).get("ansible_inventory_sources") or [])
        try:
            comparison = _compared(before, after, options, project)
            texts, files = _published(comparison, options["formats"], options["dest"])
        except SentenceError as error:
            # Raised anew, Ansible would tell the causes as well, in their own words.
            return {"failed": True, "changed": False, "msg": str(error)}
        if is_news(Path(constants.DEFAULT_LOCAL_TMP), self._task.get_path(), "\n".join(texts)):  # type: ignore[attr-defined]
            for text in texts:
                Display().display(text)
        return {
            "changed": False,
            "failed": bool(comparison.unreadable),
            "msg": "\n".join(
                [
                    comparison.headline(),
                    *(f"  not compared: {one_line(host.sentence())}" for host in comparison.unreadable),
                ]
            ),
            "same": comparison.same,
            "files": files,
            **to_mapping(comparison),
        }

    def _options(self) -> dict[str, Any]:
        unknown = list(unknown_options(self._task.args, COMPARE, "compare"))
        if unknown:
            raise AnsibleActionFail("; ".join(unknown))
        checked = ArgumentSpecValidator(COMPARE).validate(answered(self._task.args))
        if checked.error_messages:
            raise AnsibleActionFail("; ".join(checked.error_messages))
        options: dict[str, Any] = checked.validated_parameters
        return options


def _sides(options: Mapping[str, Any], of_this_run: Sequence[str]) -> tuple[Side, Side]:
    """The two sides. What is not said of one is as on the other, or as in this run."""
    before, after = (options[name] or {} for name in ("before", "after"))
    if not (before.get("inventory") or before.get("revision") or options["environments"]):
        raise AnsibleActionFail(
            "before is missing: say with which inventory, git revision or environment to compare"
            " (email_compare_from_inventory, email_compare_from_revision, email_compare_from_environment)"
        )
    last = after.get("inventory") or list(of_this_run)
    first = before.get("inventory") or last
    if not last:
        raise AnsibleActionFail("there is no inventory: name one with -i, or with after.inventory")
    return Side(tuple(first), before.get("revision")), Side(tuple(last), after.get("revision"))


def _compared(before: Side, after: Side, options: Mapping[str, Any], project: Path) -> Comparison:
    unreadable: list[Unreadable] = []
    sides, facts, unknown_names_of = [], [], []
    # Both stay readable until both are compared: their values are looked up in files when they are wanted.
    with contextlib.ExitStack() as stack:
        for name, side in (("before", before), ("after", after)):
            shown, sources, folder = stack.enter_context(opened(side, project))
            read = read_inventory(name, sources, folder, options["hosts"])
            sides.append(shown)
            facts.append(_facts(name, read.hosts, folder, unreadable))
            unknown_names_of.append(read.unknown_names)
        nowhere = [name for name in unknown_names_of[0] if name in unknown_names_of[1]]
        if nowhere:
            raise RevisionError(f"hosts: no side has a host or group {', '.join(nowhere)}")
        # A host that is not known on one side is compared on neither: it would look as if it were new or gone.
        unknown = {host.host for host in unreadable}
        known = [[fact for fact in facts_of_side if fact.host not in unknown] for facts_of_side in facts]
        environments = compare(known[0], known[1], options["environments"])
    return Comparison(sides[0], sides[1], environments, tuple(unreadable))


@contextlib.contextmanager
def opened(side: Side, project: Path) -> Iterator[tuple[Side, list[str], Path]]:
    """A side as it is shown, the sources of its inventory, and its project's folder."""
    here = Path.cwd()
    paths = [source if "," in source else str(Path(here, source)) for source in side.inventory]
    shown = tuple(source if "," in source else relative(source, here) for source in paths)
    files = [Path(path).resolve() for path in paths if "," not in path]
    project = project_of(files, project)
    if side.revision is None:
        yield Side(shown), _existing(paths, shown, ""), project
        return
    with revision_files(side.revision, files[0] if files else here) as revision:
        within = [path if "," in path else str(revision.path_of(Path(path))) for path in paths]
        folder = revision.path_of(project) if project.is_relative_to(revision.repository) else revision.tree
        named = Side(shown, side.revision, revision.commit)
        yield named, _existing(within, shown, f" in {side.revision}"), folder


def project_of(inventory: Sequence[Path], project: Path) -> Path:
    """The folder whose variables count for an inventory beside its own: this project's, unless it is of another.

    Another project's playbooks would not see this one's variables, which would hide what differs.
    """
    if not inventory or any(path.is_relative_to(project) for path in inventory):
        return project
    first = inventory[0] if inventory[0].is_dir() else inventory[0].parent
    return repository_of(first) or first


def _existing(paths: Sequence[str], shown: Sequence[str], where: str) -> list[str]:
    for path, name in zip(paths, shown, strict=True):
        if "," not in path and not Path(path).exists():
            raise RevisionError(f"the inventory {name} does not exist{where}")
    return list(paths)


@dataclass(frozen=True)
class ReadInventory:
    """An inventory as Ansible itself reads it; `further` says that a template may look at more than variables.

    `unknown_names` are the parts of the pattern that are no host and no group there.
    """

    hosts: Sequence[HostVariables]
    groups: Mapping[str, object]
    further: bool
    unknown_names: Sequence[str]


def read_inventory(side: str, sources: Sequence[str], folder: Path, pattern: str) -> ReadInventory:
    """The hosts that match a pattern: precedence, templates and vault. Raises RevisionError."""
    loader = DataLoader()
    loader.set_basedir(str(folder))
    vault = VaultSecretsContext.current(optional=True)
    if vault is not None:
        loader.set_vault_secrets(vault.secrets)  # type: ignore[arg-type]  # core's own hint names one kind of secret
    try:
        inventory = InventoryManager(loader=loader, sources=list(sources))
        variables = VariableManager(loader=loader, inventory=inventory)
        names = [host.name for host in inventory.get_hosts(pattern)]
        hostvars = HostVars(inventory, variables, loader)
        read = read_hosts(hostvars, names)
    except AnsibleError as error:
        raise RevisionError(f"the inventory of {side} cannot be read: it {explain_failure(error)[0]}") from error
    if not names:
        raise RevisionError(f"the inventory of {side} has no hosts that match {pattern}")
    further = looks_further(hostvars, names)
    return ReadInventory(read, dict.fromkeys(inventory.groups), further, unknown_names(inventory, pattern))


def _facts(side: str, hosts: Sequence[HostVariables], folder: Path, unreadable: list[Unreadable]) -> list[HostFacts]:
    """What is set for each host of an inventory."""
    facts = (_fact(side, host, str(folder), unreadable) for host in hosts)
    return [fact for fact in facts if fact is not None]


def _fact(side: str, host: HostVariables, folder: str, unreadable: list[Unreadable]) -> HostFacts | None:
    try:
        return facts_of(host, [folder])
    except UnreadableHost as error:
        unreadable.append(Unreadable(side, host.host, str(error)))
        return None


def _published(comparison: Comparison, formats: Sequence[str], dest: str | None) -> tuple[list[str], list[str]]:
    """Write each form to its file, if there is a folder for files; the texts to print, and the files."""
    forms = {name: FORMS[name].write(comparison) for name in formats}
    texts = [text for name, text in forms.items() if dest is None or name == "text"]
    return texts, [] if dest is None else [
        write_report(Path(dest, FORMS[name].file), text) for name, text in forms.items()
    ]


# Ansible loads this file once, before it forks.
keep_what_is_loaded()
