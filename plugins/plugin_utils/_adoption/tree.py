# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From what hosts have to a tree of variables: what all share, what an environment shares, what a host has alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import FileTemplate, TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.versions import compare

from .reading import is_others
from .text import Noted, Variable, Written, variables_text, vault_text

# What a host has, as the module returns it.
Found = Mapping[str, Mapping[str, Any]]
# A leaf's value, or the digest of a secret, by which values are compared.
Identity = tuple[str, JSON]


@dataclass(frozen=True)
class Host:
    """A host with its environment; `group` is false where no group of that name holds it."""

    name: str
    environment: str
    group: bool
    found: Found


@dataclass
class Entry:
    """One entry of `email_targets`."""

    app: str
    version: str | None = None
    dest: dict[str, str] = field(default_factory=dict)
    owner: str | None = None
    group: str | None = None
    mode: str | None = None
    settings: dict[str, Noted] = field(default_factory=dict)
    options: dict[str, Noted] = field(default_factory=dict)

    def identity(self) -> object:
        """What makes two entries the same."""
        own = tuple((leaf, noted.identity) for leaf, noted in sorted(self.settings.items()))
        options = tuple((name, noted.identity) for name, noted in sorted(self.options.items()))
        return (
            self.app,
            self.version,
            tuple(sorted(self.dest.items())),
            self.owner,
            self.group,
            self.mode,
            own,
            options,
        )


@dataclass
class Spec:
    """The settings of one host, and its targets; None for a variable that stands elsewhere."""

    settings: dict[str, Noted] | None
    entries: list[Entry] | None


def variable_files(hosts: Sequence[Host], target_paths: Sequence[str] = ()) -> dict[str, str]:
    """Paths below the inventory's folder with their contents; hosts without any application have none."""
    specs = {host.name: spec for host in hosts if (spec := _spec_of(host, target_paths)).entries}
    if not specs:
        return {}
    shared = _shared(spec.settings or {} for spec in specs.values())
    files = _files("group_vars/all", Spec(shared, []), base=True)
    for environment in dict.fromkeys(host.environment for host in hosts):
        members = [host for host in hosts if host.environment == environment and host.name in specs]
        own = {host.name: _less(specs[host.name], shared) for host in members}
        files.update(_environment_files(environment, own, group=bool(members) and members[0].group))
    return files


def _environment_files(environment: str, own: Mapping[str, Spec], *, group: bool) -> dict[str, str]:
    """What most hosts of an environment have stands in its group, by variable; a host with another has its own."""
    settings = _most({name: _settings_identity(spec) for name, spec in own.items()}) if group else None
    entries = _most({name: _entries_identity(spec) for name, spec in own.items()}) if group else None
    files = {}
    if settings or entries:
        shared = Spec(own[settings].settings if settings else None, own[entries].entries if entries else None)
        files.update(_files(f"group_vars/{environment}", shared))
    for name, spec in own.items():
        alike = bool(settings) and _settings_identity(own[str(settings)]) == _settings_identity(spec)
        same = bool(entries) and _entries_identity(own[str(entries)]) == _entries_identity(spec)
        if not (alike and same):
            apart = Spec(None if alike else spec.settings, None if same else spec.entries)
            files.update(_files(f"host_vars/{name}", apart))
    return files


def _most(identities: Mapping[str, object]) -> str | None:
    """A host that has what most have; None where each of several has its own."""
    if not identities:
        return None
    common, count = Counter(map(str, identities.values())).most_common(1)[0]
    first = next(name for name, identity in identities.items() if str(identity) == common)
    return first if count > 1 or len(identities) == 1 else None


def _files(folder: str, spec: Spec, *, base: bool = False) -> dict[str, str]:
    variables = Variable.of(spec.settings or {}, spec.entries or ())
    name = "email_settings_base" if base else "email_settings"
    text = variables_text(name, spec.settings, _entries(spec.entries or ()), variables, base=base)
    files = {f"{folder}/email.yml": text}
    secret = vault_text(variables)
    return {**files, f"{folder}/email_vault.yml": secret} if secret else files


def _entries(entries: Sequence[Entry]) -> list[Written]:
    """Each entry without what is left out, its own settings and its options."""
    made = []
    for entry in entries:
        keys: dict[str, JSON] = {"app": entry.app}
        more: dict[str, JSON] = {
            "version": entry.version,
            "dest": dict(entry.dest),
            "owner": entry.owner,
            "group": entry.group,
            "mode": entry.mode,
        }
        keys.update({name: value for name, value in more.items() if value})
        made.append(Written(keys, entry.settings, entry.options))
    return made


def _spec_of(host: Host, target_paths: Sequence[str]) -> Spec:
    """What the applications of a host share is its spec; the rest stands in their entries.

    An application that says nothing is not in the spec: it would be given settings that it does not have.
    """
    telling = {app: found for app, found in host.found.items() if found["settings"]}
    ats = {app: _at(app, found, target_paths) for app, found in telling.items()}
    noted = {app: _noted(host.name, app, found) for app, found in telling.items()}
    common = {leaf: _commonest(leaf, noted) for leaf in _common_leaves(ats, noted)}
    common = _whole(common)
    entries = []
    for app, found in sorted(telling.items()):
        own = {
            leaf: value
            for leaf, value in noted[app].items()
            if leaf not in common or common[leaf].identity != value.identity
        }
        entry = _entry(app, found, ats[app], own)
        entry.options = {name: Noted.of(host.name, name, option) for name, option in found.get("options", {}).items()}
        entries.append(entry)
    return Spec(common, entries)


