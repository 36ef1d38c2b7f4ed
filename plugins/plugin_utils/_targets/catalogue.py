# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The applications that are known: their folders, and each one read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import (
    Commands,
    Effective,
    Rival,
    Verify,
)
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import Block
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import FORMATS, find_format
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import COLLECTION_ROOT
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean, nearest

from .target import FileTemplate, Installed, Near, OptionReads, Override, ReadFinding, Reads, Rule, Target
from .target_file import (
    EffectiveEntry,
    FileEntry,
    InstalledEntry,
    OptionReadsEntry,
    OverrideEntry,
    ReadsEntry,
    TargetError,
    TargetFault,
    TargetFaults,
    TargetTree,
    VerifyEntry,
    coverage_entries,
    keys_of,
    read_rules_schema,
    read_target_file,
    target_faults,
)
from .terms import with_terms

TARGETS_FOLDER = COLLECTION_ROOT / "targets"


class UnknownTarget(TargetError):
    """No target of that name is among the folders. `nearest` is the known name that was probably meant, or None."""

    def __init__(self, app: str, known: Sequence[str]) -> None:
        self.app = app
        self.nearest = nearest(app, known)
        cure = did_you_mean(app, known) or f"; known are {', '.join(known)}"
        super().__init__(f"{app} is not a known target{cure}")


def find_target(app: str, paths: Sequence[str] = ()) -> Target:
    """The target of that name, from the user's folders in their order, else from the collection.

    A user's folder that has the name of a shipped target takes its place. Raises UnknownTarget or TargetError.
    """
    folders = [_readable_folder(path) for path in paths] + [TARGETS_FOLDER]
    for folder in folders:
        if _is_target(folder, app):
            file = folder / app / "target.yml"
            return _load(app, folder / app, file.stat().st_mtime_ns)
    raise UnknownTarget(app, sorted({name for folder in folders for name in target_names(folder)}))


def target_names(folder: Path = TARGETS_FOLDER) -> list[str]:
    """The names of all targets in a folder, sorted."""
    return sorted(entry.name for entry in folder.iterdir() if _is_target(folder, entry.name))


def _is_target(folder: Path, name: str) -> bool:
    return "/" not in name and not name.startswith(("_", ".")) and (folder / name / "target.yml").is_file()


def _readable_folder(path: str) -> Path:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise TargetError(f"{path}: is not a folder that holds targets")
    return folder


@cache
def _load(app: str, folder: Path, _changed: int) -> Target:
    """Read once for each state of the file: the time of its last change is part of the cache's key."""
    trusted = folder.parent == TARGETS_FOLDER
    tree, rules_schema = _read(folder, trusted=trusted)
    described = tuple(tree["versions"]["described"]) if "versions" in tree else ()
    newest = described[-1] if described else None
    return Target(
        app=app,
        folder=folder,
        label=tree["label"],
        kind=tree["kind"],
        documentation=tree["documentation"],
        versions=described,
        default_version=tree["versions"].get("default", newest) if "versions" in tree else None,
        files=tuple(_file(app, entry) for entry in tree.get("files", _sheets(app))),
        reload=tree.get("reload"),
        reload_note=tree.get("reload_note"),
        option_schemas=tree.get("options", {}),
        coverage=coverage_entries(tree),
        required=tree.get("required", {}),
        rules=tuple(Rule(**entry) for entry in tree.get("rules", ())),
        rules_schema=rules_schema,
        page=tree.get("page"),
        check=tree.get("check", {}),
        sendmail=tree.get("sendmail", False),
        installed=_installed(tree.get("installed")),
        reads={name: _reads(entry) for name, entry in tree.get("reads", {}).items()},
        unset=tree.get("unset", {}),
        overrides=tuple(_override(entry) for entry in tree.get("overrides", ())),
    )


def _override(entry: OverrideEntry) -> Override:
    return Override(
        name=entry["name"],
        file=entry["file"],
        paths=tuple(entry["paths"]),
        because=entry["because"],
        format=entry.get("format"),
        dialect=entry.get("dialect"),
        key=entry.get("key"),
        beside=entry.get("beside"),
    )


def _reads(written: ReadsEntry) -> Reads:
    entry = cast("ReadsEntry", with_terms(cast("Tree", written)))
    near = entry.get("near")
    return Reads(
        entry["format"],
        entry.get("dialect"),
        tuple(entry.get("command", ())),
        entry["leaves"],
        entry.get("beside"),
        Near(near["file"], tuple(near["paths"]), near["note"]) if near else None,
        entry.get("constants", {}),
        {name: _option_reads(option) for name, option in entry.get("options", {}).items()},
        {key: (finding["when"], finding["message"]) for key, finding in entry.get("findings", {}).items()},
        tuple(ReadFinding(**finding) for finding in entry.get("tells", ())),
    )


