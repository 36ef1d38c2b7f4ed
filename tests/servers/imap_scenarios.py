# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IMAP servers do, and what a check must say of it. Adding a scenario is adding a row."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.servers.sasl import cram_md5, scram
from tests.servers.scenarios import (
    IMAP_GREETING,
    LOGIN,
    PASSWORD,
    USERNAME,
    Expectation,
    Scenario,
    authenticate,
    capability,
    hear_nothing,
    imap_starttls,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

SHORT = {"timeout": 0.8}
SASL = "IMAP4rev1 SASL-IR AUTH=PLAIN"
ACCEPTED = authenticate("$ OK [CAPABILITY IMAP4rev1] Logged in")
EXAMINED = ('< EXAMINE "INBOX"', "> * 3 EXISTS|* OK [UIDVALIDITY 1] ok|$ OK [READ-ONLY] done")
IN_CLEAR = ("password_sent_in_clear",)
TOKEN_ERROR = b64encode(b'{"status":"400","schemes":"Bearer"}').decode("ascii")


def refused_login(name: str, reply: str, outcome: str, **more: Unpack[Expectation]) -> Scenario:
    """A server that answers a login by PLAIN over implicit TLS with this reply."""
    script = ("tls good", IMAP_GREETING, *authenticate(reply))
    return replace(Scenario(name, outcome, "implicit_tls", (script,), LOGIN, logins=1), **more)


CONNECTING = [
    Scenario("clear, no login", "complete ok done", "none", ((IMAP_GREETING,),), code="OK", enhanced_code="CAPABILITY"),
    Scenario("capabilities asked for", "complete ok done", "none", (("> * OK ready", *capability(SASL)),)),
    Scenario("STARTTLS, no login", "complete ok done", "starttls", ((*imap_starttls(), *capability(SASL)),)),
    Scenario("implicit TLS, no login", "complete ok done", "implicit_tls", (("tls good", IMAP_GREETING),)),
    Scenario(
        "opportunistic, offered", "complete ok done", "starttls_opportunistic", ((*imap_starttls(), *capability(SASL)),)
    ),
    Scenario(
        "opportunistic, not offered",
        "complete ok done",
        "starttls_opportunistic",
        ((IMAP_GREETING,),),
        warnings=("tls_not_used",),
    ),
    Scenario("closed at once", "connection_failed connection_reset greeting", "none", (("close",),)),
    Scenario(
        "silence",
        "connection_failed greeting_timeout greeting",
        "none",
        (("silence",),),
        SHORT,
        ("port",),
        temporary=True,
    ),
    Scenario(
        "TLS from the first byte, spoken to in clear",
        "connection_failed implicit_tls_expected greeting",
        "starttls",
        (("tls good",), ("tls good",)),
        {"timeout": 3},
        ("implicit_tls",),
        connections=2,
    ),
    Scenario(
        "clear text where TLS was wanted",
        "connection_failed implicit_tls_not_spoken tls",
        "implicit_tls",
        ((IMAP_GREETING,),),
        says=("starttls", "993"),
    ),
    Scenario("SMTP", "connection_failed not_imap greeting", "none", (("> 220 mail ESMTP",),), tells=("SMTP",)),
    Scenario(
        "SMTP, implicit TLS wanted",
        "connection_failed not_imap greeting",
        "implicit_tls",
        (("> 220 mail ESMTP",),),
        tells=("SMTP",),
    ),
    Scenario("POP3", "connection_failed not_imap greeting", "none", (("> +OK ready",),), tells=("POP3",)),
    Scenario("SSH", "connection_failed not_imap greeting", "none", ((b"SSH-2.0-OpenSSH_9.2\r\n",),), tells=("SSH",)),
    Scenario(
        "HTTP",
        "connection_failed not_imap greeting",
        "none",
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n", "close"),),
        tells=("HTTP",),
    ),
    Scenario("10 MB without a line end", "connection_failed not_imap greeting", "none", (("flood x",),)),
    Scenario("a greeting without end", "failed protocol_error greeting", "none", ((b"* OK ", "flood x"),)),
    Scenario(
        "too many connections",
        "connection_failed service_unavailable greeting",
        "none",
        (("> * BYE Too many connections from your IP",),),
        temporary=True,
        code="BYE",
    ),
    Scenario(
        "logged in already",
        "failed already_authenticated greeting",
        "starttls",
        (("> * PREAUTH welcome back",),),
        LOGIN,
        ("port",),
    ),
    Scenario("a greeting that is none", "failed protocol_error greeting", "none", (("> * NO thanks",),)),
    Scenario(
        "BYE at CAPABILITY",
        "connection_failed service_unavailable hello",
        "none",
        (("> * OK ready", "< CAPABILITY", "> * BYE going down"),),
        temporary=True,
    ),
    Scenario("CAPABILITY refused", "failed unknown hello", "none", (("> * OK ready", "< CAPABILITY", "> $ NO"),)),
    Scenario(
        "noise at CAPABILITY",
        "failed protocol_error hello",
        "none",
        (("> * OK ready", "< CAPABILITY", b"garbage\r\n"),),
        tells=("garbage",),
    ),
    Scenario(
        "an answer to another question",
        "failed protocol_error hello",
        "none",
        (("> * OK ready", "< CAPABILITY", "> A1 OK done"),),
    ),
    Scenario(
        "an answer without end",
        "failed protocol_error hello",
        "none",
        (("> * OK ready", "< CAPABILITY", "flood * 1 EXISTS|"),),
    ),
    Scenario(
        "a literal without end",
        "failed protocol_error hello",
        "none",
        (("> * OK ready", "< CAPABILITY", "> * NOTE {900000000}"),),
    ),
    Scenario(
        "a literal in between",
        "complete ok done",
        "none",
        (("> * OK ready", "< CAPABILITY", b"* NOTE {5}\r\na\r\nb\r\r\n", f"> * CAPABILITY {SASL}|$ OK done"),),
    ),
    Scenario("closed at CAPABILITY", "failed disconnected hello", "none", (("> * OK ready", "< CAPABILITY", "close"),)),
    Scenario(
        "silence at CAPABILITY",
        "failed timeout hello",
        "none",
        (("> * OK ready", "< CAPABILITY", "silence"),),
        SHORT,
        temporary=True,
    ),
    Scenario(
        "an answer dripping",
        "failed timeout hello",
        "none",
        (("> * OK ready", "< CAPABILITY", "drip * NOTE|"),),
        SHORT,
        temporary=True,
    ),
]

TLS = [
    Scenario(
        "STARTTLS not offered",
        "failed starttls_not_offered starttls",
        "starttls",
        ((IMAP_GREETING,),),
        LOGIN,
        ("implicit_tls",),
    ),
    Scenario(
        "STARTTLS refused",
        "failed starttls_refused starttls",
        "starttls",
        (("> * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "< STARTTLS", "> $ NO not now"),),
        LOGIN,
    ),
    Scenario(
        "STARTTLS not known",
        "failed starttls_refused starttls",
        "starttls",
        (("> * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "< STARTTLS", "> $ BAD what"),),
    ),
    Scenario(
        "injected after the go-ahead",
        "failed starttls_injected starttls",
        "starttls",
        (("> * OK [CAPABILITY IMAP4rev1 STARTTLS] hi", "< STARTTLS", "> $ OK go|* CAPABILITY AUTH=PLAIN", "tls good"),),
        LOGIN,
    ),
    Scenario(
        "the go-ahead before the question",
        "failed protocol_error starttls",
        "starttls",
        (("> * OK [CAPABILITY IMAP4rev1 STARTTLS] hi|A1 OK go",),),
    ),
    Scenario(
        "a handshake that stalls",
        "failed timeout tls",
        "starttls",
        ((*imap_starttls()[:3], "silence"),),
        SHORT,
        temporary=True,
    ),
    Scenario(
        "expired",
        "failed certificate_expired tls",
        "starttls",
        (imap_starttls("expired"),),
        LOGIN,
        ("renewed",),
        connections=2,
    ),
    Scenario(
        "issued by a stranger",
        "failed certificate_untrusted tls",
        "implicit_tls",
        (("tls untrusted",),),
        LOGIN,
        ("ca_file",),
        connections=2,
    ),
    Scenario(
        "misnamed",
        "failed certificate_name_mismatch tls",
        "implicit_tls",
        (("tls misnamed",),),
        tells=("other.example.edu",),
        connections=2,
    ),
    Scenario(
        "a client's certificate wanted",
        "failed client_certificate_required tls",
        "starttls",
        (imap_starttls("client_certificate_13"),),
    ),
    Scenario(
        "a client's certificate wanted, implicit TLS",
        "failed client_certificate_required tls",
        "implicit_tls",
        (("tls client_certificate_13",),),
    ),
    Scenario("TLS 1.1 at most", "failed tls_version_unsupported tls", "implicit_tls", (("tls old_tls",),)),
    Scenario(
        "no such CA file",
        "failed tls_file_unreadable tls",
        "implicit_tls",
        ((IMAP_GREETING,),),
        {"tls": {"ca_file": "/nowhere/ca.pem"}},
        connections=0,
    ),
]

LOGINS = [
    Scenario(
        "PLAIN over STARTTLS",
        "complete ok done",
        "starttls",
        ((*imap_starttls(), *capability(SASL), *ACCEPTED, *EXAMINED),),
        LOGIN,
        logins=1,
        code="OK",
        enhanced_code="READ-ONLY",
    ),
    Scenario(
        "PLAIN over implicit TLS",
        "complete ok done",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, *EXAMINED),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "PLAIN in clear",
        "complete ok done",
        "none",
        ((IMAP_GREETING, *ACCEPTED, *EXAMINED),),
        LOGIN,
        logins=1,
        warnings=IN_CLEAR,
    ),
    Scenario(
        "PLAIN without SASL-IR",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi",
                "< AUTHENTICATE PLAIN",
                "> + ",
                "< AHN2",
                "> $ OK in",
                *EXAMINED,
            ),
        ),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "LOGIN by SASL",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 AUTH=LOGIN] hi",
                "< AUTHENTICATE LOGIN",
                "> + VXNlcm5hbWU6",
                "< c3Zj",
                "> + UGFzc3dvcmQ6",
                "< UzNj",
                "> $ OK in",
                *EXAMINED,
            ),
        ),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "the LOGIN command",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1] hi",
                '< LOGIN "svc mail" "a\\"b\\\\cdef"',
                "> $ OK in",
                *EXAMINED,
            ),
        ),
        {"username": "svc mail", "password": 'a"b\\cdef'},
        logins=1,
    ),
    Scenario(
        "the LOGIN command, with literals",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1] hi",
                "< LOGIN {20}",
                "> + go",
                "< svc-mail@example.edu {15}",
                "> + go",
                f"< {PASSWORD}",
                "> $ OK in",
                *EXAMINED,
            ),
        ),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "the LOGIN command, with LITERAL+",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 LITERAL+] hi",
                "< LOGIN {20+}",
                "< svc-mail@example.edu {15+}",
                f"< {PASSWORD}",
                "> $ OK in",
                *EXAMINED,
            ),
        ),
        {**LOGIN, "mechanism": "login"},
        logins=1,
    ),
    Scenario(
        "CRAM-MD5",
        "complete ok done",
        "none",
        (("> * OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] hi", cram_md5("imap", USERNAME, PASSWORD), *EXAMINED),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "SCRAM-SHA-256",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN] hi",
                scram("imap", "sha256", USERNAME, PASSWORD),
                *EXAMINED,
            ),
        ),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "SCRAM-SHA-1, wrong password",
        "login_failed auth_rejected auth",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-1] hi",
                scram("imap", "sha1", USERNAME, "another"),
            ),
        ),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "XOAUTH2, stale token",
        "login_failed auth_token_invalid auth",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] hi",
                "< AUTHENTICATE XOAUTH2 ",
                f"> + {TOKEN_ERROR}",
                "< ",
                "> $ NO [AUTHENTICATIONFAILED] no",
            ),
        ),
        {**LOGIN, "mechanism": "xoauth2"},
        ("token",),
        logins=1,
    ),
    Scenario(
        "OAUTHBEARER, stale token",
        "login_failed auth_token_invalid auth",
        "implicit_tls",
        (
            (
                "tls good",
                "> * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER] hi",
                "< AUTHENTICATE OAUTHBEARER ",
                f"> + {TOKEN_ERROR}",
                "< AQ==",
                "> $ NO no",
            ),
        ),
        {**LOGIN, "mechanism": "oauthbearer"},
        logins=1,
    ),
    Scenario(
        "no login in clear",
        "login_failed auth_requires_encryption auth",
        "none",
        (("> * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN] hi",),),
        LOGIN,
        ("starttls",),
    ),
    Scenario(
        "a digest where a password may not go",
        "complete ok done",
        "none",
        (
            (
                "> * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN AUTH=CRAM-MD5] hi",
                cram_md5("imap", USERNAME, PASSWORD),
                *EXAMINED,
            ),
        ),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "a password not sent in clear, opportunistic",
        "login_failed auth_requires_encryption auth",
        "starttls_opportunistic",
        (("> * OK [CAPABILITY IMAP4rev1] hi",),),
        LOGIN,
        warnings=("tls_not_used",),
    ),
    Scenario(
        "no login at all",
        "login_failed auth_not_offered auth",
        "implicit_tls",
        (("tls good", "> * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi"),),
        LOGIN,
    ),
    Scenario(
        "not the mechanism asked for",
        "login_failed auth_mechanism_not_offered auth",
        "implicit_tls",
        (("tls good", IMAP_GREETING),),
        {**LOGIN, "mechanism": "cram-md5"},
        ("PLAIN",),
    ),
    Scenario(
        "NUL in the password",
        "failed auth_not_encodable auth",
        "implicit_tls",
        (("tls good", IMAP_GREETING),),
        {**LOGIN, "password": "one\0two-three"},
    ),
    Scenario(
        "a question too many",
        "failed protocol_error auth",
        "implicit_tls",
        (("tls good", IMAP_GREETING, "< AUTHENTICATE PLAIN", "> + ", "< AHN2", "> + "),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "closed at the login",
        "failed disconnected auth",
        "implicit_tls",
        (("tls good", IMAP_GREETING, "< AUTHENTICATE", "close"),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "silence at the login",
        "failed timeout auth",
        "implicit_tls",
        (("tls good", IMAP_GREETING, "< AUTHENTICATE", "silence"),),
        {**LOGIN, **SHORT},
        logins=1,
        temporary=True,
    ),
    Scenario(
        "BYE at the login",
        "failed disconnected auth",
        "implicit_tls",
        (("tls good", IMAP_GREETING, "< AUTHENTICATE", "> * BYE shutting down"),),
        LOGIN,
        logins=1,
        code="BYE",
    ),
    refused_login(
        "Dovecot, wrong password",
        "$ NO [AUTHENTICATIONFAILED] Authentication failed.",
        "login_failed auth_rejected auth",
        code="NO",
        enhanced_code="AUTHENTICATIONFAILED",
    ),
    refused_login("a bare refusal", "$ NO Login failed.", "login_failed auth_rejected auth"),
    refused_login(
        "Dovecot, backend gone",
        "$ NO [UNAVAILABLE] Temporary authentication failure.",
        "failed auth_temporary_failure auth",
        temporary=True,
    ),
    refused_login("expired", "$ NO [EXPIRED] Your password has expired", "login_failed auth_disabled_for_account auth"),
    refused_login(
        "not authorised",
        "$ NO [AUTHORIZATIONFAILED] not you",
        "login_failed auth_disabled_for_account auth",
        says=("enable IMAP login",),
    ),
    refused_login(
        "Gmail, application password",
        "$ NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833",
        "login_failed auth_app_password_required auth",
    ),
    refused_login(
        "Gmail, too many",
        "* BYE [ALERT] Too many invalid IMAP login attempts.",
        "failed auth_too_many_attempts auth",
        temporary=True,
    ),
    refused_login(
        "mechanism refused", "$ NO Unsupported authentication mechanism.", "login_failed auth_mechanism_refused auth"
    ),
    refused_login("an answer for nobody", "$ BAD go away", "failed unknown auth"),
    refused_login(
        "a server that echoes the password",
        f"$ NO no such login: {PASSWORD} {b64encode(PASSWORD.encode()).decode('ascii')}",
        "login_failed auth_rejected auth",
        tells=("no such login: ********",),
    ),
    Scenario(
        "Dovecot, plaintext in clear",
        "login_failed auth_requires_encryption auth",
        "none",
        (
            (
                IMAP_GREETING,
                "< AUTHENTICATE PLAIN ",
                "> * BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, but your client did it anyway.|"
                "$ NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
            ),
        ),
        LOGIN,
        logins=1,
        warnings=IN_CLEAR,
    ),
    Scenario(
        "plaintext in clear, only an alert says so",
        "login_failed auth_requires_encryption auth",
        "none",
        (
            (
                IMAP_GREETING,
                "< AUTHENTICATE PLAIN ",
                "> * BAD [ALERT] Plaintext authentication not allowed without SSL/TLS|$ NO Login failed",
            ),
        ),
        LOGIN,
        logins=1,
        warnings=IN_CLEAR,
    ),
]

ID_GREETING = "> * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID] ready"


def refused_mailbox(name: str, reply: str, outcome: str, **more: Unpack[Expectation]) -> Scenario:
    """A server that answers EXAMINE INBOX after a login with this reply."""
    script = ("tls good", IMAP_GREETING, *ACCEPTED, '< EXAMINE "INBOX"', f"> {reply}")
    return replace(Scenario(name, outcome, "implicit_tls", (script,), LOGIN, logins=1), **more)


MAILBOXES = [
    Scenario(
        "a mechanism asked for that the server forbids in clear",
        "login_failed auth_requires_encryption auth",
        "none",
        (("> * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5] hi",),),
        {**LOGIN, "mechanism": "plain"},
        ("starttls",),
    ),
    Scenario(
        "TLS required by its capabilities",
        "login_failed auth_requires_encryption auth",
        "none",
        (("> * OK [CAPABILITY IMAP4rev1 XTLSREQUIRED AUTH=PLAIN] hi",),),
        LOGIN,
        ("starttls",),
    ),
    Scenario(
        "a server of SMTP behind TLS is told no LOGOUT",
        "connection_failed not_imap greeting",
        "implicit_tls",
        (("tls good", "> 220 mail.example.edu ESMTP", hear_nothing),),
    ),
    refused_mailbox(
        "the server's own fault",
        "$ NO [SERVERBUG] Internal error occurred.",
        "failed unknown mailbox",
        temporary=True,
        says=("trouble with the mailbox",),
    ),
    refused_mailbox(
        "INBOX is never misspelt",
        "$ NO EXAMINE failed.",
        "failed unknown mailbox",
        says=("trouble with the mailbox",),
    ),
    refused_mailbox(
        "an account without INBOX",
        "$ NO [NONEXISTENT] Mailbox doesn't exist",
        "failed mailbox_not_found mailbox",
        says=("look at the account",),
    ),
    refused_mailbox(
        "authenticated but not connected",
        "$ BAD User is authenticated but not connected.",
        "failed unknown mailbox",
        says=("too many connections", "administrator"),
    ),
    refused_mailbox(
        "too many connections",
        "$ NO [ALERT] Too many simultaneous connections. (Failure)",
        "failed auth_too_many_attempts mailbox",
        temporary=True,
        says=("fewer",),
    ),
    Scenario(
        "mailboxes for clients with a name, which ours then gives",
        "complete ok done",
        "implicit_tls",
        (
            (
                *("tls good", ID_GREETING, *ACCEPTED),
                *('< EXAMINE "INBOX"', "> $ NO EXAMINE Unsafe Login. Please contact kefu@example.edu for help"),
                *("< ID (", "> * ID NIL|$ OK done", '< EXAMINE "INBOX"', "> $ OK [READ-ONLY] done"),
            ),
        ),
        LOGIN,
        logins=1,
        warnings=("client_id_wanted",),
    ),
    Scenario(
        "mailboxes for clients with another name",
        "failed unknown mailbox",
        "implicit_tls",
        (
            (
                *("tls good", ID_GREETING, *ACCEPTED),
                *('< EXAMINE "INBOX"', "> $ NO EXAMINE Unsafe Login. Please contact kefu@example.edu for help"),
                *("< ID (", "> * ID NIL|$ OK done", '< EXAMINE "INBOX"', "> $ NO EXAMINE Unsafe Login."),
            ),
        ),
        LOGIN,
        says=("ID command",),
        logins=1,
    ),
    Scenario(
        "no such mailbox",
        "failed mailbox_not_found mailbox",
        "implicit_tls",
        (
            (
                "tls good",
                IMAP_GREETING,
                *ACCEPTED,
                '< EXAMINE "Nope"',
                "> $ NO [NONEXISTENT] Mailbox doesn't exist: Nope",
            ),
        ),
        {**LOGIN, "mailbox": "Nope"},
        ("Nope",),
        logins=1,
        code="NO",
    ),
    Scenario(
        "an internationalised mailbox",
        "complete ok done",
        "implicit_tls",
        (
            (
                "tls good",
                IMAP_GREETING,
                *ACCEPTED,
                '< EXAMINE "Entw&APw-rfe & Co"'.replace("& Co", "&- Co"),
                "> $ OK done",
            ),
        ),
        {**LOGIN, "mailbox": "Entwürfe & Co"},
        logins=1,
    ),
    Scenario(
        "no such command",
        "failed unknown mailbox",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, "< EXAMINE", "> $ BAD what"),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "closed at EXAMINE",
        "failed disconnected mailbox",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, "< EXAMINE", "close"),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "BYE at EXAMINE",
        "failed disconnected mailbox",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, "< EXAMINE", "> * BYE Logging out for inactivity"),),
        LOGIN,
        logins=1,
    ),
    Scenario(
        "silence at EXAMINE",
        "failed timeout mailbox",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, "< EXAMINE", "silence"),),
        {**LOGIN, **SHORT},
        logins=1,
        temporary=True,
    ),
    Scenario(
        "a server that takes any login",
        "complete ok done",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, *EXAMINED), ("tls good", IMAP_GREETING, *ACCEPTED)),
        {**LOGIN, "probe_invalid_login": True},
        connections=2,
        logins=2,
        warnings=("login_not_verified",),
    ),
    Scenario(
        "a server that looks at logins",
        "complete ok done",
        "implicit_tls",
        (("tls good", IMAP_GREETING, *ACCEPTED, *EXAMINED), ("tls good", IMAP_GREETING, *authenticate("$ NO no"))),
        {**LOGIN, "probe_invalid_login": True},
        connections=2,
        logins=2,
    ),
    Scenario(
        "busy, then not",
        "complete ok done",
        "none",
        (("> * BYE busy",), (IMAP_GREETING,)),
        {"retries": 1, "retry_delay": 0.01},
        connections=2,
    ),
]

IMAP_SCENARIOS = [*CONNECTING, *TLS, *LOGINS, *MAILBOXES]
