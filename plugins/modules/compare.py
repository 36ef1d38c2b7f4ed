#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
short_description: Say what differs between the email settings of two inventories or revisions
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Compares the settings as they take effect, after variable precedence, templates and vault, and says by environment
    and setting what differs.
  - A secret is only ever V(changed), V(added) or V(removed). Neither its value nor its length nor a digest of it is
    shown or written anywhere.
  - A git revision is read into a folder of its own. The working tree, the index and the branches stay as they are.
  - Runs on the controller alone. Nothing connects anywhere.
options:
  before:
    description: What to compare with. One of its options must be given.
    type: dict
    suboptions: &side
      inventory:
        description:
          - The inventory, one or several paths. Left out, it is the other side's.
          - Group and host variables are read from beside the inventory.
        type: list
        elements: str
        default: []
      revision:
        description:
          - The git revision to read the inventory from, such as V(main), V(HEAD~3) or a tag. Left out, it is read as
            it stands on the disk.
        type: str
  after:
    description: What is compared. Left out, it is the inventory of this run as it stands on the disk.
    type: dict
    suboptions: *side
  hosts:
    description: The hosts to compare, a pattern as for C(--limit).
    type: str
    default: all
  environments:
    description:
      - Environments whose names differ, the name in O(before) to the name in O(after).
      - Where each side has one environment alone, the two are compared whatever their names.
    type: dict
    default: {}
  formats:
    description:
      - The forms of the result. The text is always printed, the others where O(dest) is not set.
      - In O(dest) the files are C(email-differences.txt), C(email-differences.md) and C(email-differences.json).
    type: list
    elements: str
    choices: [json, markdown, text]
    default: [text]
  dest:
    description: The folder for the files. It is made where it is missing. A relative path starts where you stand.
    type: path
attributes:
  check_mode:
    description: Does the same in check mode, for it changes nothing.
    support: full
  diff_mode:
    description: Nothing is changed. What differs is the result.
    support: none
  idempotent:
    description: The same settings give the same result, byte by byte.
    support: full
requirements:
  - jsonschema on the controller
  - git on the controller, for revisions
seealso:
  - module: appmail.settings.validate
"""

EXAMPLES = r"""
- name: What this branch changes
  appmail.settings.compare:
    before:
      revision: origin/main

- name: What differs between staging and production
  appmail.settings.compare:
    before:
      inventory: [inventories/staging]
    after:
      inventory: [inventories/production]
    formats: [text, markdown]
    dest: reports
"""

RETURN = r"""
msg:
  description: How many differences there are, and which hosts could not be compared.
  type: str
  returned: always
  sample: "email settings: 2 differences in 1 of 3 environments"
same:
  description: Whether nothing differs, hosts included.
  type: bool
  returned: always
  sample: false
schema_version:
  description: The version of this form, which is the form of C(email-differences.json) too.
  type: int
  returned: always
  sample: 1
before:
  description: What was compared with.
  type: dict
  returned: always
  contains: &what
    inventory:
      description: The inventory.
      type: list
      elements: str
      sample: [hosts.yml]
    revision:
      description: The revision as it was given, or V(null).
      type: str
      sample: HEAD~1
    commit:
      description: The commit that it led to, or V(null).
      type: str
      sample: 915da519e815a67d194f711c820b140168e59cdf
after:
  description: What was compared.
  type: dict
  returned: always
  contains: *what
environments:
  description: Every environment of either side, by name.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Its name, or both names with an arrow between them.
      type: str
      sample: prod
    hosts_before:
      description: Its hosts before.
      type: list
      elements: str
      sample: [app1]
    hosts_after:
      description: Its hosts after.
      type: list
      elements: str
      sample: [app1]
    differences:
      description: What differs, in the order of the schema.
      type: list
      elements: dict
      contains:
        path:
          description: The setting, such as V(smtp.port) or V(email_targets[postfix].options.relay_domains).
          type: str
          sample: smtp.port
        change:
          description: What became of it, V(changed), V(added) or V(removed).
          type: str
          sample: changed
        secret:
          description: Whether it is a secret.
          type: bool
          sample: false
        before:
          description:
            - The distinct values before. Empty where it was not set, V(null) for a secret.
            - There are several only where no host has the same name before and after, and the hosts do not agree.
          type: list
          sample: [70000]
        after:
          description: The distinct values after, in the same way.
          type: list
          sample: [587]
        hosts:
          description: The hosts that it differs for.
          type: list
          elements: str
          sample: [app1]
unreadable:
  description: Hosts that were compared on neither side, because their variables cannot be templated, and why.
  type: list
  elements: str
  returned: always
  sample: ['after app2: email_settings.smtp.auth.password is vaulted, and none of the vault passwords opens it']
files:
  description: The files that were written.
  type: list
  elements: str
  returned: always
  sample: [reports/email-differences.txt, reports/email-differences.md]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import COMPARE


def main() -> None:
    """Say that this module is the documentation of an action plugin."""
    module = AnsibleModule(argument_spec=COMPARE, supports_check_mode=True)
    module.fail_json(msg="appmail.settings.compare runs on the controller: its action plugin was not found")


if __name__ == "__main__":
    main()
