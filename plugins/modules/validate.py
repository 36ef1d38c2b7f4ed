#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: validate
short_description: Say everything that is wrong with email settings, at file, line and column
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Judges a spec of email settings by its schema, by the rules of each application that gets them, and by policies of
    your own, and reports all faults at once.
  - Runs on the controller alone. Nothing connects anywhere and nothing is written.
  - A password never stands in a message, whatever is wrong with it.
  - Judges one spec, given as O(settings), or a whole inventory at once, given as O(hosts). The playbook
    C(appmail.settings.validate) does the latter.
extends_documentation_fragment:
  - appmail.settings.settings
  - appmail.settings.settings.policies
options:
  settings:
    description:
      - The spec of this environment, usually the variable C(email_settings) from C(group_vars/ENVIRONMENT).
      - What may stand in it is described by C(schemas/email_settings.schema.json).
      - One of O(settings) and O(hosts) is needed.
    type: dict
    required: false
  hosts:
    description:
      - The hosts of the inventory to judge, usually C(ansible_play_hosts_all), in a task with C(run_once).
      - What each host is given is read from its variables C(email_settings), C(email_settings_base), C(email_targets),
        C(email_target_paths) and C(email_policies), after precedence, templates and vault. So O(settings), O(base),
        O(targets), O(target_paths) and O(policies) cannot be given beside it.
      - Hosts with equal settings are judged once. A host without C(email_settings) is listed as skipped.
      - A host's environment is its variable C(email_environment), else the first by name of its groups.
    type: list
    elements: str
  annotations:
    description:
      - Deprecated, and gone in 2.0.0. Use O(formats), of which several can be given.
      - Print each finding so that a code review shows it on its line as well.
      - V(github) prints workflow commands, V(gitlab) prints one Code Quality report as JSON.
    type: str
    choices: [none, github, gitlab]
    default: none
  formats:
    description:
      - The forms that the findings are reported in, several at once. Files are named from the repository's top.
      - V(github) is printed. The others are files in O(report_dest). V(gitlab) is C(gl-code-quality-report.json),
        V(json) is C(email-settings.json), V(junit) is C(email-settings.junit.xml), V(sarif) is
        C(email-settings.sarif), which is SARIF 2.1.0.
      - V(json) is described by C(schemas/findings.schema.json).
      - The same settings give the same bytes.
    type: list
    elements: str
    choices: [github, gitlab, json, junit, sarif]
    default: []
  lock_file:
    description:
      - With O(hosts), a lock file that M(appmail.settings.report) made. It is an error where it is out of date.
      - Environments of which not all hosts are judged, as with C(--limit), are not compared.
    type: path
    version_added: 1.0.0
  report_dest:
    description:
      - The folder for the reports. It is made where it is missing. A relative path starts where you stand.
    type: path
  today:
    description:
      - The day that waivers are judged by, such as V(2026-12-31). The default is today, by UTC.
      - A later day tells which waivers will have ended by then.
    type: str
  waiver_warn_days:
    description:
      - Warn of a waiver that ends within so many days, at its place. With V(0) none is warned of;
        once its last day is past it is an error, whatever is said here.
    type: int
    default: 0
    version_added: 1.0.0
  current_sheets:
    description:
      - Files of the controller in which a person wrote down what admin pages hold, as M(appmail.settings.apply) takes
        them; what differs stands in RV(drift), and what is wrong with a sheet among the findings. Not with O(hosts),
        where each host's variable C(email_current_sheets) names them.
    type: list
    elements: path
    default: []
    version_added: 1.0.0
  fail:
    description:
      - Fail the task when something is wrong. With V(false) the findings are returned only.
    type: bool
    default: true
attributes:
  check_mode:
    description: Does the same in check mode, for it changes nothing.
    support: full
  diff_mode:
    description: Nothing is changed, so there is nothing to compare.
    support: none
  idempotent:
    description: The same settings give the same findings.
    support: full
requirements:
  - jsonschema on the controller
seealso:
  - module: appmail.settings.render
  - module: appmail.settings.apply
"""

EXAMPLES = r"""
- name: Judge the settings before anything else happens
  appmail.settings.validate:
    settings: "{{ email_settings }}"
    base: "{{ email_settings_base | default({}) }}"
    targets: "{{ email_targets }}"

