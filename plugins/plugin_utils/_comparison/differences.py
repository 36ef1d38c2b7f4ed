# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What differs between the effective settings of two inventories, by environment and path. Secrets are never shown."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import is_vaulted
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.faults import type_name
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import (
    JSON,
    Steps,
    Tree,
    dotted,
    get,
    scalars,
    steps,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets, secrets_in
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Layers, effective
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import TargetError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean


@dataclass(frozen=True)
class Value:
    """One value of one setting: what it is compared by, what may be shown of it, and whether it is a secret."""

    content: str
    shown: JSON = field(compare=False)
    secret: bool = False


@dataclass(frozen=True)
class HostFacts:
    """All that is set for one host: path -> value. What is not set is not there. `secrets` are its secrets' texts."""

    host: str
    environment: str
    values: Mapping[str, Value]
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """What differs at one path, for some hosts of an environment.

    `before` and `after` hold the distinct values: mostly one, none where it is not set, and several only where the
    hosts of an environment have other names than before and do not agree. Both are None for a secret.
    """

    path: str
    change: str
    before: tuple[JSON, ...] | None
    after: tuple[JSON, ...] | None
    hosts: tuple[str, ...]

    @property
    def secret(self) -> bool:
        return self.before is None


@dataclass(frozen=True)
class EnvironmentComparison:
    """One environment: its hosts before and after, and what differs."""

    name: str
    hosts_before: tuple[str, ...]
    hosts_after: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted({*self.hosts_before, *self.hosts_after}))

    @property
    def differs(self) -> bool:
        return bool(self.differences) or self.hosts_before != self.hosts_after


# What is set for a host


class UnreadableHost(SentenceError):
    """What is set for a host is not known; the sentence says why."""


def facts_of(variables: HostVariables, search: Sequence[str] = ()) -> HostFacts:
    """What is set for a host; `search` are the folders in which its relative target paths start.

    Raises UnreadableHost.
    """
    for failure in variables.failures:
        raise UnreadableHost(f"{failure.variable} {failure.message}")
    for variable, oddity in ((name, odd) for name, oddities in variables.oddities.items() for odd in oddities):
        raise UnreadableHost(f"{dotted((variable, *oddity.path))} {oddity.message}")
    layers = [variables.values.get(name) or {} for name in ("email_settings_base", "email_settings")]
    for name, layer in zip(("email_settings_base", "email_settings"), layers, strict=True):
        if not isinstance(layer, Mapping):
            raise UnreadableHost(f"{name} is {type_name(layer)} and no mapping of settings")
    targets = variables.values.get("email_targets") or []
    if not isinstance(targets, Sequence) or not all(isinstance(entry, Mapping) for entry in targets):
        raise UnreadableHost("email_targets is no list of mappings")
    written = Layers(tuple(cast("Tree", layer) for layer in layers)).merged()
    secrets = secrets_in(written, is_vaulted)
    entries = list(named_targets(cast("Sequence[Tree]", targets)))
    own = {name: secrets_in(cast("Tree", entry.get("settings") or {}), is_vaulted) for name, entry in entries}
    secrets = secrets.and_also({text for own_secrets in own.values() for text in own_secrets.texts})
    values = dict(_settings(written, secrets))
    for name, entry in entries:
        values.update(_target(name, entry, secrets, _target_paths(variables, search)))
    return HostFacts(variables.host, variables.environment, values, secrets.texts)


def _settings(written: Tree, secrets: Secrets) -> Iterator[tuple[str, Value]]:
    if written:
        in_effect = effective(written)
        yield from _present({leaf: get(in_effect, leaf) for leaf in LEAVES}, secrets, "")
    for waiver in cast("Sequence[JSON]", written.get("waivers") or ()):
        if isinstance(waiver, Mapping):
            name = f"waivers[{waiver.get('policy')}: {waiver.get('path')}]"
            yield name, _value(f"until {waiver.get('until')}: {waiver.get('reason')}", secret=False)


def _present(values: Tree, secrets: Secrets, prefix: str) -> Iterator[tuple[str, Value]]:
    for leaf, value in values.items():
        if value is not None:
            yield f"{prefix}{leaf}", _value(value, secret=_is_secret(steps(leaf), value, secrets))


def _is_secret(path: Steps, value: JSON, secrets: Secrets) -> bool:
    return secrets.hides(path, value) or any(map(is_vaulted, scalars(value)))


def _value(value: JSON, *, secret: bool) -> Value:
    """A value; as plain data, for what Ansible hands over knows its file and more."""
    content = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return Value(content, None if secret else json.loads(content), secret)


# What the application alone is given


def named_targets(targets: Sequence[Tree]) -> Iterator[tuple[str, Tree]]:
    """Each target with its name; an application that is there twice is numbered."""
    seen: dict[str, int] = {}
    for entry in targets:
        app = str(entry.get("app"))
        seen[app] = seen.get(app, 0) + 1
        yield f"email_targets[{app}]" if seen[app] == 1 else f"email_targets[{app} {seen[app]}]", entry


def _target_paths(variables: HostVariables, search: Sequence[str]) -> list[str]:
    given = variables.values.get("email_target_paths")
    paths = given if isinstance(given, Sequence) and not isinstance(given, str) else []
    return [f"{folder}/{path}" for path in paths for folder in search] + [str(path) for path in paths]


