# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a refusal means: tables of rules from a server's code and words to a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply

from .replies import TEXT_LIMIT


@dataclass(frozen=True)
class Rule:
    """One wording. Codes and words are regular expressions; empty means "any". `secure` and `logged_in` narrow it to
    conversations that are (True) or are not (False) encrypted or logged in."""

    reason: str
    codes: str = ""
    enhanced: str = ""
    words: str = ""
    secure: bool | None = None
    logged_in: bool | None = None

    def fits(self, reply: Reply, *, secure: bool, logged_in: bool) -> bool:
        if self.secure not in (None, secure) or self.logged_in not in (None, logged_in):
            return False
        return (
            _matches(self.codes, str(reply.code or ""))
            and _matches(self.enhanced, reply.enhanced_code or "")
            and (not self.words or re.search(self.words, reply.text[:TEXT_LIMIT], re.IGNORECASE) is not None)
        )


def _matches(pattern: str, value: str) -> bool:
    return not pattern or re.fullmatch(pattern, value) is not None


def reason_for(rules: Sequence[Rule], reply: Reply, *, secure: bool, logged_in: bool = False) -> str:
    """The reason of the first rule that fits; "unknown" if none does."""
    for rule in rules:
        if rule.fits(reply, secure=secure, logged_in=logged_in):
            return rule.reason
    return "unknown"


# -- SMTP ------------------------------------------------------------------------------------------------------------

_STARTTLS_FIRST = (
    r"starttls"
    r"|\b(tls|ssl|encryption|(encrypted|secure) (connection|channel|session)).{0,20}(required|needed|mandatory|first)"
    r"|(requires?|must use) (a |an )?(tls|ssl|encrypt|secure (connection|channel|session))"
)
_LIMIT = r"too many|rate.?limit|limit (was |is |has been )?(exceeded|reached)|exceeded .{0,30}limit|throttl"
_ACCOUNT_OFF = (
    r"(account|mailbox|user|tenant|smtp ?auth|smtpclientauthentication)\b.{0,40}"
    r"\b(disabled|locked|suspended|deactivated|expired)|password (has |is )?expired"
    r"|(disabled|locked|suspended|deactivated) (account|user|mailbox)"
)
_OTHER_LOGIN_WANTED = (
    r"app(lication)?[- ]?(specific )?password|invalidsecondfactor|web ?login ?required|via your web browser"
)
_MECHANISM = (
    r"(invalid|unsupported|unrecogni[sz]ed|unknown|no such|weak).{0,20}(mechanism|authentication type|auth type)"
    r"|mechanism.{0,30}(not (supported|allowed|available|enabled)|unsupported|invalid|unavailable|disabled|too weak)"
)
_CLIENT = (
    r"client (host|address|ip)\b.{0,60}(reject|denied|blocked)|blocked using|block ?list|blacklist|denylist|dnsbl"
    r"|\brbl\b|spamhaus|banned|your (ip|host|network).{0,40}(blocked|listed|not (allowed|permitted))"
)
_HELO = (
    r"\b(helo|ehlo)\b.{0,40}(reject|denied|invalid|syntax|required|refused|blocked)"
    r"|(reject|invalid|bad|syntactically).{0,20}\b(helo|ehlo)\b"
)

HELLO_RULES = (
    Rule("service_unavailable", codes="4.."),
    Rule("client_rejected", codes="5..", words=_CLIENT),
    Rule("hello_rejected", codes="5.."),
)

AUTH_RULES = (
    Rule("auth_too_many_attempts", codes="[45]..", words=_LIMIT),
    Rule("auth_mechanism_refused", codes="432"),
    Rule("auth_requires_encryption", codes="5..", words=_STARTTLS_FIRST, secure=False),
    Rule("auth_requires_encryption", codes="530|538", secure=False),
    Rule("auth_temporary_failure", codes="4.."),
    Rule("auth_disabled_for_account", codes="5..", enhanced=r"5\.7\.139|5\.7\.13"),
    Rule("auth_app_password_required", codes="5..", words=_OTHER_LOGIN_WANTED),
    Rule("auth_mechanism_refused", codes="5..", words=_MECHANISM),
    Rule("auth_disabled_for_account", codes="5..", words=_ACCOUNT_OFF),
    Rule("auth_app_password_required", codes="534"),
    Rule("auth_not_offered", codes="50[23]", words=r"not (enabled|advertised|available|implemented|supported)"),
    Rule("auth_mechanism_refused", codes="504"),
    Rule("auth_rejected", codes="535|550|553|554"),
    Rule("auth_rejected", codes="5..", enhanced=r"5\.7\.8|5\.7\.3"),
    Rule(
        "auth_rejected",
        codes="5..",
        words=r"(auth\w*|login|credentials|password).{0,40}"
        r"(fail|incorrect|invalid|wrong|reject|denied|not accepted|unsuccessful)",
    ),
)

