#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check
short_description: Validate email settings and check the servers with them, and write nothing
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Does what M(appmail.settings.apply) does, but writes no file. The settings are judged once on the controller, the
    servers are derived from them and from the applications, equal ones once, and one module call checks them from the
    host that will send the mail. A line is printed for each server that passed.
  - No message is sent, and each account logs in once a run and server.
extends_documentation_fragment:
  - appmail.settings.settings
  - appmail.settings.settings.policies
  - appmail.settings.settings.checking
  - appmail.settings.settings.payload
options:
  formats:
    description:
      - Forms of a report of all hosts of the play, for those who look at it elsewhere. A host that was not reached or
        not judged is in it with the reason, and one that the run did not come to as well.
      - V(github) prints a workflow command for each server that did not pass. The others are files in O(report_dest),
        V(junit) as C(email-check.junit.xml), V(sarif) as C(email-check.sarif), V(json) as C(email-check.json)
        (C(schemas/checks.schema.json)) and V(gitlab) as C(email-check.code-quality.json).
      - What a server refused is shown at the setting that it is about, with file, line and column.
    type: list
    elements: str
    choices: [github, gitlab, json, junit, sarif]
    default: []
    version_added: 1.0.0
  report_dest:
    description:
      - The folder of the controller for reports, relative to where Ansible is run. It is made where it is missing.
    type: path
    version_added: 1.0.0
attributes:
  check_mode:
    description: Does the same in check mode, for it changes nothing.
    support: full
  diff_mode:
    description: Nothing is changed, so there is nothing to compare.
    support: none
  idempotent:
    description: Nothing is changed, however often it runs.
    support: full
requirements:
  - jsonschema on the controller
seealso:
  - module: appmail.settings.apply
  - module: appmail.settings.smtp_check
  - module: appmail.settings.imap_check
"""

EXAMPLES = r"""
- name: Check the servers of this host's applications
  appmail.settings.check:
    settings: "{{ email_settings }}"
    base: "{{ email_settings_base }}"
    targets: "{{ email_targets }}"

- name: Leave one report of all hosts where the CI service looks
  appmail.settings.check:
    settings: "{{ email_settings }}"
    targets: "{{ email_targets }}"
    formats: [junit, sarif]
    report_dest: reports

- name: Look at what would be refused, and go on
  appmail.settings.check:
    settings: "{{ email_settings }}"
    check_on_failure: warn
    check_options:
      timeout: 10
      certificate_days: 30
  register: checked
"""

RETURN = r"""
errors:
  description: What is wrong with the settings, as M(appmail.settings.validate) returns it. Then nothing was checked.
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
  description: One result a server, as M(appmail.settings.smtp_check) and M(appmail.settings.imap_check) return them.
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
  description: The category of the worst result; V(null) where the settings name no server.
  type: str
  returned: when the settings are valid
  sample: complete
reason:
  description: The reason of the worst result; V(null) where the settings name no server.
  type: str
  returned: when the settings are valid
  sample: ok
stage:
  description: The stage of the worst result; V(null) where the settings name no server.
  type: str
  returned: when the settings are valid
  sample: done
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

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import CHECK
from ansible_collections.appmail.settings.plugins.module_utils._host.half import run_host_half
from ansible_collections.appmail.settings.plugins.module_utils._host.servers import check


def main() -> None:
    """Check the servers that the controller derived from the settings."""
    run_host_half(AnsibleModule(argument_spec=CHECK, supports_check_mode=True), check)


if __name__ == "__main__":
    main()