def _option_reads(entry: OptionReadsEntry) -> OptionReads:
    shown = frozenset(entry["shown"]) if "shown" in entry else None
    return OptionReads(entry["value"], entry["covers"], shown, entry.get("without"))


def _read(folder: Path, *, trusted: bool) -> tuple[TargetTree, Tree | None]:
    """target.yml and the schema beside it; raises TargetFaults with the faults of both."""
    faults: list[TargetFault] = []
    tree: TargetTree | None = None
    rules_schema: Tree | None = None
    try:
        tree = read_target_file(folder / "target.yml", target_faults, trusted=trusted)
    except TargetFaults as error:
        faults += error.faults
    try:
        rules_schema = read_rules_schema(folder / "schema.json", trusted=trusted)
    except TargetFaults as error:
        faults += error.faults
    if faults or tree is None:
        raise TargetFaults(faults)
    return tree, rules_schema


def _installed(entry: InstalledEntry | None) -> Installed | None:
    return None if entry is None else Installed(tuple(entry["command"]), entry["pattern"])


def _sheets(app: str) -> list[FileEntry]:
    """The two files of an admin page: a sheet for machines and a runbook for the person who types it in."""
    return [
        {
            "name": f"{app}.{suffix}",
            "template": f"_admin_page/{suffix}.j2",
            "path": f"/etc/appmail/{app}.{suffix}",
            "mode": "0600",
        }
        for suffix in ("settings.yml", "runbook.md")
    ]


def _file(app: str, entry: FileEntry) -> FileTemplate:
    block = entry.get("block")
    if entry.get("ours") == "block":
        block = {"comment": find_format(entry["format"], entry.get("dialect")).comment}
    return FileTemplate(
        name=entry["name"],
        path=entry.get("path", f"{app} {entry['name']}"),
        template=None if "format" in entry else entry.get("template", f"{entry['name']}.j2"),
        format=entry.get("format"),
        dialect=entry.get("dialect"),
        keys=keys_of(entry),
        after=entry.get("after", ""),
        mode=entry.get("mode", "0600" if "commands" in entry else None),
        owner=entry.get("owner"),
        group=entry.get("group"),
        block=Block(marker=f"appmail.settings {app}", **block) if block else None,
        own_keys=_own_keys(entry),
        commands=_commands(entry),
        when=entry.get("when"),
        versions=entry.get("versions"),
        verify=_verify(entry.get("verify")),
        effective=_effective(entry.get("effective")) or _effective_block(entry),
        found_at=tuple(entry.get("found_at", ())),
        found_in=tuple(entry.get("found_in", ())),
        defaults=_defaults(entry),
        named=entry.get("named"),
        also_read=entry.get("also_read", {}),
    )


def _defaults(entry: FileEntry) -> dict[str, str]:
    """By the keys' whole names."""
    before = f"{entry['under']}." if "under" in entry else ""
    return {f"{before}{name}": expression for name, expression in entry.get("defaults", {}).items()}


def _commands(entry: FileEntry) -> Commands | None:
    """How the keys are read and set where they lie in no file; the words are still to be filled in."""
    if "commands" not in entry:
        return None
    commands = entry["commands"]
    delete = tuple(commands.get("delete", ()))
    return Commands(
        tuple(commands["read"]), tuple(commands["write"]), delete, commands.get("user"), entry.get("under", "")
    )


def _own_keys(entry: FileEntry) -> OwnKeys | None:
    """The keys of every version: what one version has and another has not is taken out there."""
    if entry.get("ours") != "keys" and "commands" not in entry:
        return None
    return _keys_of_host(entry)


def _keys_of_host(entry: FileEntry) -> OwnKeys:
    dialect = entry.get("dialect", FORMATS[entry["format"]][1][0])
    return OwnKeys(entry["format"], dialect, tuple(dict.fromkeys(key.name for key in keys_of(entry))))


def _effective_block(entry: FileEntry) -> Effective | None:
    """A block of keys: others may set them again in the same file."""
    if entry.get("ours") != "block":
        return None
    return Effective(keys=_keys_of_host(entry), under=entry.get("under"))


def _effective(entry: EffectiveEntry | None) -> Effective | None:
    if entry is None:
        return None
    rivals = entry.get("elsewhere", {}).items()
    elsewhere: list[Rival] = [
        {"name": name, "because": rival["because"], "harmless": list(rival.get("harmless", ()))}
        for name, rival in rivals
    ]
    services = entry.get("services")
    return Effective(
        entry.get("separator", "="),
        tuple(entry.get("command", ())),
        elsewhere,
        services=None if services is None else {**services},
    )


def _verify(entry: VerifyEntry | None) -> Verify | None:
    if entry is None:
        return None
    return Verify(
        command=tuple(entry["command"]),
        fails_on=entry.get("fails_on"),
        beside=tuple(entry.get("beside", ())),
        timeout=entry.get("timeout", Verify.timeout),
        hint=entry.get("hint"),
    )
