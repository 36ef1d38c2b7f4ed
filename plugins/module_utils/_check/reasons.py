# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The one table of stages, categories, reasons and warnings. Documentation, messages and tests derive from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# In the order of a dialogue; with implicit TLS the stage "tls" comes before "greeting".
STAGES = (
    "resolve",
    "connect",
    "greeting",
    "hello",
    "starttls",
    "tls",
    "auth",
    "sender",
    "recipient",
    "size",
    "mailbox",
    "done",
)

# From the greeting on a conversation can end in the middle: by time, by a closed connection, by a reply that is none.
CONVERSATION_STAGES = ("hello", "starttls", "tls", "auth", "sender", "recipient", "size", "mailbox")

# What each category's message begins with, for SMTP; IMAP has IMAP in place of SMTP.
MESSAGES = {
    "complete": "Test connection complete",
    "connection_failed": "SMTP server connection failed. Check server url or port",
    "login_failed": "SMTP login failed. Check server login or password.",
    "failed": "Test connection failed",
}
CATEGORIES = tuple(MESSAGES)
FAILING_CATEGORIES = CATEGORIES[1:]


# The ports that a provider offers, by protocol, and what is known of networks that block them.
OPEN_PORTS = {"smtp": "587, 465, 2525; many networks block 25, some 465 and 587 too", "imap": "993, 143"}


def category_message(category: str, protocol: str) -> str:
    """The documented message of `category` for `protocol` ("smtp" or "imap")."""
    return MESSAGES[category].replace("SMTP", protocol.upper())


@dataclass(frozen=True)
class Reason:
    """Why a check ended as it did.

    `stages` are those it is found at; `late_stages` those where a server may say it later (Postfix with
    smtpd_delay_reject answers RCPT with what it holds against the login). `hint` is the cure, with the fields of
    the endpoint in braces, and the ports of its protocol; `cures` are hints for what the reply tells apart.
    """

    name: str
    stages: tuple[str, ...]
    category: str
    seen_when: str
    hint: str
    temporary: bool = False
    late_stages: tuple[str, ...] = ()
    cures: Mapping[str, str] = field(default_factory=dict)