- name: Judge every host of the inventory, and write reports for the CI service
  appmail.settings.validate:
    hosts: "{{ ansible_play_hosts_all }}"
    formats: [github, sarif, junit]
    report_dest: reports
  run_once: true

- name: Look at what is wrong without failing
  appmail.settings.validate:
    settings: "{{ email_settings }}"
    targets:
      - app: teamconnect
    fail: false
  register: judged
"""

RETURN = r"""
valid:
  description: Whether nothing is wrong. Warnings alone leave it V(true).
  type: bool
  returned: always
  sample: false
drift:
  description: What filled sheets of admin pages hold otherwise, as M(appmail.settings.apply) returns it.
  type: list
  elements: dict
  returned: with O(current_sheets), or with O(hosts) where a host has C(email_current_sheets); then with its C(host)
  sample:
    - target: teamconnect
      path: smtp.host
      key: Outgoing mail server (SMTP)
      wanted: smtp.example.edu
      in_effect: mail.example.edu
      secret: false
      file: teamconnect.settings.yml
      line: 15
      message: 'smtp.host (Outgoing mail server (SMTP)): smtp.example.edu wanted, mail.example.edu
        in effect; teamconnect.settings.yml:15 wins'
msg:
  description: What a person reads, one line a fault.
  type: str
  returned: always
  sample: |-
    email settings are not valid: 1 error
      group_vars/prod/email.yml:12:11: smtp.port: 70000 is greater than 65535
errors:
  description: Everything that is wrong, sorted by file, line and column.
  type: list
  elements: dict
  returned: always
  contains: &finding
    path:
      description: The setting, with dots.
      type: str
      sample: smtp.port
    pointer:
      description: The setting as a JSON pointer (RFC 6901).
      type: str
      sample: /smtp/port
    message:
      description: What is wrong and what would be right. No secret stands in it.
      type: str
      sample: 70000 is greater than 65535
    rule:
      description: The schema's keyword, or the name of the target's or policy's rule.
      type: str
      sample: maximum
    target:
      description: The application whose rule this is; V(null) for the spec's own schema.
      type: str
      sample: msmtp
    policy:
      description: The policy that this breaks, or V(null).
      type: str
      sample: encryption-required
    documentation:
      description: What the rule was made from, or V(null).
      type: str
      sample: >-
        msmtp(1), auth: when TLS is disabled, only methods that avoid sending cleartext passwords are considered
    file:
      description:
        - The file, relative to the playbook's folder or to the folder that you stand in; V(null) where unknown.
        - With O(hosts), relative to the top of the repository.
      type: str
      sample: group_vars/prod/email.yml
    line:
      description: The line, from 1; V(null) where unknown.
      type: int
      sample: 12
    column:
      description: The column, from 1; V(null) where unknown.
      type: int
      sample: 11
    hosts:
      description: The hosts that the finding is for. Empty without O(hosts).
      type: list
      elements: str
      sample: [app1]
    acknowledged:
      description: V(true) for a warning that the target's C(acknowledge) names; left out for others.
      type: bool
      sample: true
warnings:
  description:
    - The warnings as sentences, which Ansible displays, without those that are acknowledged. Ansible keeps this name
      for text, so their parts are in RV(warning_details).
  type: list
  elements: str
  returned: when there are warnings
  sample: ['group_vars/prod/email.yml:6:17: smtp.encryption: with none the login is sent in clear text']
warning_details:
  description: The warnings in the shape of RV(errors).
  type: list
  elements: dict
  returned: always
  contains: *finding
waivers:
  description: What is accepted although a policy forbids it.
  type: list
  elements: dict
  returned: always
  contains:
    policy:
      description: The policy.
      type: str
      sample: encryption-required
    path:
      description: The setting that may break it, or a section.
      type: str
      sample: smtp.encryption
    reason:
      description: Why.
      type: str
      sample: the relay speaks no TLS before it is replaced
    until:
      description: The last day that it is accepted.
      type: str
      sample: "2026-12-31"
    ended:
      description: Whether that day is past. Then the waiver is among the RV(errors).
      type: bool
      sample: false
    used:
      description: Whether something breaks the policy there. If not, the waiver is among the RV(warnings).
      type: bool
      sample: true
    file:
      description: The file that the waiver stands in, or V(null).
      type: str
      sample: group_vars/prod/email.yml
    line:
      description: The line, or V(null).
      type: int
      sample: 12
    column:
      description: The column, or V(null).
      type: int
      sample: 7
    hosts:
      description: The hosts that have the waiver. Empty without O(hosts).
      type: list
      elements: str
      sample: [app1]
