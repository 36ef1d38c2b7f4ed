# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository whose record shows everything that a record can: each kind of secret, each status, each source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.integration.playbooks import Run, run_playbook
from tests.integration.repositories import commit, encrypted, git, vaulted, write

# A canary for each place where a secret can be.
SECRETS = {
    "vaulted variable": "xK7/qV + zW:9dF?",
    "vaulted file": 'bN3"tR\\mY<8hJ>&',
    "plain": "gT5xLw2PvQ9r",
    "environment": "cZ4=kH%uX6nB",
    "option": "yD8fSj1MqE3w",
    "imap": "aU6oRi0KpL7t",
    "vaulted in place": "eG2vCx5NyH4b",
}
DAY = "2026-06-01"

BASE = """\
email_settings_base:
  schema_version: 1
  smtp:
    host: smtp.example.edu
    encryption: starttls
    auth: {username: svc-mail, password: "{{ smtp_password }}"}
  sender: {address: noreply@example.edu}
email_policies:
  - policy: encryption-required
    controls: ["PCI DSS 4.2.1"]
  - secrets-vaulted
  - policy: minimum-tls-version
    severity: warning
    options: {accepted: ["1.3"]}
"""
DEV = """\
email_settings:
  smtp: {timeout: 20, encryption: none, tls: {}}
  waivers:
    - {policy: encryption-required, path: smtp.encryption, until: "2026-05-31", reason: the relay moves in May}
email_targets: [{app: postfix}]
"""
PRODUCTION = """\
email_settings:
  imap: {host: imap.example.edu, encryption: implicit_tls, auth: {username: inbox, password: "{{ imap_password }}"}}
email_targets:
  - app: postfix
    settings: {smtp: {timeout: 60}}
  - app: alertmanager
    version: "0.25"
    settings: {smtp: {auth: {mechanism: plain}}}
    accept: [smtp.auth.mechanism]
    options: {recipients: [ops@example.edu], receivers: "{{ receivers_of_alerts }}"}
"""
STAGING = f"""\
smtp_password: {SECRETS["plain"]}
email_settings:
  waivers:
    - {{policy: secrets-vaulted, path: smtp.auth.password, until: "2026-12-31", reason: a test account}}
email_targets: [{{app: msmtp}}]
"""
FILES: Mapping[str, str] = {
    "inventory/hosts.yml": (
        "dev: {hosts: {dev-app1: {}}}\n"
        "production: {hosts: {prod-app1: {}, prod-app2: {}, prod-page: {}}}\n"
        "staging: {hosts: {stage-app1: {}, stage-broken: {}}}\n"
        "idle: {hosts: {idle-host: {}}}\n"
    ),
    "inventory/group_vars/dev/email.yml": DEV,
    "inventory/group_vars/dev/base.yml": BASE,
    "inventory/group_vars/dev/vault.yml": f"smtp_password: {vaulted(SECRETS['vaulted variable'])}\n",
    "inventory/group_vars/production/email.yml": PRODUCTION,
    "inventory/group_vars/production/base.yml": BASE,
    "inventory/group_vars/production/vault.yml": encrypted(
        f"smtp_password: {json.dumps(SECRETS['vaulted file'])}\nimap_password: {SECRETS['imap']}\n"
        f"receivers_of_alerts: [{{name: pager, key: {SECRETS['option']}}}]\n"
    ),
    "inventory/group_vars/staging/email.yml": STAGING,
    "inventory/group_vars/staging/base.yml": BASE,
    "inventory/host_vars/prod-app2.yml": (
        "email_settings:\n"
        "  smtp: {auth: {username: svc-two, password: \"{{ lookup('env', 'CANARY') }}\"}}\n"
        "  application: {url: \"https://app.example.edu/?key={{ lookup('env', 'CANARY') | urlencode }}\"}\n"
        "email_targets: [{app: msmtp}]\n"
    ),
    "inventory/host_vars/prod-page.yml": (
        "email_settings:\n"
        "  smtp:\n"
        "    port: 25\n"
        "    encryption: none\n"
        "    auth:\n"
        "      password: " + vaulted(SECRETS["vaulted in place"]).replace("\n", "\n      ") + "\n"
        "email_targets: [{app: tegrity}]\n"
    ),
    "inventory/host_vars/stage-broken.yml": 'email_settings: "{{ nobody_said }}"\n',
}


def make(folder: Path) -> Path:
    """The repository, with one commit."""
    write(folder, FILES)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


def audit(folder: Path, *arguments: str, dest: Path, formats: list[str], **variables: object) -> Run:
    """Run the playbook as a user does."""
    given = {"email_audit_dest": str(dest), "email_audit_formats": formats, "email_today": DAY, **variables}
    return run_playbook(
        folder,
        "-i",
        "inventory",
        "-e",
        json.dumps(given),
        *arguments,
        playbook="appmail.settings.audit",
        environment={"CANARY": SECRETS["environment"]},
    )
