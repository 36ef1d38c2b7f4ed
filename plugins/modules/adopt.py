#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: adopt
short_description: Read how applications of a host are set by hand, and write variables from it
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Looks for the configuration files of known applications on a host, reads the email settings in them, and says where
    each stands and what is unsafe or not understood. Nothing on the host is written, restarted or connected to.
  - With O(hosts), what was found on several hosts is written as a tree of C(group_vars) and C(host_vars), on the
    controller. The playbook C(appmail.settings.adopt) does both.
  - What is read travels back sealed with a key of this one call. A secret is encrypted with the vault's password at
    once, and never in a result, a log or a file in clear; without a vault's password it is not carried at all.
options:
  targets:
    description:
      - The applications to look for, as in C(email_targets); C(app), and C(dest) for files that lie elsewhere.
      - Left empty, all that are known and have configuration files.
    type: list
    elements: dict
    default: []
  target_paths:
    description: Folders with targets of your own, each in a folder by its name.
    type: list
    elements: path
    default: []
  search:
    description:
      - Paths or patterns where files may lie as well, such as C(/srv/*/app.ini). A file belongs to the application that
        has a file of that name.
    type: list
    elements: str
    default: []
  current_sheets:
    description:
      - Files of the controller in which a person wrote down what admin pages hold, as M(appmail.settings.apply) takes
        them. They are read into settings as files are; a sheet with a secret in it is refused.
    type: list
    elements: path
    default: []
  vault_id:
    description:
      - Which of the vault's passwords secrets are encrypted with, by its name in C(--vault-id).
      - Left out, the one that Ansible itself would take; where there is none, secrets are not carried.
    type: str
  hosts:
    description:
      - What was found on each host (RV(found)), by the host's name. With it nothing is read, and O(dest) is written.
    type: dict
    default: {}
  dest:
    description:
      - The folder for C(group_vars) and C(host_vars), usually the inventory's. Needed with O(hosts).
      - A file that is there with another content is never overwritten.
    type: path
  payload:
    description:
      - What the controller's half hands to the host's half. Not for playbooks.
    type: str
attributes:
  check_mode:
    description: The same, but no file of variables is written.
    support: full
  diff_mode:
    description: Files are written where there were none; there is nothing to compare.
    support: none
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: appmail.settings.apply
  - module: appmail.settings.compare
"""

EXAMPLES = r"""
- name: Find out how this host's applications are set
  appmail.settings.adopt:
    search: ["/srv/*/alertmanager.yml"]
  register: adopted

- name: Write variables from what all hosts have
  appmail.settings.adopt:
    hosts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['adopted', 'found']))) }}"
    dest: "{{ inventory_dir }}"
  run_once: true
"""

RETURN = r"""
found:
  description: Each application that the host has, by its name.
  type: dict
  returned: without O(hosts)
  contains:
    version:
      description: The version that is installed, or V(null) where it cannot be asked.
      type: str
      sample: "0.31.0"
    read:
      description: How many keys its files have.
      type: int
      sample: 7
    files:
      description: Its files, each with C(name), C(path), C(owner), C(group) and C(mode).
      type: list
      elements: dict
      sample: [{group: root, mode: '0600', name: msmtprc, owner: root, path: /etc/msmtprc}]
    dest:
      description: Where files that are not there yet belong, by their names, if it is not the application's own path.
      type: dict
      sample: {smtp_password: /srv/monitoring/smtp_password}
    settings:
      description:
        - The settings that its files say, by their path in a spec, such as V(smtp.host).
        - Each has C(value), C(secret), C(file) and C(line). A secret has C(secret=true), no value, in C(vaulted) what
          the vault made of it, and in C(digest) what equal secrets of one run have alike.
      type: dict
      sample:
        sender.address: {file: /etc/msmtprc, line: 9, secret: false, value: noreply@example.edu}
        sender.allow_custom_address: {file: /etc/msmtprc, line: 7, secret: false, value: true}
        smtp.encryption: {file: /etc/msmtprc, line: 3, secret: false, value: starttls}
        smtp.host: {file: /etc/msmtprc, line: 7, secret: false, value: smtp.example.edu}
        smtp.port: {file: /etc/msmtprc, line: 8, secret: false, value: 587}
        smtp.tls.verify: {file: /etc/msmtprc, line: 3, secret: false, value: true}
    options:
      description: The options of its target, by their names, as C(settings) has its own.
      type: dict
      sample:
        receivers:
          value:
            - email_configs:
                - {to: postmaster@example.edu}
              name: email
          secret: false
          file: /srv/monitoring/alertmanager.yml
          line: 8
        route:
          value: {receiver: email}
          secret: false
          file: /srv/monitoring/alertmanager.yml
          line: 6
    findings:
      description:
        - What was not understood or is unsafe. Each has C(severity), C(rule), C(message), C(path), C(file) and C(line).
      type: list
      elements: dict
      sample:
        - path: null
          message: 'msmtp: apply writes this file whole, and 2 keys and lines in it would go (see
            left); a copy is kept'
          rule: replaced_whole
          severity: warning
          file: /etc/msmtprc
          line: 2
        - path: null
          message: >-
            msmtp: apply would set timeout = 30; set tls_priorities = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2; set
            syslog = LOG_MAIL; for what is not there now, the application's own default counts until then
          rule: would_change
          severity: warning
          file: /etc/msmtprc
          line: null
    left:
      description: Keys beside those that were read, which a spec has no counterpart for. They stay as they are.
      type: list
      elements: dict
      sample:
        - path: null
          message: 'msmtp: logfile has no counterpart in a spec and is left as it is'
          rule: left
          severity: warning
          file: /etc/msmtprc
          line: 2
        - path: null
          message: 'msmtp: set_date_header has no counterpart in a spec and is left as it is'
          rule: left
          severity: warning
          file: /etc/msmtprc
          line: 5
files:
  description: The files of variables.
  type: list
  elements: str
  returned: with O(hosts)
  sample: [/srv/project/group_vars/all/email.yml, /srv/project/group_vars/ungrouped/email.yml]
msg:
  description: What was found; with O(hosts) the whole summary, with the findings at their places.
  type: str
  returned: always
  sample: found msmtp
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._host.adopt import adopt
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import ADOPT
from ansible_collections.appmail.settings.plugins.module_utils._host.half import run_host_half


def main() -> None:
    """Read what the controller's half asks for."""
    run_host_half(AnsibleModule(argument_spec=ADOPT, supports_check_mode=True), adopt)


if __name__ == "__main__":
    main()