accepted:
  description:
    - What targets accept although they cannot honour it, in the shape of RV(waivers), with C(target) in place of
      C(policy). C(reason) and C(until) are V(null) where it is accepted by its name alone.
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
summary:
  description: The figures of an inventory.
  type: dict
  returned: with O(hosts)
  contains:
    environments:
      description: For each environment its C(name) and how many C(hosts), C(targets), C(errors) and C(warnings) it has.
      type: list
      elements: dict
      sample:
        - {errors: 1, hosts: 1, name: prod, targets: 1, warnings: 2}
        - {errors: 0, hosts: 1, name: staging, targets: 1, warnings: 2}
    hosts:
      description: How many hosts were judged.
      type: int
      sample: 2
    not_judged:
      description: How many hosts could not be judged; with RV(summary.hosts), they are the hosts of the environments.
      type: int
      sample: 0
    distinct:
      description: How many different settings they have.
      type: int
      sample: 2
    skipped:
      description: The hosts without C(email_settings).
      type: list
      elements: str
      sample: [db1]
    targets:
      description: How many targets they have, each counted for each host.
      type: int
      sample: 2
    errors:
      description: How many errors were found.
      type: int
      sample: 1
    warnings:
      description: How many warnings were found, without those that are acknowledged.
      type: int
      sample: 4
    acknowledged:
      description: How many warnings were found that a target acknowledges.
      type: int
      sample: 0
    waivers:
      description: How many waivers there are.
      type: int
      sample: 2
    accepted:
      description: How many settings targets accept.
      type: int
      sample: 0
    seconds:
      description: How long it took.
      type: float
      sample: 0.082
coverage:
  description:
    - For each application what becomes of every setting, by its name in RV(coverage).
    - With O(hosts), once for each version of each application, and C(waived) of all hosts together.
  type: dict
  returned: always
  contains:
    target:
      description: The application.
      type: str
      sample: msmtp
    version:
      description: The version that it was judged for, or V(null).
      type: str
      sample: 1.8.20
    carried:
      description: The settings that change what is rendered.
      type: list
      elements: str
      sample:
        [smtp.host, smtp.port, smtp.encryption, smtp.timeout, smtp.helo_name, smtp.tls.verify, smtp.tls.ca_file,
          smtp.tls.server_name, smtp.tls.minimum_version, smtp.tls.client_certificate, smtp.tls.client_key,
          smtp.auth.username, smtp.auth.password, smtp.auth.mechanism, sender.address, sender.allow_custom_address]
    refused:
      description: The settings that the application cannot honour; any other value than its own is an error.
      type: list
      elements: str
      sample: [sender.use_user_address, delivery.excluded_recipients]
    not_carried:
      description: The settings that are harmless there and not rendered.
      type: list
      elements: str
      sample:
        [imap.host, imap.port, imap.encryption, imap.timeout, imap.mailbox, imap.tls.verify, imap.tls.ca_file,
          imap.tls.server_name, imap.tls.minimum_version, imap.tls.client_certificate, imap.tls.client_key,
          imap.auth.username, imap.auth.password, imap.auth.mechanism, sender.display_name, sender.reply_to,
          sender.use_display_name, contacts.administrator, contacts.helpdesk, delivery.delay, delivery.retry_interval,
          delivery.max_errors, delivery.max_per_second, attachments.allowed, attachments.max_size_mb,
          error_notifications.address, error_notifications.level, application.url]
    waived:
      description: The settings that were refused and accepted all the same.
      type: list
      elements: str
      sample: [sender.use_user_address]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import VALIDATE


def main() -> None:
    """Say that this module is the documentation of an action plugin."""
    module = AnsibleModule(argument_spec=VALIDATE, required_one_of=[("settings", "hosts")], supports_check_mode=True)
    module.fail_json(msg="appmail.settings.validate runs on the controller: its action plugin was not found")


if __name__ == "__main__":
    main()