_ENVELOPE = (
    Rule("message_size_exceeded", codes="552", enhanced=r"5\.3\.4"),
    Rule("message_size_exceeded", codes="55[24]", words=r"message size|message (is )?too (big|large)|size limit"),
    Rule("auth_requires_encryption", codes="5..", words=_STARTTLS_FIRST, secure=False),
    Rule("auth_required", codes="530", logged_in=False),
    Rule("auth_required", codes="5..", enhanced=r"5\.7\.57", logged_in=False),
    Rule(
        "auth_required",
        codes="5..",
        words=r"(authentication|auth|login) (is )?(required|needed)|must (first )?(authenticate|log ?in)"
        r"|not (authenticated|logged in)|auth command first|(please|need to) (authenticate|log ?in)"
        r"|authenticate (first|before)",
        logged_in=False,
    ),
    Rule("sender_not_owned", codes="5..", enhanced=r"5\.7\.60|5\.2\.252"),
    Rule(
        "sender_not_owned",
        codes="5..",
        words=r"not owned by|send ?as ?denied|not allowed to send as|permissions? to send as|verified sender"
        r"|not (authori[sz]ed|allowed|permitted) to send (from|as|mail (from|as)|with)"
        r"|(from|sender)( address)?.{0,30}(does not|doesn't|must) match",
    ),
    # OpenSMTPD, of a sender that is not this login's; to others it says with 530 that a login is wanted.
    Rule("sender_not_owned", codes="530", words="sender rejected", logged_in=True),
    # Block lists of domains and names: Postfix says which of the three it looked up.
    Rule("sender_rejected", codes="5..", words=r"sender (address|domain)\b.{0,80}blocked"),
    Rule("sender_deferred", codes="4..", words=r"sender (address|domain)\b.{0,80}blocked"),
    Rule("hello_rejected", codes="[45]..", words=_HELO),
    Rule("client_rejected", codes="[45]..", words=_CLIENT),
    Rule(
        "relay_denied",
        codes="[45]..",
        words=r"relay(ing)?( access)? (denied|not permitted|not allowed|prohibited|disallowed)|unable to relay"
        r"|(not|no).{0,20}(permitted|allowed) to relay|do(es)? not relay|relaying",
    ),
)
_SENDER_WORDS = (
    r"sender( address)?( is)? (rejected|refused|denied|invalid|unknown|blocked|verify failed|not allowed|not verified)"
    r"|bad sender|invalid sender|email address is not verified"
)
SENDER_RULES = (
    *_ENVELOPE,
    Rule("sender_deferred", codes="4.."),
    Rule("sender_rejected", codes="5.."),
)
RECIPIENT_RULES = (
    *_ENVELOPE,
    # Postfix with smtpd_delay_reject says here what it holds against the sender.
    Rule("sender_deferred", codes="4..", words=_SENDER_WORDS),
    Rule("sender_rejected", codes="5..", words=_SENDER_WORDS),
    Rule("recipient_deferred", codes="4.."),
    Rule("recipient_rejected", codes="5.."),
)

# -- IMAP ------------------------------------------------------------------------------------------------------------

IMAP_AUTH_RULES = (
    Rule("auth_requires_encryption", enhanced="PRIVACYREQUIRED"),
    Rule(
        "auth_requires_encryption",
        words=r"without (ssl|tls)|plaintext.{0,30}(not allowed|disallowed|disabled)",
        secure=False,
    ),
    Rule("auth_too_many_attempts", words=_LIMIT),
    Rule("auth_app_password_required", words=_OTHER_LOGIN_WANTED),
    Rule("auth_disabled_for_account", codes="NO", enhanced="AUTHORIZATIONFAILED|EXPIRED|CONTACTADMIN"),
    Rule("auth_temporary_failure", codes="NO|BAD", enhanced="UNAVAILABLE|INUSE|SERVERBUG|LIMIT|OVERQUOTA"),
    Rule("auth_rejected", codes="NO", enhanced="AUTHENTICATIONFAILED"),
    Rule("auth_temporary_failure", codes="NO", words=r"temporar|unavailable|internal error|try again|connection lost"),
    Rule("auth_mechanism_refused", codes="NO|BAD", words=_MECHANISM),
    Rule("auth_disabled_for_account", codes="NO", words=_ACCOUNT_OFF),
    Rule("auth_rejected", codes="NO"),
)
