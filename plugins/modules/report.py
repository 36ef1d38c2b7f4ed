#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Write the record of what every environment's email is set to
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Judges what each host of an inventory is given, joins it with other records, and writes the record in the forms that
    auditors, reviewers and machines read. Nothing connects anywhere, unless O(domains) asks DNS.
  - The source of all forms is C(email-record.json), which C(schemas/record.schema.json) describes. Its part C(intended)
    depends on the files and their revision alone, so the same commit gives the same bytes. Its part C(observed) is what
    checks and applies saw, with time and host.
  - Every value has its file, line and column, and the commit that wrote the line. A secret is never in it, only how it
    is kept and the name of its variable.
options:
  hosts:
    description:
      - The hosts whose settings are the record's C(intended) part, usually C(ansible_play_hosts_all).
      - The variables C(email_settings), C(email_settings_base), C(email_targets), C(email_target_paths) and
        C(email_policies) are read of each.
    type: list
    elements: str
    default: []
  records:
    description:
      - Files, or folders of them, to join with it. Records of slices of an inventory give the same bytes as one run
        over all of it, but for policies that compare environments, which slices cannot judge by.
      - What the checks and applies of hosts left becomes the part C(observed).
      - Records of slices must be of one revision.
    type: list
    elements: path
    default: []
  formats:
    description:
      - The forms to write into O(dest).
      - V(json) is C(email-record.json), V(html) one page that needs nothing else, V(markdown) the whole of it as text,
        V(csv) tables of values, findings, waivers and a plan to fill in.
      - V(junit) and V(sarif) are the findings for CI services, V(ocsf) compliance findings for a SIEM, V(lock) the
        values alone for reviews, V(prometheus) figures for node_exporter, and V(manifest) the SHA-256 sums of all the
        others.
    type: list
    elements: str
    choices: [csv, html, json, junit, lock, manifest, markdown, ocsf, prometheus, sarif]
    default: [html, json]
  dest:
    description: The folder for the files. It is made where it is missing. Without one the record is only shown.
    type: path
  lock_file:
    description:
      - The lock file to bring up to date, usually C(email-settings.lock.yml) in the repository, where it is committed.
      - It holds what takes effect everywhere, a line a value, without places and without secrets, so that a review of
        one variable shows all that it does. The gate fails when it is out of date.
    type: path
  authors:
    description: Whether the record names who wrote a line.
    type: bool
    default: true
  today:
    description: The day that waivers and ages are told by, such as V(2026-12-31). Left out, it is today in UTC.
    type: str
  stale_after_days:
    description: How many days a check's result counts.
    type: int
    default: 30
  since:
    description:
      - A git revision, such as V(v1.2) or V(HEAD~20). The record then tells which commits since then changed what takes
        effect, with author, date, signature, trailers, and what the gate says at that commit.
      - The main line of history is followed. A merge is told as one change, when its changes took effect.
    type: str
  last:
    description: The last revision that is told of.
    type: str
    default: HEAD
  pattern:
    description: The hosts whose changes are told, a pattern as for C(--limit).
    type: str
    default: all
  domains:
    description:
      - Whether DNS is asked, from the controller, about the domains that the settings of O(hosts) send from.
      - The record then shows their SPF, DMARC, MX and MTA-STS records, and whether SPF allows the relay's addresses.
        Nothing of it is required, and no status of the record depends on it.
      - What SPF says hangs on the addresses that DNS gives for the relay's name. A relay may send from others.
      - It needs dnspython. Where that is missing, the record says so and nothing is looked up.
    type: bool
    default: false
  domains_nameserver:
    description:
      - The one name server to ask, by address, such as V(192.0.2.53) or V([2001:db8::53]:5353), for instance the one
        that the world sees where DNS is split. Left out, the controller's own resolver is asked.
    type: str
  domains_timeout:
    description: The seconds that all lookups together may take. What is not answered by then is V(not judged).
    type: float
    default: 30
  show:
    description: What is shown on the terminal, the record or the changes since O(since).
    type: str
    choices: [record, changes]
    default: record
attributes:
  check_mode:
    description: Says what would be written.
    support: full
  diff_mode:
    description: The files are made for people and machines, and not compared.
    support: none
  idempotent:
    description: The same settings at the same revision and on the same day give the same bytes.
    support: full
requirements:
  - jsonschema on the controller
  - git on the controller, for commits
  - dnspython on the controller, for O(domains)
seealso:
  - module: appmail.settings.validate
  - module: appmail.settings.compare
"""

EXAMPLES = r"""
- name: The record of the whole inventory
  appmail.settings.report:
    hosts: "{{ ansible_play_hosts_all }}"
    dest: record
  run_once: true

- name: One record of the slices that several jobs judged, and of what the hosts' checks saw
  appmail.settings.report:
    records: [slices, observed]
    formats: [html, json, csv, manifest]
    dest: record
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: The record's headline. It never says that all is in order while anything was not judged.
  type: str
  returned: always
  sample: "The settings are in order; the servers of 8 of 8 applications were not checked"
files:
  description: The files of the record.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: Where it is.
      type: str
      sample: record/email-record.json
    changed:
      description: Whether it was written, or would be in check mode.
      type: bool
      sample: true
revision:
  description: The commit that the record is of; V(null) where there is none.
  type: dict
  returned: success
  contains:
    commit:
      description: Its full name.
      type: str
      sample: e04d797c6e42578d9f127e354896d65b47df1011
    date:
      description: Its day.
      type: str
      sample: '2026-11-28'
    clean:
      description: Whether the files were those of the commit.
      type: bool
      sample: true
    shallow:
      description: Whether the history is cut off, so that no line's commit is known.
      type: bool
      sample: false
summary:
  description: The figures, as C(schemas/record.schema.json) describes them. Those of the environments add up.
  type: dict
  returned: success
  sample:
    headline: 'In order: 1 of 1 application'
    good: true
    total:
      hosts: 1
      judged: 1
      not_judged: 0
      no_settings: 0
      applications: 1
      units: 1
      intended: {pass: 1}
      observed: {pass: 1}
    environments:
      - name: ungrouped
        hosts: 1
        judged: 1
        not_judged: 0
        no_settings: 0
        applications: 1
        units: 1
        intended: {pass: 1}
        observed: {pass: 1}
    cells:
      - environment: ungrouped
        application: msmtp
        count: 1
        intended: {pass: 1}
        observed: {pass: 1}
        status: pass
    policies: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._host.arguments import REPORT


def main() -> None:
    """Say that this module is the documentation of an action plugin."""
    module = AnsibleModule(argument_spec=REPORT, supports_check_mode=True)
    module.fail_json(msg="appmail.settings.report runs on the controller: its action plugin was not found")


if __name__ == "__main__":
    main()
