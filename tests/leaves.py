# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every leaf of the spec with values that differ, and around it a spec that a target takes.

A target's own spec lies in `tests/specs/targets`. Where a leaf counts only if another one is left out or set,
`tests/specs/walk` says so, leaf by leaf.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Layers
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion

SPECS = Path(__file__).parent / "specs"

# Values that differ, by the leaf's own name where two leaves of one name need other ones, else by its last part.
VALUES: dict[str, list[JSON]] = {
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

# What has to be set for a leaf to have a meaning at all; what the target's own spec says counts more.
CONTEXTS: dict[str, Tree] = {
    "imap": {"imap": {"host": "imap.example.org", "encryption": "implicit_tls"}},
    "imap.auth": {"imap": {"auth": {"username": "in@example.org", "password": "a-password"}}},
    "imap.tls.client_key": {"imap": {"tls": {"client_certificate": "/etc/ssl/cert.pem"}}},
    "smtp.auth": {"smtp": {"auth": {"username": "out@example.org", "password": "a-password"}}},
    "smtp.tls.client_key": {"smtp": {"tls": {"client_certificate": "/etc/ssl/cert.pem"}}},
    "attachments.max_size_mb": {"attachments": {"allowed": True}},
}


def values(leaf: str) -> list[JSON]:
    return VALUES[leaf.rpartition(".")[2]]


@cache
def spec_around(app: str, leaf: str) -> Tree:
    """The target's own spec with what the leaf needs, and without the leaf where that is possible."""
    needed = [tree for name, tree in CONTEXTS.items() if leaf == name or leaf.startswith(f"{name}.")]
    spec: Tree = Layers((*needed, own_spec(app))).merged()
    for name, value in own_changes(app).get(leaf, {}).items():
        spec = without(spec, steps(name)) if value is None else put(spec, name, value)
    return spec


def beside(at: TargetAtVersion) -> list[JSON]:
    """The further entries of `email_targets` that a target needs: a sendmail, where it hands its mail to the host's."""
    return [{"app": "msmtp"}] if any(coverage.handed_on for coverage in at.coverage.values()) else []


def own_spec(app: str) -> Tree:
    spec: Tree = yaml.safe_load((SPECS / "targets" / f"{app}.yml").read_text(encoding="utf-8"))
    return spec


@cache
def own_changes(app: str) -> dict[str, dict[str, JSON]]:
    file = SPECS / "walk" / f"{app}.yml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
