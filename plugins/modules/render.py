#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: render
short_description: Write email settings into the configuration of applications, all files or none
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Judges the settings as M(appmail.settings.validate) does, renders every file of every application on the controller,
    and writes them on the host in one module call.
  - The write is one transaction. Every file is staged beside its destination and read by the application's own parser
    where there is one; then all are swapped in by rename. If anything fails, every file is as it was.
  - The diff shows secrets as C(********), and that one changed as C(******** (changed)).
  - No server is contacted. Use M(appmail.settings.apply) to check the servers before anything is written.
extends_documentation_fragment:
  - appmail.settings.settings
  - appmail.settings.settings.policies
  - appmail.settings.settings.writing
  - appmail.settings.settings.runbooks
  - appmail.settings.settings.payload
attributes:
  check_mode:
    description: Says what would change, lets the parsers read it, and writes nothing.
    support: full
  diff_mode:
    description: Shows what changes, without secrets.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
requirements:
  - jsonschema on the controller
seealso:
  - module: appmail.settings.validate
  - module: appmail.settings.apply
"""

EXAMPLES = r"""
- name: Write the settings of two applications
  appmail.settings.render:
    settings: "{{ email_settings }}"
    targets:
      - app: postfix
      - app: alertmanager
        version: "0.25"
        dest: {alertmanager.yml: /srv/alertmanager/alertmanager.yml}
  notify: Reload mail

- name: Look at the files before they replace anything
  appmail.settings.render:
    settings: "{{ email_settings }}"
    targets: "{{ email_targets }}"
    dest_root: /tmp/preview
"""

RETURN = r"""
files:
  description: Every file of every application, changed or not.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: Where the file is, O(dest_root) included.
      type: str
      sample: /etc/postfix/main.cf
    target:
      description: The application that it belongs to.
      type: str
      sample: postfix
    changed:
      description: Whether it was written, or would be in check mode.
      type: bool
      sample: true
    mode:
      description: Its mode, as octal text.
      type: str
      sample: "0644"
    owner:
      description: Its owner by name, or by number where there is no name.
      type: str
      sample: root
    group:
      description: Its group by name, or by number where there is no name.
      type: str
      sample: root
    backup_file:
      description: The copy of the old file, or V(null).
      type: str
      sample: /etc/postfix/main.cf.9056.2026-11-28@16:47:26~
    verified:
      description: Whether the application's own parser accepted it; V(null) where it was not asked.
      type: bool
      sample: true
reloads:
  description: What makes the changed applications read their files.
  type: list
  elements: dict
  returned: success
  contains:
    target:
      description: The application.
      type: str
      sample: postfix
    service:
      description: The service to reload or restart.
      type: str
      sample: postfix
    state:
      description: V(reloaded) or V(restarted).
      type: str
      sample: reloaded
    command:
      description: The command to run in place of a service.
      type: list
      elements: str
      sample: [gitlab-ctl, reconfigure]
    daemon_reload:
      description: Whether systemd has to read its units first.
      type: bool
      sample: true
    marker:
      description: The file to remove once it was reloaded, where O(remember_reloads) is set.
      type: str
      sample: /var/lib/appmail.settings/reload-app1-postfix.json
runbooks:
  description: Every runbook on the controller.
  type: list
  elements: dict
  returned: where O(runbook_dest) is set and there are runbooks, or were
  contains:
    path:
      description: Where it is on the controller.
      type: str
      sample: /srv/project/runbooks/app1/teamconnect.runbook.md
    target:
      description: The application that it is about.
      type: str
      sample: teamconnect
    changed:
      description: Whether it was written, or would be in check mode.
      type: bool
      sample: true
    mode:
      description: Its mode, as octal text.
      type: str
      sample: "0644"
set_values:
  description: The values that only a command sets, by application.
  type: list
  elements: dict
  returned: where an application has such values
  contains:
    target:
      description: The application that they belong to.
      type: str
      sample: nextcloud
    name:
      description: What target.yml calls them.
      type: str
      sample: config.php
    changed:
      description: Whether any of them was set, or would be in check mode.
      type: bool
      sample: true
    names:
      description: The names of those that were set or taken away, without what they hold.
      type: list
      elements: str
      sample: [mail_smtpauth, mail_smtpname, mail_smtppassword]
