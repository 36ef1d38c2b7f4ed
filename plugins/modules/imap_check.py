#!/usr/bin/python
# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imap_check
short_description: Find out whether a mailbox can be read over IMAP with these settings, and why not
version_added: 1.0.0
author: The appmail.settings authors (@appmail)
description:
  - Talks to one or many IMAP servers as an application will, from the host that will fetch the mail, and says at which
    stage a failure arose, why, and what to do about it.
  - Resolves the name, connects, negotiates TLS with verified certificates, logs in once, and opens the mailbox read
    only
    with C(EXAMINE). No mailbox is changed, no message is marked as seen.
  - Needs nothing but Python on the host.
extends_documentation_fragment:
  - appmail.settings.check
options:
  port:
    description:
      - The server's port. Without a value it is V(993) for O(encryption=implicit_tls), else V(143).
    type: int
  mailbox:
    description:
      - The mailbox to open after the login, read only with C(EXAMINE). Without a value it is INBOX.
    type: str
  endpoints:
    description:
      - Many servers to check at a time, equal ones once. The options beside it, all but O(name), are the defaults for
        all of them, also where an endpoint has V(null). Only a V(null) for its username takes back the login that
        stands beside it.
      - An empty list checks nothing, also beside a O(host), and the module warns of it.
      - Better than a C(loop) over accounts, for Ansible displays an item that failed with all that it holds, and so its
        password.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - What to call this endpoint.
        type: str
      host:
        description:
          - Like O(host), for this endpoint.
        type: str
      port:
        description:
          - Like O(port), for this endpoint.
        type: int
      encryption:
        description:
          - Like O(encryption), for this endpoint.
        type: str
        choices: [none, starttls_opportunistic, starttls, implicit_tls]
      timeout:
        description:
          - Like O(timeout), for this endpoint.
        type: float
      tls:
        description:
          - Like O(tls), for this endpoint; laid over it key by key.
        type: dict
        suboptions:
          verify:
            description:
              - Like O(tls.verify), for this endpoint.
            type: bool
          ca_file:
            description:
              - Like O(tls.ca_file), for this endpoint.
            type: str
          server_name:
            description:
              - Like O(tls.server_name), for this endpoint.
            type: str
          minimum_version:
            description:
              - Like O(tls.minimum_version), for this endpoint.
            type: str
            choices: ["1.0", "1.1", "1.2", "1.3"]
          client_certificate:
            description:
              - Like O(tls.client_certificate), for this endpoint.
            type: str
          client_key:
            description:
              - Like O(tls.client_key), for this endpoint.
            type: str
      username:
        description:
          - Like O(username), for this endpoint. With V(null) it has no login.
        type: str
      password:
        description:
          - Like O(password), for this endpoint.
        type: str
      mechanism:
        description:
          - Like O(mechanism), for this endpoint.
        type: str
        choices: [auto, plain, login, cram-md5, scram-sha-1, scram-sha-256, xoauth2, oauthbearer]
      mailbox:
        description:
          - Like O(mailbox), for this endpoint.
        type: str
      certificate_days:
        description:
          - Like O(certificate_days), for this endpoint.
        type: int
      address_family:
        description:
          - Like O(address_family), for this endpoint.
        type: str
        choices: [any, ipv4, ipv6]
      source_address:
        description:
          - Like O(source_address), for this endpoint.
        type: str
      retries:
        description:
          - Like O(retries), for this endpoint.
        type: int
      retry_delay:
        description:
          - Like O(retry_delay), for this endpoint.
        type: float
      probe_invalid_login:
        description:
          - Like O(probe_invalid_login), for this endpoint.
        type: bool
      transcript:
        description:
          - Like O(transcript), for this endpoint.
        type: bool
seealso:
  - module: appmail.settings.smtp_check
  - module: appmail.settings.apply
"""

EXAMPLES = r"""
- name: Prove that the mailbox can be read with these settings
  appmail.settings.imap_check:
    host: imap.example.edu
    encryption: implicit_tls
    username: inbound
    password: "{{ vault_imap_password }}"
    mailbox: INBOX

- name: Warn in time of certificates that end within a month
  appmail.settings.imap_check:
    certificate_days: 30
    endpoints:
      - host: imap.example.edu
        encryption: implicit_tls
      - host: imap2.example.edu
        encryption: starttls
    fail_on: []
