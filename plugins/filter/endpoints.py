# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoints
short_description: The servers that email settings lead to
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Derives from a spec, and from the applications that get it, which servers are to be checked, equal ones once.
  - The result is what the O(appmail.settings.smtp_check#module:endpoints) and
    O(appmail.settings.imap_check#module:endpoints) options take. It holds passwords, so do not print it.
positional: _input
options:
  _input:
    description: The spec, usually the variable C(email_settings).
    type: dict
    required: true
  targets:
    description: The applications that get the settings. Without any, the servers of the spec itself.
    type: list
    elements: dict
    default: []
  base:
    description: The spec that lies under the input.
    type: dict
    default: {}
  target_paths:
    description: Folders with targets of your own, as absolute paths.
    type: list
    elements: path
    default: []
  protocol:
    description: Which servers are wanted.
    type: str
    choices: [smtp, imap]
    default: smtp
  options:
    description:
      - Options of the check for every server, such as C(retries) or C(recipients). They win over what the settings say.
    type: dict
    default: {}
seealso:
  - module: appmail.settings.smtp_check
  - module: appmail.settings.imap_check
"""

EXAMPLES = r"""
- name: Check the servers of all applications in one call
  appmail.settings.smtp_check:
    endpoints: "{{ email_settings | appmail.settings.endpoints(targets=email_targets) }}"
"""

RETURN = r"""
_value:
  description: One mapping a server, with RV(ignore:name) and the options of a check.
  type: list
  elements: dict
  sample:
    - encryption: none
      host: relay.example.edu
      name: relay.example.edu:25 (msmtp)
      port: 25
      sender: noreply@example.edu
      timeout: 30
      tls: {}
"""

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import report
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import CheckOptionsError, Protocol
from ansible_collections.appmail.settings.plugins.plugin_utils._servers.endpoints import endpoints as derive
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON


def endpoints(
    settings: JSON,
    targets: Sequence[JSON] = (),
    base: Mapping[str, JSON] | None = None,
    target_paths: Sequence[str] = (),
    protocol: Protocol = "smtp",
    options: Mapping[str, JSON] | None = None,
) -> list[dict[str, JSON]]:
    """The servers of the settings; raises AnsibleFilterError with every fault where the settings are not valid."""
    if protocol not in ("smtp", "imap"):
        raise AnsibleFilterError(f"protocol is smtp or imap, not {protocol}")
    judgement = judge(Request(settings=settings, base=base, targets=list(targets), target_paths=list(target_paths)))
    if not judgement.valid:
        raise AnsibleFilterError(report(judgement.errors))
    try:
        return derive(protocol, judgement.settings, judgement.targets, options)
    except CheckOptionsError as error:
        raise AnsibleFilterError(f"options: {error}") from error


class FilterModule:
    """The collection's filters."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        return {"endpoints": endpoints}
