# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that smtp_check and imap_check have in common."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - What to call the endpoint in results and messages. Without a value it is C(host:port).
      - Beside O(endpoints) it is refused, for it would name all of them alike.
    type: str
  host:
    description:
      - The server's DNS name, IPv4 or IPv6 address. An internationalised name is turned into its A-labels (IDNA 2008).
      - Either O(host) or O(endpoints) must be given.
    type: str
  encryption:
    description:
      - How the connection is encrypted. It must be given, here or for every one of the O(endpoints).
      - V(none) never encrypts. V(starttls) must succeed and never falls back. V(implicit_tls) is TLS from the first
        byte.
      - V(starttls_opportunistic) uses STARTTLS where the server offers it, else it goes on in clear with the warning
        C(tls_not_used); a password is not sent in clear then. A certificate that is not accepted fails the check
        there too, unless O(tls.verify) is V(false).
    type: str
    choices: [none, starttls_opportunistic, starttls, implicit_tls]
  timeout:
    description:
      - The deadline of the whole endpoint in seconds, from the name's resolution to the last answer, O(retries) and
        their
        delays included. Without a value it is 30.
    type: float
  tls:
    description:
      - How the server's certificate is judged. Paths are those of the host that checks.
    type: dict
    suboptions:
      verify:
        description:
          - Whether the server's certificate must be trusted and bear the host's name.
          - Without a value it must. V(false) gives the warning C(certificate_not_checked).
        type: bool
      ca_file:
        description:
          - PEM file with the certificate authorities to trust, in place of those that the host knows.
            An absolute path there.
        type: str
      server_name:
        description:
          - The name that the certificate must bear, where it is not the O(host).
        type: str
      minimum_version:
        description:
          - The oldest TLS version to accept. Without a value it is 1.2.
        type: str
        choices: ["1.0", "1.1", "1.2", "1.3"]
      client_certificate:
        description:
          - PEM file with this host's certificate, for servers that ask for one. An absolute path there.
        type: str
      client_key:
        description:
          - PEM file with the key to O(tls.client_certificate), without a passphrase. May be in the same file. An
            absolute path there.
        type: str
  username:
    description:
      - Who logs in. Without it there is no login.
      - A run logs in once and never again, so that no account is locked out by a check.
    type: str
  password:
    description:
      - The password of O(username), or its access token for O(mechanism=xoauth2) and O(mechanism=oauthbearer), which
        P(appmail.settings.oauth2_token#lookup) gets.
    type: str
  mechanism:
    description:
      - The SASL mechanism. V(auto), which it is without a value, takes the first that the server offers of
        SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, PLAIN and LOGIN, for what shows the password least is no worse where it
        works.
      - A server may offer what it holds no secret for. As a run logs in once, nothing else is tried then. The hint
        names the mechanism that was used, and to set another one is what helps, as V(plain) inside TLS.
      - The OAuth mechanisms are used only when asked for by name.
    type: str
    choices: [auto, plain, login, cram-md5, scram-sha-1, scram-sha-256, xoauth2, oauthbearer]
  certificate_days:
    description:
      - Warn (C(certificate_expires_soon)) when the server's certificate ends in fewer days. Without a value it is 14.
    type: int
  address_family:
    description:
      - Which addresses of O(host) to use. Without a value it is V(any).
    type: str
    choices: [any, ipv4, ipv6]
  source_address:
    description:
      - The address of the checking host to connect from.
    type: str
  retries:
    description:
      - How often to try again after a temporary failure, all within O(timeout). Without a value it is 0.
      - A login is never tried again, whatever came of it. A sender or recipient that the server puts off
        (greylisting) is
        tried again in the same conversation.
    type: int
  retry_delay:
    description:
      - Seconds to wait before another try. Without a value it is 5.
    type: float
  probe_invalid_login:
    description:
      - After a login was accepted, try another one with a made-up user over a second connection. If that is accepted
        too,
        the server takes anybody, and the result has the warning C(login_not_verified).
      - The real account isn't touched, but the server's log has a failed login. Without a value it is V(false).
    type: bool
  transcript:
    description:
      - Return the conversation, with the password replaced wherever it stands as it is, in Base64 or percent-encoded.
        Without a value it is V(false).
    type: bool
  max_parallel:
    description:
      - How many endpoints to check at a time. Those that never answer keep their places until their O(timeout) is over;
        where they are more than there are places, the others wait that long.
      - Endpoints that share a host, a port, a user and a password connect at the same time, but one of them tries the
        login while the others wait for the server's verdict. What was refused is not tried again at that host and port.
    type: int
    default: 50
  fail_on:
    description:
      - Which categories fail the task. With an empty list it never fails, and the results say how it is.
    type: list
    elements: str
    choices: [connection_failed, login_failed, failed]
    default: [connection_failed, login_failed, failed]
  payload:
    description:
      - What the controller's half hands to the host's half. Not for playbooks.
    type: str
attributes:
  check_mode:
    description: A check changes nothing, so check mode does the same.
    support: full
  diff_mode:
    description: Nothing changes, so there is nothing to show.
    support: none
  idempotent:
    description: C(changed) is always false, and no message is sent.
    support: full
"""