_REASONS = (
    Reason(
        "dns_not_found",
        ("resolve",),
        "connection_failed",
        "the name does not exist, or has no address of the wanted family",
        "Check the spelling of host {host}, and address_family (now {address_family}).",
    ),
    Reason(
        "dns_invalid_name",
        ("resolve",),
        "connection_failed",
        "not a host name at all (labels empty or over 63 octets, no A-label form)",
        "Write host as a DNS name (an internationalised one as its A-label, xn--...), an IPv4 or an IPv6 address.",
    ),
    Reason(
        "dns_unavailable",
        ("resolve",),
        "connection_failed",
        "no answer from the resolver (temporary), or none in time",
        "The resolver of the checking host gave no answer: look at its DNS settings, or try again later.",
        temporary=True,
    ),
    Reason(
        "connection_refused",
        ("connect",),
        "connection_failed",
        "every address refused",
        "Nothing listens on port {port} there: check host and port, and that the mail service runs.",
    ),
    Reason(
        "connection_timeout",
        ("connect",),
        "connection_failed",
        "no answer to connect: often a firewall",
        "Often a firewall drops port {port} on the way. Ask for the port to be opened, or use one that the provider "
        "also offers ({open_ports}).",
        temporary=True,
    ),
    Reason(
        "network_unreachable",
        ("connect",),
        "connection_failed",
        "no route to host or network",
        "The checking host has no route there: look at its network, routes and firewall, and at address_family.",
    ),
    Reason(
        "connection_reset",
        ("connect", "greeting"),
        "connection_failed",
        "reset or closed before a greeting",
        "The server or something before it (access list, load balancer, TCP wrapper) closes the connection: "
        "check that the checking host is let in, and the port.",
    ),
    Reason(
        "source_address_unavailable",
        ("connect",),
        "failed",
        "`source_address` is not this host's",
        "Set source_address to an address of the checking host, or leave it out.",
    ),
    Reason(
        "greeting_timeout",
        ("greeting",),
        "connection_failed",
        "connected, and then silence",
        "Something accepts connections on port {port} and does not greet: check the port and encryption (a server that "
        "waits for TLS says nothing first), and whether the server is overloaded or pauses longer than timeout.",
        temporary=True,
    ),
    Reason(
        "implicit_tls_expected",
        ("greeting",),
        "connection_failed",
        "spoken to in clear, the port turned out to speak TLS from the first byte (proved by a handshake on a "
        "second connection, never guessed from the port alone)",
        "Set encryption: implicit_tls for port {port}, or use the port for {encryption}.",
    ),
    Reason(
        "implicit_tls_not_spoken",
        ("tls",),
        "connection_failed",
        "`implicit_tls` asked for, and the server greeted in clear",
        "Set encryption: starttls for port {port}, or use the port for implicit TLS ({implicit_tls_port}).",
    ),
    Reason(
        "not_smtp",
        ("greeting",),
        "connection_failed",
        "something else answered: SSH, HTTP, POP3, IMAP on an SMTP port...; `reply.text` shows a cleaned, short "
        "excerpt",
        "Another service answers on port {port}: check host and port.",
    ),
    Reason(
        "not_imap",
        ("greeting",),
        "connection_failed",
        "something else answered: SSH, HTTP, POP3, SMTP on an IMAP port...; `reply.text` shows a cleaned, short "
        "excerpt",
        "Another service answers on port {port}: check host and port.",
    ),
    Reason(
        "service_unavailable",
        ("greeting", "hello"),
        "connection_failed",
        "421 or another 4xx; IMAP `* BYE`",
        "The server is there and takes no work now: try again later, and see its reply for the cause.",
        temporary=True,
        cures={
            "hello": "The server takes no work now, or does not like the name that was said to it: set helo_name (now "
            "{helo_name}) to the checking host's full DNS name, and else try again later.",
        },
    ),
    Reason(
        "client_rejected",
        ("greeting", "hello"),
        "connection_failed",
        "this host is not welcome (block list, access rule, no name for its address): a 5xx greeting, or those words "
        "later",
        "The server refuses the checking host itself: have its address allowed there, or taken off the block list, and "
        "see that its address has a name (reverse DNS).",
        late_stages=("auth", "sender", "recipient"),
    ),
    Reason(
        "hello_rejected",
        ("hello",),
        "failed",
        "EHLO and HELO refused",
        "Set helo_name (now {helo_name}) to the checking host's full DNS name.",
        late_stages=("sender", "recipient"),
    ),
    Reason(
        "starttls_not_offered",
        ("starttls",),
        "failed",
        "required, and not in the capabilities",
        "The server offers no STARTTLS on port {port}: use the port where it does (often {starttls_port}), or "
        "implicit_tls (often port {implicit_tls_port}). If it used to offer it, suspect something in between that "
        "strips it.",
    ),
    Reason(
        "starttls_refused",
        ("starttls",),
        "failed",
        "offered, and answered with 4xx or 5xx, NO or BAD",
        "The server's own TLS set-up is likely broken (certificate or key not readable): tell its administrator.",
    ),
    Reason(
        "starttls_injected",
        ("starttls",),
        "failed",
        "bytes in clear after the go-ahead (CVE-2011-0411, CVE-2021-23993 class): never read as TLS-protected",
        "Something between here and the server adds to the conversation, or the server is broken: do not send "
        "credentials over this path.",
    ),
    Reason(
        "tls_version_unsupported",
        ("tls",),
        "failed",
        "no common version at or above `minimum_version`",
        "The server speaks no TLS version at or above tls.minimum_version ({minimum_version}): have it updated, "
        "or lower minimum_version knowingly.",
    ),
    Reason(
        "tls_handshake_failed",
        ("tls",),
        "failed",
        "any other handshake failure, with the library's own words",
        "Compare the TLS versions, ciphers and certificates of both sides, with the library's words above.",
    ),
    Reason(
        "certificate_expired",
        ("tls",),
        "failed",
        "with the date",
        "Have the server's certificate renewed; if it was, check that the server was reloaded, and this host's clock.",
    ),
    Reason(
        "certificate_not_yet_valid",
        ("tls",),
        "failed",
        "with the date",
        "Check this host's clock first; then the certificate's dates.",
    ),
    Reason(
        "certificate_self_signed",
        ("tls",),
        "failed",
        "leaf or chain",
        "Give the issuing CA's certificate (or the server's own, if it is self-signed) in tls.ca_file, or have the "
        "server use a certificate of a known CA.",
    ),
    Reason(
        "certificate_untrusted",
        ("tls",),
        "failed",
        "no issuer known here",
        "Give the issuing CA's certificate in tls.ca_file (now {ca_file}); if that CA is public, the server "
        "probably leaves out its intermediate certificate.",
    ),
    Reason(
        "certificate_name_mismatch",
        ("tls",),
        "failed",
        "with the names that the certificate bears",
        "First make sure which server answers there: networks redirect mail ports, and the password goes to whoever "
        "answered. Then use a host name that the certificate bears, and only if that very server is meant set "
        "tls.server_name to one of them.",
        cures={
            "without_names": "The certificate has a common name alone, which RFC 9525 and programs in Go no longer "
            "take for the server's name: have it issued anew with the name as a subject alternative name.",
        },
    ),
    Reason(
        "certificate_invalid",
        ("tls",),
        "failed",
        "refused by this host's stricter rules (Python 3.13's X.509 strictness, key too small); names the Python "
        "and OpenSSL versions, for another host may judge otherwise",
        "Have the certificate or its CA issued anew by today's rules; another host's Python and OpenSSL may judge it "
        "otherwise.",
    ),
    Reason(
        "client_certificate_required",
        ("tls",),
        "failed",
        "the server asked for one and none, or a wrong one, was given (with TLS 1.3 it shows only on the first read; "
        "some servers say so in a reply)",
        "Set tls.client_certificate and tls.client_key to a certificate that this server accepts.",
        late_stages=("greeting", "hello", "auth", "sender", "recipient"),
    ),
    Reason(
        "tls_file_unreadable",
        ("tls",),
        "failed",
        "`ca_file`, `client_certificate` or `client_key` missing, unreadable or not PEM; found before connecting",
        "Put a readable PEM file there on the checking host, the key without a passphrase.",
    ),
    Reason(
        "auth_not_offered",
        ("auth",),
        "login_failed",
        "credentials given, no AUTH in the capabilities",
        "The server offers no login here: many offer it only after STARTTLS, or on another port ({starttls_port}, "
        "{implicit_tls_port}). If no login is needed, leave username and password out.",
    ),
    Reason(
        "auth_mechanism_not_offered",
        ("auth",),
        "login_failed",
        "none of ours, or not the one asked for; the hint lists what is offered",
        "The server offers {offered}, and mechanism is {mechanism}: set it to one that is offered, or have the server "
        "offer another one. auto takes none of the OAuth mechanisms: where password is a token, say xoauth2 or "
        "oauthbearer.",
    ),
    Reason(
        "auth_mechanism_refused",
        ("auth",),
        "login_failed",
        "offered and then refused as such: 500, 502, 504, or words that name the mechanism (Postfix with Dovecot or "
        "Cyrus SASL)",
        "The server offers the mechanism and cannot do it: set mechanism to another one of {offered}.",
    ),
    Reason(
        "auth_token_invalid",
        ("auth",),
        "login_failed",
        "XOAUTH2, OAUTHBEARER: the 334 challenge with a JSON status, answered as the mechanism demands, or a plain "
        "refusal",
        "Get a new access token (password is the token here), with the scope that this server asks for.",
        cures={
            "account": "The server did not accept the token for this account: username must be the "
            "mailbox that the token was issued for, with the scope for {protocol}; where an application got it, it "
            "needs the right to that mailbox.",
        },
    ),
    Reason(
        "auth_not_encodable",
        ("auth",),
        "failed",
        "user or password cannot go into this mechanism (NUL, CR, LF, over-long); found before it is sent",
        "Look for a stray line end or a truncated variable in username and password, or choose another mechanism.",
    ),
    Reason(
        "auth_requires_encryption",
        ("auth",),
        "login_failed",
        "530, 538, IMAP LOGINDISABLED or PRIVACYREQUIRED without TLS",
        "Set encryption: starttls or implicit_tls (now {encryption}).",
        late_stages=("sender", "recipient"),
    ),
    Reason(
        "auth_rejected",
        ("auth",),
        "login_failed",
        "535 and its kin, IMAP NO, AUTHENTICATIONFAILED",
        "Check username and password, and that this account may log in over {protocol}. It was tried once, and not "
        "again.",
        cures={
            "mechanism": "Check username and password. The login went by {used}, for which the server may hold no "
            "secret of this account: an application that logs in by PLAIN or LOGIN may get in, so try mechanism: "
            "plain. It was tried once, and not again.",
        },
    ),
    Reason(
        "auth_app_password_required",
        ("auth",),
        "login_failed",
        "534 5.7.9 and kin: the provider wants an application password, also called authorization code, or OAuth",
        "Make an application password (some providers call it an authorization code) in the account's security "
        "settings and use it as password, or use OAuth (mechanism xoauth2 or oauthbearer).",
    ),
    Reason(
        "auth_disabled_for_account",
        ("auth",),
        "login_failed",
        "535 5.7.139 and kin: SMTP AUTH switched off, account disabled, locked or expired (IMAP EXPIRED, "
        "AUTHORIZATIONFAILED)",
        "Have the administrator of that mail service enable {protocol} login for this account, or unlock it.",
        late_stages=("mailbox",),
        cures={
            "tenant": "Have the administrator of that organisation (tenant) enable {protocol} login by password for "
            "this mailbox, or use OAuth (mechanism xoauth2 or oauthbearer).",
            "oauth": "This service takes no passwords any more. Use OAuth (mechanism xoauth2, with a token as "
            "password), "
            "which is all there is for a private account; in an organisation ask its administrator whether {protocol} "
            "login can be had at all.",
            "protocol": "Switch {protocol} on for this account in its own settings on the provider's web site, or have "
            "the administrator of that mail service enable it.",
            "browser": "The provider wants to see a person first: log in to its web site as this account once and "
            "answer what it asks, or have the administrator of that mail service unlock it.",
        },
    ),
    Reason(
        "auth_temporary_failure",
        ("auth",),
        "failed",
        "454 4.7.0, IMAP UNAVAILABLE: says nothing about the credentials",
        "The server could not look at the credentials; try again later. It was not tried again here, for a run logs "
        "in once only.",
        temporary=True,
    ),
    Reason(
        "auth_too_many_attempts",
        ("auth",),
        "failed",
        "421 or 4xx naming a limit",
        "Wait before the next login, and log in from fewer hosts at once. It is never retried by itself.",
        temporary=True,
    ),
    Reason(
        "auth_required",
        ("sender", "recipient"),
        "login_failed",
        "530 5.7.0: no credentials in the settings, and the server wants some",
        "Set username and password: this server sends only for those who log in.",
    ),
    Reason(
        "sender_rejected",
        ("sender",),
        "failed",
        "5xx to MAIL FROM",
        "Check the sender address {sender}: its domain must exist and be one that this server sends for.",
        late_stages=("recipient",),
        cures={
            "spf": "The domain of {sender} does not let the checking host's address send for it (SPF, DKIM, DMARC): "
            "add the address to the domain's SPF record, or send through the domain's own server, logged in.",
            "limit": "The account or the host has reached its sending limit: wait, send less, or have the limit "
            "raised.",
            "server": "The server has trouble of its own: tell its administrator what it said.",
        },
    ),
    Reason(
        "sender_not_owned",
        ("sender",),
        "failed",
        "553 5.7.1 and kin: this login may not send as that address",
        "Use the login's own address as sender, or have the server allow this login to send as {sender}.",
        late_stages=("recipient",),
    ),
    Reason(
        "sender_deferred",
        ("sender",),
        "failed",
        "4xx to MAIL FROM",
        "The server puts it off: try again later (retries), and see its reply for the cause.",
        temporary=True,
        late_stages=("recipient",),
        cures={
            "domain": "The server could not make sure of the sender's domain: check that the domain of {sender} "
            "exists and has an address or an MX; if it does, try again later (retries).",
            "spf": "The server could not look up the policy of the sender's domain: check that domain's DNS, and try "
            "again later (retries).",
            "limit": "The account or the host has reached its sending limit: wait, send less, or have the limit "
            "raised.",
            "server": "The server has trouble of its own (a full disk, a broken table): tell its administrator if it "
            "stays.",
            "network": "The server does not reach what it needs (DNS, another server): tell its administrator if it "
            "stays.",
        },
    ),
    Reason(
        "recipient_rejected",
        ("recipient",),
        "failed",
        "5xx to RCPT TO",
        "Check the recipient's address. A server may say the same of a foreign address to whoever did not log in: then "
        "log in (username and password), or use its submission port.",
        cures={
            "limit": "Too many recipients or messages for this server: send less at once, or have the limit raised.",
            "server": "The server has trouble of its own: tell its administrator what it said.",
        },
    ),
    Reason(
        "relay_denied",
        ("recipient",),
        "failed",
        "554 5.7.1, 550 5.7.x naming relaying",
        "This server takes no mail for foreign domains from here: log in (username and password), use its "
        "submission port, or have the checking host's address allowed to relay.",
        late_stages=("sender",),
    ),
    Reason(
        "recipient_deferred",
        ("recipient",),
        "failed",
        "4xx (greylisting): retried only when asked to",
        "Greylisting asks to come again later: set retries and retry_delay (and timeout, which bounds them all).",
        temporary=True,
        cures={
            "reply": "The server puts it off, and its reply says why: check the recipient's address, and that this "
            "server takes mail for it; else try again later (retries).",
            "limit": "Too many recipients or messages for now: send less at once, or wait (retries).",
            "mailbox": "The recipient's mailbox takes nothing now (full or busy): check the address, and try again "
            "later (retries).",
            "server": "The server has trouble of its own (a full disk, a broken table): tell its administrator if it "
            "stays.",
            "network": "The server does not reach what it needs (DNS, another server): check the recipient's domain, "
            "and tell its administrator if it stays.",
        },
    ),
    Reason(
        "message_size_exceeded",
        ("size",),
        "failed",
        "SIZE is smaller than `message_size_mb`",
        "Lower the attachment limit, or have the server's message size limit raised.",
        late_stages=("recipient",),
    ),
    Reason(
        "already_authenticated",
        ("greeting",),
        "failed",
        "IMAP `* PREAUTH`: neither TLS nor the login can be proven",
        "Use a port of that server where clients log in.",
    ),
    Reason(
        "mailbox_not_found",
        ("mailbox",),
        "failed",
        "IMAP EXAMINE answered NO (the check never changes a mailbox: EXAMINE, not SELECT)",
        "Check the spelling of mailbox {mailbox} (case, separator), and that this login may read it.",
        cures={
            "permission": "Have the server let this login read mailbox {mailbox}.",
            "inbox": "This account has no mailbox that the server could open: have its administrator look at the "
            "account.",
        },
    ),
    Reason(
        "timeout",
        CONVERSATION_STAGES,
        "failed",
        "the overall deadline ran out; `stage` says where",
        "The server was too slow for timeout ({timeout} s): raise it, or look at the server's load and tarpits.",
        temporary=True,
    ),
    Reason(
        "disconnected",
        CONVERSATION_STAGES,
        "failed",
        "closed or reset in the middle; `stage` says where",
        "The server's own log says why it hung up: look there, at the time of this check.",
    ),
    Reason(
        "protocol_error",
        ("greeting", *CONVERSATION_STAGES),
        "failed",
        "a reply that is none: malformed, endless, over-long line (RFC 5321 4.5.3.1.5)",
        "Something on that port does not keep to the protocol: a broken server, or a middlebox in between.",
        cures={
            "pipelining": "Have PIPELINING taken out of what the server, or a middlebox before it, announces; or set "
            "retries to 1, and the same conversation goes on one command at a time.",
        },
    ),
    Reason(
        "unknown",
        STAGES[:-1],
        "failed",
        "nothing above; never used where one of them fits",
        "See the server's reply, and its log at the time of this check.",
        cures={
            "mailbox_trouble": "The login was accepted, and the server has trouble with the mailbox: see its reply, "
            "try again later, and have its administrator look at the account.",
            "client_id": "The provider opens mailboxes only to clients that say who they are (the ID command, RFC "
            "2971): the application must send it; see the reply for whom to ask.",
            "not_connected": "The login was accepted, and the mailbox was not opened: the account has too many "
            "connections "
            "at once, has no licence, or username does not name the mailbox itself; log in from fewer hosts at once, "
            "and ask the administrator of that mail service.",
        },
    ),
    Reason("ok", ("done",), "complete", "every stage passed", ""),
)