def _at(app: str, found: Mapping[str, Any], target_paths: Sequence[str]) -> TargetAtVersion:
    target = find_target(app, target_paths)
    version = found["version"]
    known = version and target.versions and compare(version, target.versions[0]) >= 0
    return target.at(version if known else None)


def _noted(host: str, app: str, found: Mapping[str, Any]) -> dict[str, Noted]:
    """An application's settings; a login whose password was not found has a variable that is to be filled in."""
    noted = {leaf: Noted.of(host, leaf, setting) for leaf, setting in found["settings"].items()}
    for protocol in ("smtp", "imap"):
        username = noted.get(f"{protocol}.auth.username")
        if username is not None and f"{protocol}.auth.password" not in noted:
            missing = Noted(None, username.place, secret=True, digest=f"{host} {app} {protocol}")
            noted[f"{protocol}.auth.password"] = missing
    return noted


def _common_leaves(ats: Mapping[str, TargetAtVersion], noted: Mapping[str, Mapping[str, Noted]]) -> list[str]:
    """The leaves that every application which can have them has: any other would be added to an application's file.

    One that an application refuses stands with those that have it.
    """
    known = dict.fromkeys(leaf for settings in noted.values() for leaf in settings)
    return [
        leaf
        for leaf in known
        if all(leaf in noted[app] or _is_indifferent(at, leaf, _commonest(leaf, noted)) for app, at in ats.items())
    ]


def _is_indifferent(at: TargetAtVersion, leaf: str, noted: Noted) -> bool:
    """Whether an application that says nothing of a leaf lets the value pass, and writes nothing for it."""
    coverage = at.coverage[leaf]
    if coverage.kind != "refused":
        return coverage.kind == "not_carried"
    return not noted.secret and (coverage.accepts is None or noted.value in coverage.accepts)


def _commonest(leaf: str, noted: Mapping[str, Mapping[str, Noted]]) -> Noted:
    several = [settings[leaf] for settings in noted.values() if leaf in settings]
    most = Counter(str(value.identity) for value in several).most_common(1)[0][0]
    return next(value for value in several if str(value.identity) == most)


# What a section needs to be one.
_NEEDED = {"smtp": ("smtp.host", "smtp.encryption"), "imap": ("imap.host", "imap.encryption")}


def _whole(common: dict[str, Noted]) -> dict[str, Noted]:
    """Without a section that lacks what it needs: it stands whole in the entries instead."""
    for section, needed in _NEEDED.items():
        if any(leaf not in common for leaf in needed):
            common = {leaf: value for leaf, value in common.items() if not leaf.startswith(f"{section}.")}
    return common


def _entry(app: str, found: Mapping[str, Any], at: TargetAtVersion, own: dict[str, Noted]) -> Entry:
    # What commands set lies at no path of ours.
    files = {file.name: file for file in at.files if file.commands is None}
    seen = [file for file in found["files"] if file["name"] in files]
    written = [file for file in seen if not is_others(files[file["name"]], str(file["path"]))]
    paths = {**found.get("dest", {}), **{file["name"]: file["path"] for file in written}}
    dest = {name: paths[name] for name, file in files.items() if paths.get(name, file.path) != file.path}
    first = written[0] if written else {}
    described = files.get(str(first.get("name")))
    owner = first.get("owner") if described and described.owner and described.owner != first.get("owner") else None
    group = first.get("group") if described and described.group and described.group != first.get("group") else None
    version = at.version if at.target.versions and found["version"] else None
    return Entry(app, version, dest, owner, group, _mode(written, files), own)


def _mode(written: Sequence[Mapping[str, Any]], files: Mapping[str, FileTemplate]) -> str | None:
    """The mode that all files have, where it is another than the target's; none that lets everybody in is kept."""
    modes = {str(file["mode"]) for file in written}
    wanted = {files[file["name"]].mode for file in written}
    if len(modes) != 1 or None in wanted or wanted == modes:
        return None
    (mode,) = modes
    return mode if mode.isdigit() and not int(mode, 8) & 0o007 else None


def _shared(settings: Iterable[Mapping[str, Noted]]) -> dict[str, Noted]:
    first, *others = list(settings)
    shared = {
        leaf: value
        for leaf, value in first.items()
        if all(leaf in other and other[leaf].identity == value.identity for other in others)
    }
    return _whole(shared)


def _less(spec: Spec, shared: Mapping[str, Noted]) -> Spec:
    return Spec({leaf: value for leaf, value in (spec.settings or {}).items() if leaf not in shared}, spec.entries)


def _settings_identity(spec: Spec) -> object:
    return tuple((leaf, str(noted.identity)) for leaf, noted in sorted((spec.settings or {}).items()))


def _entries_identity(spec: Spec) -> object:
    return tuple(str(entry.identity()) for entry in spec.entries or ())
