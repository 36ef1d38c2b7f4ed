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
results:
  description: One result a server, as M(appmail.settings.smtp_check) and M(appmail.settings.imap_check) return them.
  type: list
  elements: dict
  returned: when the settings are valid
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
waivers:
  description: What was accepted of the organisation's policies, as M(appmail.settings.validate) returns it.
  type: list
  elements: dict
  returned: always
accepted:
  description: What targets accept although they cannot honour it, as M(appmail.settings.validate) returns it.
  type: list
  elements: dict
  returned: always
coverage:
  description: What becomes of every setting in each application, as M(appmail.settings.validate) returns it.
  type: dict
  returned: success, where O(coverage=true)
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
