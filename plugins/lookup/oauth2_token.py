# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: oauth2_token
short_description: An OAuth 2.0 access token, to log in to a mail server with
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Asks a token server for an access token, for C(password) with the mechanisms C(xoauth2) and C(oauthbearer).
  - Without O(refresh_token) by client credentials (RFC 6749 4.4), with it by the refresh token (RFC 6749 6).
  - The request goes over verified TLS, to O(token_url) alone. Redirects are refused. Proxies are those of the
    environment (E(https_proxy), E(no_proxy)).
  - Neither the token nor what it was had by stands in any message of this lookup.
notes:
  - A token is kept in memory, never on disk, until a minute before it ends. Ansible works on each host of each task in
    a process of its own, which takes its memory with it. So one token serves all that is templated for one host in one
    task, and the next task asks again. Where that is too often, ask once in a task with C(run_once) and C(no_log), and
    register a fact; a cache of facts would write it down.
  - A token server may give a new refresh token with each answer. It is told by a warning, not shown and not kept.
  - It runs on the controller, which needs the way to the token server. Managed hosts do not.
options:
  provider:
    description:
      - Where the mail is, which gives O(token_url) and O(scopes).
      - V(google) gives tokens for mail with O(refresh_token) only.
    type: str
    choices: [microsoft, google]
  protocol:
    description: What the token is for, which gives O(scopes).
    type: str
    choices: [smtp, imap]
    default: smtp
  tenant:
    description:
      - For O(provider=microsoft), the organisation's id or one of its domains. V(consumers) for private accounts.
    type: str
  token_url:
    description:
      - The address of the token server, which begins with C(https://). Needed without O(provider).
      - With it, it stands in the place of the provider's own, as for a national cloud. C({tenant}) in it is O(tenant).
    type: str
  client_id:
    description: The client's id, as the token server gave it when the application was registered.
    type: str
    required: true
  client_secret:
    description: The client's secret. Take it out of a vault.
    type: str
  client_secret_in:
    description:
      - Where the secret is sent, in the request's V(body), or in its V(header) as a password of HTTP.
    type: str
    choices: [body, header]
    default: body
  client_certificate:
    description:
      - The client's certificate in place of a secret, as PEM or as the path of a PEM file. Its key signs an assertion
        (RFC 7523 2.2), and never leaves the controller.
      - RSA and the elliptic curves P-256 and P-384 are known.
    type: str
  client_key:
    description: The certificate's private key, as PEM or as the path of a PEM file, unless it stands beside it.
    type: str
  client_key_passphrase:
    description: What opens the private key.
    type: str
  refresh_token:
    description:
      - What the account's owner agreed to once. The token is then of that account.
      - A client that is public has neither O(client_secret) nor O(client_certificate) beside it.
    type: str
  scopes:
    description:
      - What the token is to be good for, in place of the provider's own. Without O(provider) there are none unless they
        are given.
    type: list
    elements: str
  ca_file:
    description: A PEM file of the authorities that the server's certificate may be from, in place of the system's.
    type: path
  timeout:
    description: How many seconds the whole request may take.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Microsoft 365, by the application's own right
  appmail.settings.smtp_check:
    host: smtp.office365.com
    port: 587
    encryption: starttls
    username: noreply@example.edu
    password: "{{ lookup('appmail.settings.oauth2_token', provider='microsoft', tenant='example.edu',
      client_id='11112222-bbbb-3333-cccc-4444dddd5555', client_secret=vault_mail_client_secret) }}"
    mechanism: xoauth2
    sender: noreply@example.edu

- name: Microsoft 365, by a certificate, for incoming mail
  appmail.settings.imap_check:
    host: outlook.office365.com
    port: 993
    encryption: implicit_tls
    username: tickets@example.edu
    password: "{{ lookup('appmail.settings.oauth2_token', provider='microsoft', protocol='imap', tenant='example.edu',
      client_id='11112222-bbbb-3333-cccc-4444dddd5555', client_certificate='/etc/ansible/mail-client.pem',
      client_key=vault_mail_client_key) }}"
    mechanism: xoauth2

- name: Google, by a refresh token
  appmail.settings.smtp_check:
    host: smtp.gmail.com
    port: 587
    encryption: starttls
    username: noreply@example.edu
    password: "{{ lookup('appmail.settings.oauth2_token', provider='google', client_id=mail_client_id,
      client_secret=vault_mail_client_secret, refresh_token=vault_mail_refresh_token) }}"
    mechanism: xoauth2
    sender: noreply@example.edu

- name: A token server of one's own
  appmail.settings.smtp_check:
    host: smtp.example.edu
    port: 465
    encryption: implicit_tls
    username: svc-mail
    password: "{{ lookup('appmail.settings.oauth2_token', token_url='https://login.example.edu/realms/staff/token',
      client_id='svc-mail', client_secret=vault_mail_client_secret, scopes=['mail']) }}"
    mechanism: oauthbearer
"""

RETURN = r"""
_raw:
  description: The access token, one.
  type: list
  elements: str
  sample: [t0ken/qF5vJm0c3Tq0J1m5Yl0G8w]
"""

from collections.abc import Sequence
from typing import Any, cast

from ansible.errors import AnsibleLookupError, AnsibleOptionsError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.access_token import access_token
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_error import TokenError
from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_request import Options, token_request
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean


class LookupModule(LookupBase):
    """See the documentation above."""

    def run(self, terms: Sequence[object], variables: dict[str, Any] | None = None, **options: object) -> list[str]:
        try:
            _refuse_unknown(terms, options)
            return [access_token(token_request(self._read(variables, options)), Display().warning)]
        except TokenError as error:
            raise AnsibleLookupError(str(error)) from error

    def _read(self, variables: dict[str, Any] | None, options: dict[str, object]) -> Options:
        """The options in their documented types, with the defaults of those that were left out."""
        plugin = cast("Any", self)
        try:
            plugin.set_options(var_options=variables, direct=options)
        except AnsibleOptionsError as error:
            # It names the option; of those that are checked none is a secret.
            raise TokenError(f"oauth2_token: {error}") from error
        return cast("Options", {name: plugin.get_option(name) for name in Options.__annotations__})


def _refuse_unknown(terms: Sequence[object], options: dict[str, object]) -> None:
    """Ansible passes over what a lookup does not know."""
    if terms:
        raise TokenError("oauth2_token takes options by name only, such as client_id='...'")
    unknown = [name for name in options if name not in Options.__annotations__]
    if unknown:
        raise TokenError(f"oauth2_token has no option {unknown[0]}{did_you_mean(unknown[0], Options.__annotations__)}")