"""

RETURN = r"""
results:
  description: One result per endpoint, in the given order.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: The endpoint's O(endpoints[].name), or C(host:port).
      type: str
      sample: imap.example.edu:993
    host:
      description: The host as it was given.
      type: str
      sample: imap.example.edu
    port:
      description: The port.
      type: int
      sample: 993
    encryption:
      description: The encryption asked for.
      type: str
      sample: implicit_tls
    category:
      description: What came of it, in the four kinds that mail settings pages know.
      type: str
      choices: [complete, connection_failed, login_failed, failed]
      sample: login_failed
    msg:
      description: The category's message, then which endpoint, what was seen and what to do.
      type: str
      sample: >-
        IMAP login failed. Check server login or password. imap.example.edu:993: auth_rejected at auth: ...
    reason:
      description: Why, told apart. A reason never changes its meaning. They are described in C(docs/reasons.md).
      type: str
      choices:
        - dns_not_found
        - dns_invalid_name
        - dns_unavailable
        - connection_refused
        - connection_timeout
        - network_unreachable
        - connection_reset
        - source_address_unavailable
        - greeting_timeout
        - implicit_tls_expected
        - implicit_tls_not_spoken
        - not_smtp
        - not_imap
        - service_unavailable
        - client_rejected
        - hello_rejected
        - starttls_not_offered
        - starttls_refused
        - starttls_injected
        - tls_version_unsupported
        - tls_handshake_failed
        - certificate_expired
        - certificate_not_yet_valid
        - certificate_self_signed
        - certificate_untrusted
        - certificate_name_mismatch
        - certificate_invalid
        - client_certificate_required
        - tls_file_unreadable
        - auth_not_offered
        - auth_mechanism_not_offered
        - auth_mechanism_refused
        - auth_token_invalid
        - auth_not_encodable
        - auth_requires_encryption
        - auth_rejected
        - auth_app_password_required
        - auth_disabled_for_account
        - auth_temporary_failure
        - auth_too_many_attempts
        - auth_required
        - sender_rejected
        - sender_not_owned
        - sender_deferred
        - recipient_rejected
        - relay_denied
        - recipient_deferred
        - message_size_exceeded
        - already_authenticated
        - mailbox_not_found
        - timeout
        - disconnected
        - protocol_error
        - unknown
        - ok
      sample: auth_rejected
    stage:
      description: Where the conversation ended.
      type: str
      choices: [resolve, connect, greeting, hello, starttls, tls, auth, sender, recipient, size, mailbox, done]
      sample: auth
    hint:
      description: What to do about it; empty when there is nothing to do.
      type: str
      sample: >-
        Check username and password, and that this account may log in over IMAP. It was tried once, and not again.
    reply:
      description: What the server said that decided, or last; V(null) where it said nothing.
      type: dict
      contains:
        code:
          description: OK, NO, BAD, BYE or PREAUTH, V(null) for what is no IMAP response.
          type: str
          sample: "NO"
        enhanced_code:
          description: The response code (RFC 5530), or V(null).
          type: str
          sample: AUTHENTICATIONFAILED
        text:
          description: The words, cleaned of control characters and secrets, and cut where they are long.
          type: str
          sample: Authentication failed.
    temporary:
      description: Whether the same settings may work later.
      type: bool
      sample: false
    attempts:
      description: All tries, the last one being the verdict.
      type: list
      elements: dict
      contains:
        category:
          description: As RV(results[].category), of this try.
          type: str
          sample: login_failed
        reason:
          description: As RV(results[].reason), of this try.
          type: str
          sample: auth_rejected
        stage:
          description: As RV(results[].stage), of this try.
          type: str
          sample: auth
        temporary:
          description: As RV(results[].temporary), of this try.
          type: bool
          sample: false
        address:
          description: As RV(results[].address), of this try.
          type: str
          sample: 192.0.2.25
        addresses:
          description: The addresses of the host that could not be connected to.
          type: list
          elements: dict
          contains:
            address:
              description: The IP address.
              type: str
              sample: 192.0.2.25
            reason:
              description: Why it could not be connected to.
              type: str
              sample: connection_refused
            detail:
              description: The system's own words.
              type: str
              sample: Connection refused
        logins:
          description: How many logins were tried with the credentials, 0 or 1.
          type: int
          sample: 1
        duration:
          description:
            - How long it took, in milliseconds. V(null) for what the server put off within a conversation, whose whole
              time stands in the next try.
          type: float
          sample: 21.9
    checked_from:
      description: The host that the check spoke from. A check from elsewhere proves less.
      type: str
      sample: app1.example.edu
    address:
      description: The server's IP address, V(null) if none was reached.
      type: str
      sample: 192.0.2.25
    tls:
      description: What was negotiated, V(null) without TLS. Also given for a certificate that was refused.
      type: dict
      contains:
        version:
          description: The TLS version.
          type: str
          sample: TLSv1.3
        cipher:
          description: The cipher suite.
          type: str
          sample: TLS_AES_256_GCM_SHA384
        certificate:
          description: The server's own certificate.
          type: dict
          contains:
            subject:
              description: Whom it was issued to.
              type: str
              sample: CN=imap.example.edu
            issuer:
              description: Who issued it.
              type: str
              sample: CN=Example CA, O=Example University
            names:
              description: The DNS names and IP addresses that it bears.
              type: list
              elements: str
              sample: [imap.example.edu]
            not_after:
              description: When it ends, in UTC.
              type: str
              sample: "2026-11-21T10:00:00Z"
            days_left:
              description: Whole days until then, negative once it has ended.
              type: int
              sample: 90
            sha256:
              description: Its SHA-256 digest, in hexadecimal.
              type: str
              sample: fbc9ca13f6a52633583a2d15335e0cc68b3e5bf4c9ec7bffb28ea9d8ea1ff882
    auth:
      description: What is known of the login.
      type: dict
      contains:
        offered:
          description: The mechanisms that the server offers.
          type: list
          elements: str
          sample: [PLAIN, LOGIN]
        mechanism:
          description: The one that was used, V(null) without a login.
          type: str
          sample: PLAIN
        verified:
          description:
            - V(true) if the server accepted the credentials, V(false) if it is known to take any, V(null) without an
              accepted
              login.
          type: bool
          sample: true
    capabilities:
      description: What the server said that it can do, as last asked.
      type: list
      elements: str
      sample: [IMAP4REV1, SASL-IR, AUTH=PLAIN]
    warnings:
      description:
        - What a passed check still warns of, by name. The module warns of it in a sentence too.
        - "C(certificate_expires_soon): the server's certificate ends on {not_after}, in {days_left} days, which
          is within certificate_days."
        - "C(certificate_without_names): the server's certificate has a common name alone and no subject
          alternative name: programs in Go, and by RFC 9525 all others, refuse it."
        - "C(greeting_paused): the server greeted only after {greeting_seconds} s: the application's timeout
          must be longer, and it must not speak first."
        - "C(client_id_wanted): the server opened the mailbox only to a client that said who it is (ID, RFC
          2971): the application must do so as well."
        - "C(login_not_verified): the server takes any login: a made-up one was accepted too, or it took no
          notice of the credentials."
        - "C(password_sent_in_clear): the login went over an unencrypted connection, as encryption: none says."
        - "C(tls_not_used): starttls_opportunistic fell back: the conversation was not encrypted."
        - "C(certificate_not_checked): tls.verify is false: anyone can pose as this server."
        - "C(sender_not_tried): whether the server lets this login send is not known: no sender was given, or it
          is another address than the login's and was accepted only up to RCPT TO; some providers refuse after
          DATA, and no message was sent."
        - "C(weak_tls_version): the connection uses a TLS version below 1.2."
      type: list
      elements: str
      sample: [certificate_expires_soon]
    timings:
      description: Milliseconds by stage.
      type: dict
      sample: {resolve: 1.2, connect: 0.4, greeting: 3.1}
    transcript:
      description: The conversation with secrets replaced, V(null) unless O(transcript) is set.
      type: list
      elements: str
      sample: ["S: * OK ready"]
category:
  description: The worst result's category, of those in O(fail_on) where there are any; V(null) without endpoints.
  type: str
  returned: always
  choices: [complete, connection_failed, login_failed, failed]
  sample: complete
reason:
  description: The same result's reason.
  type: str
  returned: always
  sample: ok
stage:
  description: The same result's stage.
  type: str
  returned: always
  sample: done
msg:
  description:
    - The same result's message, and of many endpoints how many did not pass, whether they fail the task or not.
  type: str
  returned: always
  sample: >-
    Test connection complete: imap.example.edu:993, TLSv1.3, login by PLAIN.
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.appmail.settings.plugins.module_utils._host.check import argument_spec, run


def main() -> None:
    """Check what the controller's half read."""
    run("imap", AnsibleModule(argument_spec=argument_spec("imap"), supports_check_mode=True))


if __name__ == "__main__":
    main()
