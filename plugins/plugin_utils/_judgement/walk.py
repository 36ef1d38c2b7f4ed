# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The walk over every leaf of a user's own target: what is carried changes what is rendered, and nothing else does.

The collection's own targets are walked by its tests, each with a spec made for it. Here the spec is the one at hand, so
a leaf counts as carried where any of a few specs around it shows that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Steps, Tree, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES, Layers, Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ExpressionError
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Coverage, TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target_file import (
    TargetError,
    TargetFault,
    covering,
    faults_at,
    prefixes,
)

# Values that differ, by the leaf's own name where two leaves of one name need other ones, else by its last part.
VALUES: Mapping[str, Sequence[JSON]] = {
    "host": ["relay1.example.org", "relay2.example.org"],
    "port": [25, 143, 465, 587, 993, 2525],
    "encryption": ["none", "starttls_opportunistic", "starttls", "implicit_tls"],
    "timeout": [30, 45, 60, 120],
    "helo_name": ["one.example.org", "two.example.org"],
    "verify": [True, False],
    "ca_file": ["/etc/ssl/one.pem", "/etc/ssl/two.pem"],
    "server_name": ["one.example.org", "two.example.org"],
    "minimum_version": ["1.0", "1.1", "1.2", "1.3"],
    "client_certificate": ["/etc/ssl/one.pem", "/etc/ssl/two.pem"],
    "client_key": ["/etc/ssl/one.key", "/etc/ssl/two.key"],
    "username": ["one@example.org", "two@example.org"],
    "password": ["the-first-password", "the-second-password"],
    "mechanism": ["auto", "plain", "login", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer"],
    "mailbox": ["INBOX", "Alerts"],
    "address": ["one@example.org", "two@example.org"],
    "display_name": ["One", "Two"],
    "reply_to": ["one@example.org", "two@example.org"],
    "use_user_address": [True, False],
    "use_display_name": [True, False],
    "allow_custom_address": [True, False],
    "administrator": ["one@example.org", "two@example.org"],
    "helpdesk": ["one@example.org", "two@example.org"],
    "delay": [0, 10, 20],
    "retry_interval": [5, 15],
    "max_errors": [5, 10],
    "max_per_second": [1, 50],
    "excluded_recipients": [["one@example.org"], ["two@example.org"]],
    "allowed": [True, False],
    "max_size_mb": [1, 2],
    "level": ["errors", "warnings"],
    "url": ["https://one.example.org", "https://two.example.org"],
}

# What has to be set for a leaf to have a meaning at all; what the spec at hand says counts more.
CONTEXTS: Mapping[str, Tree] = {
    "imap": {"imap": {"host": "imap.example.org", "encryption": "implicit_tls"}},
    "imap.auth": {"imap": {"auth": {"username": "in@example.org", "password": "a-password"}}},
    "imap.tls.client_key": {"imap": {"tls": {"client_certificate": "/etc/ssl/cert.pem"}}},
    "smtp.auth": {"smtp": {"auth": {"username": "out@example.org", "password": "a-password"}}},
    "smtp.tls.client_key": {"smtp": {"tls": {"client_certificate": "/etc/ssl/cert.pem"}}},
    "attachments.max_size_mb": {"attachments": {"allowed": True}},
}


def values(leaf: str) -> list[JSON]:
    """The values to walk a leaf with."""
    return list(VALUES[leaf.rpartition(".")[2]])


def walk_faults(at: TargetAtVersion, written: Tree, options: Tree) -> list[TargetFault]:
    """What the target's coverage says wrongly, each at its entry in target.yml; looked for once a changed target.

    `written` and `options` are those of whoever uses it, with which it can be rendered.
    """
    known = _walked(at.target.folder, at.version, _state(at.target.folder))
    if not known:
        wrong = [(leaf, message) for leaf in LEAVES for message in _wrong(at, at.coverage[leaf], written, options)]
        entries = at.target.coverage
        told: list[tuple[Steps, str]] = [(("coverage", covering(leaf, entries) or leaf), text) for leaf, text in wrong]
        known.append(faults_at(at.target.folder / "target.yml", told))
    return known[0]


@cache
def _walked(_folder: Path, _version: str | None, _state: frozenset[tuple[str, int]]) -> list[list[TargetFault]]:
    """Where the faults of one state of a target are kept."""
    return []


def _state(folder: Path) -> frozenset[tuple[str, int]]:
    """The files of a target's folder, and when each changed last, in nanoseconds."""
    return frozenset((str(file), file.stat().st_mtime_ns) for file in folder.rglob("*") if file.is_file())


def _wrong(at: TargetAtVersion, coverage: Coverage, written: Tree, options: Tree) -> Iterator[str]:
    if coverage.kind == "refused" or coverage.handed_on:
        return
    rendered = (_rendered(at, coverage, spec, options) for spec in _specs_around(coverage.leaf, written))
    telling = (contents for contents in rendered if len(contents) > 1)
    first = next(telling, None)
    if first is None:
        return
    if coverage.kind == "not_carried":
        if len(set(first.values())) > 1:
            yield f"{coverage.leaf} is said not to be carried, and another value changes what is rendered"
    elif not any(len(set(each.values())) == len(each) for each in itertools.chain([first], telling)):
        alike = " and ".join(_alike(first))
        yield f"{coverage.leaf} is said to be carried, and the files are the same with {alike}"


def _alike(contents: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The first two values with which the files are the same."""
    first: dict[tuple[str, ...], str] = {}
    for value, content in contents.items():
        if content in first:
            return [first[content], value]
        first[content] = value
    return []


def _specs_around(leaf: str, written: Tree) -> Iterator[Tree]:
    """The spec at hand with what the leaf needs; then with every other leaf set; then without each other part."""
    needed = tuple(tree for name, tree in CONTEXTS.items() if leaf == name or leaf.startswith(f"{name}."))
    yield Layers((*needed, written)).merged()
    full: Tree = {}
    for other in LEAVES:
        full = put(full, other, values(other)[0])
    yield Layers((full, *needed, written)).merged()
    own = set(prefixes(leaf))
    for other in dict.fromkeys(name for each in LEAVES for name in prefixes(each)):
        less = without(Layers((*needed, written)).merged(), steps(other))
        if other not in own and less != written:
            yield less


def _rendered(at: TargetAtVersion, coverage: Coverage, spec: Tree, options: Tree) -> dict[str, tuple[str, ...]]:
    """The files with each value that the target takes, by the value; those that cannot be rendered are left out."""
    wanted = {"include_secrets": True} if "include_secrets" in at.target.option_schemas else {}
    contents = {}
    for value in values(coverage.leaf):
        changed = Spec.of(put(spec, coverage.leaf, value))
        if coverage.permits(changed):
            try:
                files = render_target(at, changed, {**options, **wanted}, {}, {"mode": "0600"})
            except (TargetError, ExpressionError, NotExpressible):
                continue
            contents[str(value)] = tuple(file.content for file in files)
    return contents