REASONS = {reason.name: reason for reason in _REASONS}

# What a passed check still warns of.
WARNINGS = {
    "certificate_expires_soon": "the server's certificate ends on {not_after}, in {days_left} days, which is within "
    "certificate_days",
    "certificate_without_names": "the server's certificate has a common name alone and no subject alternative name: "
    "programs in Go, and by RFC 9525 all others, refuse it",
    "greeting_paused": "the server greeted only after {greeting_seconds} s: the application's timeout must be "
    "longer, and it must not speak first",
    "client_id_wanted": "the server opened the mailbox only to a client that said who it is (ID, RFC 2971): the "
    "application must do so as well",
    "login_not_verified": "the server takes any login: a made-up one was accepted too, or it took no notice of the "
    "credentials",
    "password_sent_in_clear": "the login went over an unencrypted connection, as encryption: none says",
    "tls_not_used": "starttls_opportunistic fell back: the conversation was not encrypted",
    "certificate_not_checked": "tls.verify is false: anyone can pose as this server",
    "sender_not_tried": "whether the server lets this login send is not known: no sender was given, or it is another "
    "address than the login's and was accepted only up to RCPT TO; some providers refuse after DATA, and no message "
    "was sent",
    "weak_tls_version": "the connection uses a TLS version below 1.2",
    "login_elsewhere": "another host of this run tries this login, so here it was left out",
    "login_left_out": "no login was tried: check_login is never, or an earlier check of this run had the login",
}
