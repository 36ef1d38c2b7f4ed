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
extends_documentation_fragment:
  - appmail.settings.settings
  - appmail.settings.settings.policies
options:
  annotations:
    description:
      - Print each finding so that a code review shows it on its line as well.
      - V(github) prints workflow commands, V(gitlab) prints one Code Quality report as JSON.
    type: str
    choices: [none, github, gitlab]
    default: none
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
    policy:
      description: The policy that this breaks, or V(null).
      type: str
    documentation:
      description: What the rule was made from, or V(null).
      type: str
    file:
      description: The file, relative to the playbook's folder or to the folder that you stand in; V(null) where unknown.
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
warnings:
  description:
    - The warnings as sentences, which Ansible displays. Ansible keeps this name for text, so their parts are in
      RV(warning_details).
  type: list
  elements: str
  returned: when there are warnings
warning_details:
  description: The warnings in the shape of RV(errors).
  type: list
  elements: dict
  returned: always
  contains: *finding
coverage:
  description: For each application what becomes of every setting, by its name in RV(coverage).
  type: dict
  returned: always
  contains:
    target:
      description: The application.
      type: str
    version:
      description: The version that it was judged for, or V(null).
      type: str
    carried:
      description: The settings that change what is rendered.
      type: list
      elements: str
    refused:
      description: The settings that the application cannot honour; any other value than its own is an error.
      type: list
      elements: str
    not_carried:
      description: The settings that are harmless there and not rendered.
      type: list
      elements: str
    waived:
      description: The settings that were refused and accepted all the same.
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._arguments import VALIDATE


def main() -> None:
    """Say that this module is the documentation of an action plugin."""
    module = AnsibleModule(argument_spec=VALIDATE, supports_check_mode=True)
    module.fail_json(msg="appmail.settings.validate runs on the controller: its action plugin was not found")


if __name__ == "__main__":
    main()