def _target(name: str, entry: Tree, secrets: Secrets, paths: Sequence[str]) -> Iterator[tuple[str, Value]]:
    yield name, _value("listed", secret=False)
    own = cast("Tree", entry.get("settings") if isinstance(entry.get("settings"), Mapping) else {})
    yield from _present({leaf: get(own, leaf) for leaf in LEAVES}, secrets, f"{name}.settings.")
    options = cast("Tree", entry.get("options") if isinstance(entry.get("options"), Mapping) else {})
    hidden = _secret_options(str(entry.get("app")), paths)
    for option, value in options.items():
        secret = hidden is None or option in hidden or _is_secret(("options", option), value, secrets)
        yield f"{name}.options.{option}", _value(value, secret=secret)
    for key, value in entry.items():
        if key not in ("app", "settings", "options"):
            yield f"{name}.{key}", _value(value, secret=_is_secret((key,), value, secrets))


def _secret_options(app: str, paths: Sequence[str]) -> frozenset[str] | None:
    """The options that the application's target.yml calls secret; None where it is not known, so that all are."""
    try:
        return find_target(app, paths).secret_options
    except TargetError:
        return None


# What differs


class UnknownEnvironment(SentenceError):
    """An environment was named that a side does not have; the sentence names the side and those that there are."""


def compare(
    before: Sequence[HostFacts], after: Sequence[HostFacts], pairs: Mapping[str, str] | None = None
) -> list[EnvironmentComparison]:
    """Compare environment by environment.

    `pairs` maps environments of before to those of after, where their names differ; where each side has one
    environment alone, the two are compared whatever their names. Two environments of one inventory can be a pair: what
    before has under the name of the second, and after under the name of the first, is compared with nothing then.

    Raises UnknownEnvironment.
    """
    olds, news = _by_environment(before), _by_environment(after)
    names = dict(pairs or {})
    _require_known("before", names.keys(), olds)
    _require_known("after", names.values(), news)
    olds = {name: hosts for name, hosts in olds.items() if name in names or name not in names.values()}
    news = {name: hosts for name, hosts in news.items() if name in names.values() or name not in names}
    if not names and len(olds) == len(news) == 1:
        names = dict(zip(olds, news, strict=True))
    renamed = {names.get(name, name): hosts for name, hosts in olds.items()}
    # What is a secret on one host is shown of none.
    hidden = Secrets(texts=frozenset(text for facts in (*before, *after) for text in facts.secrets))
    comparisons = []
    for name in sorted({*renamed, *news}):
        old, new = renamed.get(name, []), news.get(name, [])
        source = next((given for given, wanted in names.items() if wanted == name and given != name), None)
        comparisons.append(
            EnvironmentComparison(
                name=f"{source} -> {name}" if source else name,
                hosts_before=tuple(sorted(facts.host for facts in old)),
                hosts_after=tuple(sorted(facts.host for facts in new)),
                differences=tuple(_differences(old, new, hidden)),
            )
        )
    return comparisons


def _require_known(side: str, wanted: Iterable[str], known: Collection[str]) -> None:
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are {', '.join(sorted(known))}"
            raise UnknownEnvironment(f"{side} has no environment {name}{hint}")


def _by_environment(hosts: Sequence[HostFacts]) -> dict[str, list[HostFacts]]:
    environments: dict[str, list[HostFacts]] = {}
    for facts in hosts:
        environments.setdefault(facts.environment, []).append(facts)
    return environments


def _differences(old: Sequence[HostFacts], new: Sequence[HostFacts], hidden: Secrets) -> Iterator[Difference]:
    """Host by host where they have the same names; where none has, all of one side with all of the other."""
    olds, news = {facts.host: facts for facts in old}, {facts.host: facts for facts in new}
    paths = {path for facts in (*old, *new) for path in facts.values}
    for path in sorted(paths, key=lambda path: (_ORDER.get(path, len(_ORDER)), path)):
        if old and new and not olds.keys() & news.keys():
            yield from _as_a_whole(path, old, new, hidden)
        else:
            yield from _host_by_host(path, olds, news, hidden)


# The settings stand in the order of the schema, and everything else behind them by name.
_ORDER = {leaf: number for number, leaf in enumerate(LEAVES)}


def _as_a_whole(path: str, old: Sequence[HostFacts], new: Sequence[HostFacts], hidden: Secrets) -> Iterator[Difference]:
    before, after = (_distinct(facts.values.get(path) for facts in side) for side in (old, new))
    if before.keys() != after.keys():
        yield _difference(path, list(before.values()), list(after.values()), [facts.host for facts in new], hidden)


def _distinct(values: Iterable[Value | None]) -> dict[str, Value]:
    return {value.content: value for value in sorted(filter(None, values), key=lambda value: value.content)}


def _host_by_host(
    path: str, olds: Mapping[str, HostFacts], news: Mapping[str, HostFacts], hidden: Secrets
) -> Iterator[Difference]:
    changes: dict[tuple[Value | None, Value | None], list[str]] = {}
    for host in sorted({*olds, *news}):
        before, after = (side[host].values.get(path) if host in side else None for side in (olds, news))
        if (before and before.content) != (after and after.content):
            changes.setdefault((before, after), []).append(host)
    for (before, after), hosts in changes.items():
        yield _difference(path, [before] if before else [], [after] if after else [], hosts, hidden)


def _difference(
    path: str, before: Sequence[Value], after: Sequence[Value], hosts: Sequence[str], hidden: Secrets
) -> Difference:
    change = "changed" if before and after else "added" if after else "removed"
    secret = any(value.secret or hidden.hides((), value.content) for value in (*before, *after))
    shown = [None if secret else tuple(value.shown for value in side) for side in (before, after)]
    return Difference(hidden.clean(path), change, shown[0], shown[1], tuple(sorted(hosts)))