installed:
  description: The version that the host has, by the application's name.
  type: dict
  returned: where an application's version is V(installed)
  sample: {alertmanager: "0.27.0"}
left:
  description: The files that an earlier run wrote, that are listed no more and stay.
  type: list
  elements: str
  returned: where O(removed) is V(warn) or V(remove)
  sample: [/etc/postfix/main.cf, /etc/postfix/sasl_passwd]
removed:
  description: The files that were taken away, or out of which our block was; in check mode, that would be.
  type: list
  elements: str
  returned: where O(removed) is V(warn) or V(remove)
  sample: [/etc/postfix/main.cf, /etc/postfix/sasl_passwd]
errors:
  description: What is wrong with the settings, as M(appmail.settings.validate) returns it.
  type: list
  elements: dict
  returned: always
  sample:
    - target: null
      path: smtp.port
      pointer: /smtp/port
      message: 70000 is greater than 65535
      rule: maximum
      policy: null
      documentation: null
      file: group_vars/prod/email.yml
      line: 7
      column: 11
      hosts: []
warning_details:
  description: The warnings about the settings, as M(appmail.settings.validate) returns them.
  type: list
  elements: dict
  returned: always
  sample:
    - target: msmtp
      path: smtp.auth.mechanism
      pointer: /smtp/auth/mechanism
      message: 'msmtp: without TLS msmtp chooses only mechanisms that do not send the password in
        clear text; where the server offers plain or login alone, name it'
      rule: no_password_in_clear_text
      policy: null
      documentation: 'msmtp(1), auth: when TLS is disabled, only methods that avoid sending cleartext
        passwords are considered'
      file: group_vars/prod/email.yml
      line: 8
      column: 11
      hosts: []
waivers:
  description: What is accepted although a policy forbids it, as M(appmail.settings.validate) returns it.
  type: list
  elements: dict
  returned: always
  sample:
    - path: smtp.encryption
      policy: encryption-required
      reason: the relay speaks no TLS before it is replaced
      until: '2026-12-31'
      ended: false
      used: true
      file: group_vars/prod/email.yml
      line: 12
      column: 7
      hosts: []
accepted:
  description: What targets accept although they cannot honour it, as M(appmail.settings.validate) returns it.
  type: list
  elements: dict
  returned: always
  sample:
    - target: msmtp
      path: sender.use_user_address
      reason: null
      until: null
      ended: false
      used: true
      file: group_vars/prod/email.yml
      line: 58
      column: 41
      hosts: []
coverage:
  description: What becomes of every setting in each application, as M(appmail.settings.validate) returns it.
  type: dict
  returned: success, where O(coverage=true)
  sample:
    msmtp:
      target: msmtp
      carried: [smtp.host, smtp.port, smtp.encryption, smtp.timeout, smtp.helo_name, smtp.tls.verify,
        smtp.tls.ca_file, smtp.tls.server_name, smtp.tls.minimum_version, smtp.tls.client_certificate,
        smtp.tls.client_key, smtp.auth.username, smtp.auth.password, smtp.auth.mechanism, sender.address,
        sender.allow_custom_address]
      not_carried: [imap.host, imap.port, imap.encryption, imap.timeout, imap.mailbox, imap.tls.verify,
        imap.tls.ca_file, imap.tls.server_name, imap.tls.minimum_version, imap.tls.client_certificate,
        imap.tls.client_key, imap.auth.username, imap.auth.password, imap.auth.mechanism, sender.display_name,
        sender.reply_to, sender.use_display_name, contacts.administrator, contacts.helpdesk, delivery.delay,
        delivery.retry_interval, delivery.max_errors, delivery.max_per_second, attachments.allowed,
        attachments.max_size_mb, error_notifications.address, error_notifications.level, application.url]
      refused: [sender.use_user_address, delivery.excluded_recipients]
      version: 1.8.20
      waived: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import RENDER
from ansible_collections.appmail.settings.plugins.module_utils._host.half import run_host_half
from ansible_collections.appmail.settings.plugins.module_utils._host.write import write


def main() -> None:
    """Write what the controller rendered."""
    run_host_half(AnsibleModule(argument_spec=RENDER, supports_check_mode=True), write)


if __name__ == "__main__":
    main()
