#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apply
short_description: Validate email settings, check the servers with them, and write them, in one go
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Validates and renders on the controller as M(appmail.settings.render) does; then one module call on the host checks
    the servers as M(appmail.settings.smtp_check) and M(appmail.settings.imap_check) do, and writes the files.
  - The new settings are checked from the host that will send the mail, before they replace the old ones. Nothing is
    written unless the servers take them.
  - The servers are derived from the settings and the applications, equal ones once. Each account logs in once a run
    and server.
extends_documentation_fragment:
  - appmail.settings.settings
  - appmail.settings.settings.policies
  - appmail.settings.settings.checking
  - appmail.settings.settings.writing
  - appmail.settings.settings.runbooks
  - appmail.settings.settings.payload
options:
  check:
    description:
      - When the servers are checked. With V(before) and V(both) nothing is written if that fails.
      - There is one login a server and run, so the second check of V(both) goes without one.
      - Where a check fails and O(check_on_failure=warn), the files are written all the same.
    type: str
    choices: [before, after, both, never]
    default: before
  current_sheets:
    description:
      - Files of the controller in which a person wrote down what admin pages hold at present. Such a file is
        C(APP.settings.yml) as M(appmail.settings.render) writes it, with C(current) beside the C(value) of each field,
        or C(APP.runbook.md) with a column C(Current) in its tables of fields.
      - In check mode they are read by their labels, and what differs stands in RV(drift); what is not understood is a
        warning at its file, line and column. A file with a secret in it is refused.
      - A relative path begins at the playbook's folder, else where you stand.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: The servers are checked and the parsers read the files, for that changes nothing; no file is written.
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
  - module: appmail.settings.check
  - module: appmail.settings.render
  - module: appmail.settings.smtp_check
  - module: appmail.settings.imap_check
"""

EXAMPLES = r"""
- name: Bring the settings of this host's applications up to date
  appmail.settings.apply:
    settings: "{{ email_settings }}"
    base: "{{ email_settings_base }}"
    targets: "{{ email_targets }}"
  register: applied

- name: Check before and after, and be patient with a greylisting server
  appmail.settings.apply:
    settings: "{{ email_settings }}"
    targets: "{{ email_targets }}"
    check: both
    check_options:
      retries: 2
      retry_delay: 20
      timeout: 90
"""

RETURN = r"""
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
results:
  description: One result a server, as M(appmail.settings.smtp_check) returns them.
  type: list
  elements: dict
  returned: when the settings are valid
  sample:
    - name: relay.example.edu:25
      host: relay.example.edu
      port: 25
      encryption: none
      category: connection_failed
      msg: 'SMTP server connection failed. Check server url or port. relay.example.edu:25: connection_refused
        at connect: 127.0.0.1: Connection refused. Nothing listens on port 25 there: check host and
        port, and that the mail service runs.'
      reason: connection_refused
      stage: connect
      hint: 'Nothing listens on port 25 there: check host and port, and that the mail service runs.'
      reply: null
      temporary: false
      attempts:
        - category: connection_failed
          reason: connection_refused
          stage: connect
          temporary: false
          address: null
          addresses:
            - {reason: connection_refused, address: 127.0.0.1, detail: Connection refused}
          duration: 5.5
          logins: 0
      checked_from: vm
      address: null
      auth:
        mechanism: null
        offered: []
        verified: null
      capabilities: []
      timings: {connect: 0.3, resolve: 5.1}
      tls: null
      transcript: null
      warnings: []
category:
  description: The category of the worst result.
  type: str
  returned: when servers were checked
  sample: complete
reason:
  description: The reason of the worst result.
  type: str
  returned: when servers were checked
  sample: ok
stage:
  description: The stage of the worst result.
  type: str
  returned: when servers were checked
  sample: done
drift:
  description: >-
    What is set otherwise on the host, setting by setting, read in the application's own files and from its own program.
    Of a secret only that it differs is said.
  type: list
  elements: dict
  returned: in check mode, where a file can be read back as settings, or a filled sheet differs
  contains:
    target:
      description: The application.
      type: str
      sample: msmtp
    path:
      description: The setting of the spec; null where none stands for what differs.
      type: str
      sample: smtp.tls.verify
    key:
      description: The application's own key, where no setting stands for it; of an admin page the label of the field.
      type: str
      sample: tls_priorities
    wanted:
      description: The value that is wanted; null where there is none, and of a secret.
      type: raw
      sample: true
    in_effect:
      description: The value in effect; null where it is not set, and of a secret.
      type: raw
      sample: false
    secret:
      description: Whether it holds, or may hold, a secret.
      type: bool
      sample: false
    file:
      description: The file.
      type: str
      sample: /etc/msmtprc
    line:
      description: The line that wins; null where it is not set, or comes from elsewhere.
      type: int
      sample: 47
    message:
      description: All of it in one sentence.
      type: str
      sample: "smtp.tls.verify: true wanted, false in effect; /etc/msmtprc:47 wins"
files:
  description: Every file of every application, as M(appmail.settings.render) returns them.
  type: list
  elements: dict
  returned: when the settings are valid
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
  returned: when the settings are valid
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
  description: What was accepted of the organisation's policies, as M(appmail.settings.validate) returns it.
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

from ansible_collections.appmail.settings.plugins.module_utils._host.apply import apply
from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import APPLY
from ansible_collections.appmail.settings.plugins.module_utils._host.half import run_host_half


def main() -> None:
    """Check the servers and write what the controller rendered."""
    run_host_half(AnsibleModule(argument_spec=APPLY, supports_check_mode=True), apply)


if __name__ == "__main__":
    main()
