# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a refusal means: tables of rules from what a reply is made of to a reason.

A reply is read in this order, and the first rule that fits is its reason:

0.  What we sent is taken out of the text (replies.without_ours): a server that echoes an address says nothing by it.
1.  The enhanced code's subject and detail (RFC 3463, RFC 5248; IMAP's response codes, RFC 5530), where they name the
    cause by themselves: X.1.7 and X.1.8 are the sender's, at RCPT as well; X.3.Z is the server's own trouble. X.7.Z is
    policy, and X.7.0 and X.7.1 are said of everything: there the words decide.
2.  The words, by their stems. A 4yz does not silence words that name a lasting cause, nor a 5.Y.Z beside it.
3.  The basic code, by the stage: 4yz is put off, 5yz is refused.

The tables of a stage stand in this order, so that a table is read from its top to its end. docs/reasons.md says the
same to users, with samples.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply

from .replies import JUDGED_LIMIT, without_ours


@dataclass(frozen=True)
class Rule:
    """One wording. Codes and words are regular expressions; empty means "any", and no words are those of `unless`.

    `secure` and `logged_in` narrow it to conversations that are (True) or are not (False) encrypted or logged in.
    `cure` names one of the reason's special hints.
    """

    reason: str
    codes: str = ""
    enhanced: str = ""
    words: str = ""
    unless: str = ""
    secure: bool | None = None
    logged_in: bool | None = None
    cure: str = ""

    def fits(self, reply: Reply, text: str, *, secure: bool, logged_in: bool) -> bool:
        if self.secure not in (None, secure) or self.logged_in not in (None, logged_in):
            return False
        if not _matches(self.codes, str(reply.code or "")) or not _matches(self.enhanced, reply.enhanced_code or ""):
            return False
        if self.words and not _has(self.words, text):
            return False
        return not (self.unless and _has(self.unless, text))


_UNKNOWN = Rule("unknown")


def _matches(pattern: str, value: str) -> bool:
    return not pattern or re.fullmatch(pattern, value) is not None


def _has(words: str, text: str) -> bool:
    return re.search(words, text, re.IGNORECASE) is not None


def rule_for(
    rules: Sequence[Rule], reply: Reply, *, secure: bool, logged_in: bool = False, ours: Sequence[str] = ()
) -> Rule:
    """The first rule that fits; one with the reason "unknown" if none does. `ours` is what we sent, see
    without_ours."""
    text = without_ours(reply.text[:JUDGED_LIMIT], ours)
    fitting = (rule for rule in rules if rule.fits(reply, text, secure=secure, logged_in=logged_in))
    return next(fitting, _UNKNOWN)


def reason_for(
    rules: Sequence[Rule], reply: Reply, *, secure: bool, logged_in: bool = False, ours: Sequence[str] = ()
) -> str:
    """The reason of the first rule that fits; "unknown" if none does."""
    return rule_for(rules, reply, secure=secure, logged_in=logged_in, ours=ours).reason


# -- words -----------------------------------------------------------------------------------------------------------
# Stems in the wordings of Postfix, Exim, sendmail, Courier, Cyrus, Dovecot, qmail, OpenSMTPD, Exchange, hMailServer,
# MDaemon, SmarterMail, Gmail, Microsoft 365, Yahoo, Yandex, mail.ru, Zoho, QQ, NetEase, Amazon SES, SendGrid, Mailgun,
# Brevo and others: tests/servers/replies holds theirs.

_NOT = r"(not|n't|cannot|can't|never|no longer)"
_OFF = (
    r"(disabled|turned off|switched off|deactivated|not (been )?(enabled|activated|switched on)"
    r"|un(available|supported))"
)
_REFUSED = (
    r"(reject\w*|den(y|ies|ied)|refus\w*|block\w*|bann?ed|prohibited|disallowed|forbidden|restrict\w*|unauthori[sz]ed)"
)
_DISALLOWED = (
    rf"({_NOT} ((yet|currently) )?(been )?"
    rf"(allowed|permitted|authori[sz]ed|accepted|white.?listed|registered|welcome)|{_REFUSED})"
)

_STARTTLS_FIRST = (
    r"starttls"
    r"|\b(tls|ssl|encryption|(encrypted|secure) (connection|channel|session)).{0,20}(required|needed|mandatory|first)"
    r"|(requires?|must use) (a |an )?(tls|ssl|encrypt|secure (connection|channel|session))"
    rf"|(insecure|unencrypted|clear ?text|plain ?text|non-?(ssl|tls)|without (ssl|tls|encryption)).{{0,60}}"
    rf"({_DISALLOWED}|disabled)"
    r"|under a (\w+ )?layer"
    rf"|{_NOT} (allowed|permitted|available) .{{0,20}}(without|unless|over (plain|clear|insecure|unencrypted))"
)
_LIMIT = (
    r"too many|too much|too (fast|often|frequent)|throttl|(rate|sending|daily|hourly).?limit"
    r"|limit (was |is |has been )?(exceeded|reached)"
    r"|exceed(s|ed|ing)? .{0,60}(limit|quota|rate|number|maximum|allow|threshold)|(limit|quota|rate) .{0,30}exceeded"
    r"|max(imum)? .{0,30}(connection|login|session|message)s? .{0,30}(reached|exceed)|(reached|achieved) the max"
    r"|(ip|sender|domain|connection) frequency limit|limits for how (many|much|often)|out of allow|lockdown in sector"
    r"|频繁|过多|超过"
)
# What a login may send in a while; before a login "unusual activity" is a matter for a browser.
_SENDING_LIMIT = rf"{_LIMIT}|unusual (sending|rate|volume)"
_ACCOUNT = r"(account|mailbox|user|tenant|domain|organi[sz]ation)"
_ACCOUNT_OFF = (
    rf"({_ACCOUNT}|smtp ?auth|smtpclientauth\w*)\b.{{0,40}}"
    r"\b(disabled|(un)?lock(ed)?|suspended|deactivated|expired|inactive|frozen|terminated|(temporarily )?blocked)\b"
    rf"|\b(disabled|locked|suspended|deactivated|expired|inactive|blocked) {_ACCOUNT}"
    rf"|{_ACCOUNT}\b.{{0,20}} (is )?not (yet )?(active|activated|enabled|confirmed|verified)"
    r"|\b(sending|outgoing) (is |was |has been )?(blocked|disabled|suspended)\b"
    r"|password (has |is )?(been )?expired|expired password|must change (your |the )?password"
    r"|\bcredits? (exceeded|exhausted|used up)|(out of|no (more )?|insufficient) credits?\b"
    r"|被?(禁用|停用|冻结|封禁|锁定)|ロックされ|заблокирован"
)
_TENANT = (
    r"smtpclientauth\w* is disabled|disabled for the (tenant|mailbox|organi[sz]ation)|security defaults"
    r"|did not meet the criteria|conditional access|(administrator|organi[sz]ation\w*|security|tenant)( \w+)? polic"
)
_PROTOCOL = r"(imap4?|pop3?|smtp|protocols?|mail clients?|e?mail programs?|external (access|clients?))"
_SERVICE = rf"({_PROTOCOL}|service)"
_PROTOCOL_OFF = (
    rf"\b{_PROTOCOL}\b( \w+)?( (is|has|been|was|access|login|support))* ({_OFF}|{_NOT} (allowed|permitted|available))"
    rf"|{_OFF} (for|to) (use )?(with )?{_PROTOCOL}"
    rf"|{_NOT} (been )?(enabled|allowed|permitted|authori[sz]ed|entitled|subscribed) (for|to) (use |access "
    rf"|log ?in to )?"
    rf"(the |this |via |over |by |through )?{_SERVICE}"
    rf"|({_NOT} have|no|without|lacks?|insufficient) (the |any |sufficient )?(access )?(rights?|permissions?"
    rf"|privileges?)"
    rf"|\b{_PROTOCOL}\b( access)? (is )?only (available|offered|allowed|open) (for|to)\b"
    r"|(enable|activate|turn on|switch on) (the )?(\w+/)?(imap|pop3?|smtp)|open (the )?(imap|pop3?|smtp) (flag|service)"
    r"|service (is )?not open\W*\Z"
    r"|未开通|未开启|没有开启|尚未开启"
)
_ROBOT = (
    r"\brobots?\b|captcha|\b(be|are|being|re|a) human|unusual (activity|sign|log|traffic)|suspicious (activity|sign"
    r"|log)"
    r"|\baccept (the |our )?(new )?(eula|terms)\b"
    r"|(confirm|verify) (that )?(it'?s you|your (identity|account|phone))|proof of (life|identity)"
)
_BASIC_OFF = (
    r"basic ?auth\w*.{0,30}(disabled|blocked|deprecated|not (supported|allowed|permitted)|no longer|turned off|retired)"
    r"|(password|basic|legacy)([- ]based)? (auth\w*|log-?ins?|sign-?ins?|protocols?).{0,40}"
    r"(no longer|disabled|not (supported|allowed|permitted|accepted)|deprecated|blocked|retired)"
    r"|modern auth\w*.{0,30}(required|needed|only|must)|(must|please|need to|has to|have to) use (oauth|modern|xoauth)"
    r"|oauth ?(2(\.0)?)?( authentication)? (is )?(required|needed|only|mandatory)"
)
_APPLICATION_LOGIN = (
    r"(apps?|app?lication)[- ]?(specific )?passwo?r?d|(app|app?lication|device|client|program)[- ]specific"
    r"|invalidsecondfactor|web ?login ?required|(via|with|using|through|in|by) (your |a |the )?(web ?)?browser"
    r"|auth(ori[sz]ation|entication)?[- ]?code|\breqcode\b|less secure app|(two|2|multi)[- ]?(factor|step)"
    r"|\b(2fa|mfa)\b"
    r"|(dedicated|special|separate|external|third[- ]party|client) password|generate .{0,20}password"
    r"|授权码|授權碼|独立密码|专用密码|parol prilozh|парол\w* (для )?(внешн|прилож)|アプリ(ケーション)?.?パスワード"
)
_METHOD = r"(mechanism|(auth\w*|login|log-?in) (type|method|scheme|mode|protocol)|sasl method)s?"
_MECHANISM = (
    rf"(invalid|unsupported|unrecogni[sz]ed|unknown|no such|weak|disabled|unimplemented) .{{0,20}}{_METHOD}"
    rf"|{_METHOD}\b.{{0,30}}(not (supported|allowed|available|enabled|implemented|recogni[sz]ed|known)|unsupported"
    rf"|invalid"
    r"|unavailable|disabled|too weak|unrecogni[sz]ed|unknown)"
    r"|no (suitable |worthy |acceptable |secret |such )?mech(anism|s)? (available|found|supported|enabled)?"
    r"|mech(anism)? (is )?(not|un)\b|does not support .{0,20}(mechanism|authentication (type|method))"
    rf"|(unable|cannot|can't) (to )?use (this |that |the )?{_METHOD}"
)
_LOGIN = r"(auth\w*|log-?ins?|log-?on|sign-?in|credentials?|passw\w*|user ?(name|id)?s?|account)"
_WRONG = (
    r"(fail\w*|incorrect|invalid|wrong|reject\w*|denied|refused|unsuccessful|bad|mismatch|unknown|unable|incorrecta?|null"
    r"|not (accepted|recogni[sz]ed|valid|match\w*|correct|found|exist\w*|successful)|does ?n[o']t (match|exist))"
)
_LOGIN_WRONG = (
    rf"{_LOGIN}\b.{{0,40}}\b{_WRONG}|\b(could not|cannot|can't|unable to|{_WRONG})\b.{{0,30}}\b{_LOGIN}"
    r"|(密码|用户名|帐号|账号).{0,10}(错误|有误|不正确)|认证失败|登录失败|неверн|ошибка аутентификации"
)
# A 535 that says so is not about the password, whatever its code.
_BROKEN = (
    r"temporar|\bbusy\b|\bi/o error|\bfatal error|\bbroken\b"
    r"|at (present|this time|the moment)|internal \w+ (error|failure)|(internal|server|system|backend"
    r"|database|ldap|sql|generic|remote|configuration)[ -]?(server |system )?"
    r"(error|failure|problem)|connection (lost|refused|timed? ?out|to .{0,30} failed)|\btimed? ?out\b"
    r"|(service|server|server\(s\)|backend|authentication) (is )?(temporarily |currently )?(unavailable|not available)"
)
_LATER = rf"{_BROKEN}|unavailable|try (again|later)|later|overload|\bbusy\b|maintenance"
_IN_USE = r"(locked|used|in use|opened) by|another (process|client|session)"
_NO_CLIENT_CERTIFICATE = (
    r"\b(client|peer|your) (tls |ssl )?cert(ificate)?s?\b.{0,40}(required|needed|missing|presented|provided|trusted"
    r"|verif"
    r"|invalid|reject|accepted|mandatory)"
    r"|(no|missing|without|present|provide|require\w*|invalid|need\w*) (a |an |any |valid |trusted )*"
    r"(client|peer|tls client) (tls |ssl )?cert"
)
_ADDRESS = (
    r"(ip( address)?(es)?|host( ?name)?|(ip|host|network|client|source|remote) address|network|machine|server ip)"
)
_IP = r"\[?(\d{1,3}\.){3}\d{1,3}\b\]?"
# Behind "from" this is no sender's address.
_HOST = (
    r"((the|this|that|your|our|any|sending|source|client|connecting|remote|mail|dynamic) )*"
    rf"(({_ADDRESS}|ips|hosts|servers?|(country|countries))\b|{_IP})"
)
_COUNTRY = r"\b((country|countries)(?! code)|geo-?ip|geo-?location|geographic\w* location|your location)\b"
# By where it is, or by what kind of line it has: no address of it is better than another.
_HOST_ABROAD = (
    rf"{_COUNTRY}.{{0,40}}{_DISALLOWED}|{_DISALLOWED}.{{0,20}} (in|from|by|on) (your |this |that )?{_COUNTRY}"
)
_HOST_DYNAMIC = r"\b(dynamic(ally assigned)?|dial-?up|residential) (ip|address|host|network)"
_HOST_NAMELESS = (
    r"reverse (dns|host|lookup|ip)|\bptr\b|\brdns\b|forward.confirmed|ip name (lookup|possibly)"
    r"|unverif\w+ (sending )?(ip|host)s?\b"
    r"|mismatch\w* (the )?client ip|(cannot|can't|unable to) resolve your|unresolvable (relay )?host"
)
# Lists of hosts, by their names; those of domains speak of the sender, or of what a message holds.
_HOST_LISTS = r"dnsbl|\b\w{0,2}rbl\b|spamhaus|spamcop|\bsorbs\b|\bipcheck\b"
_DOMAIN_LISTS = r"\bdbl\b|uribl|surbl|\b(domain|sender address)\b"
# What it is held to be, by servers that would say the same of a relay.
_HOST_RELAYS = (
    rf"(listed|{_ADDRESS}|{_IP}|\byour( \w+)? server)\b.{{0,20}} (is|as) an? open relay|\bopen-?relay check"
    r"|\bip\b.{0,20} spammer"
)
_HOST_LISTED = (
    rf"{_HOST_LISTS}|blocked using|block ?list|(?<!may be )black ?list|denylist|banned(?! (recipient|sender))"
    rf"|reputation|{_HOST_RELAYS}"
    rf"|{_ADDRESS}\b.{{0,40}}\bnot (in|on|part of) .{{0,20}}(white|allow|safe) ?list"
    rf"|{_IP}\W{{0,4}}((is|was|has been|found) )?(temporarily |permanently )?(listed|blocked|banned)"
    rf"|({_REFUSED}|invalid|unknown|black|bad|spam) ((source|client|remote|sender|sending) )?ip\b"
    r"(?! (address )?(literal|format))"
    rf"|(mail|message|access|connection)s? {_REFUSED}\W{{1,4}}{_IP}"
    r"|\buse .{0,30}\b(smtp|relay|mail server)\b.{0,30}\b(isp|provider)\b"
    r"|\bopen proxy\b|block .{0,30}(against|on) your ip|looks suspiciously like"
)
_HOST_REFUSED = (
    rf"client (host|address|ip)\b.{{0,60}}{_DISALLOWED}|your access to .{{0,60}} {_DISALLOWED}"
    rf"|({_DISALLOWED}|(not|n't) (currently )?accept(ing)?|no access)\b.{{0,20}}"
    rf" (from {_HOST}|(by|for) (your|this) ip\b)"
    rf"|too (many|much) (spam|junk|complaint)s? from {_HOST}"
    rf"|\bfrom {_HOST}.{{0,60}}({_DISALLOWED}|(weren't|not) sent|permanently deferred|deferred using)"
    rf"|(that|this|your|the|client|host|source|sending|connecting|remote|originating) {_ADDRESS}\b.{{0,60}}"
    rf"({_DISALLOWED}|listed|filtered)"
    rf"|\b(ips|ip( address)?)\b.{{0,40}}({_DISALLOWED}|filtered)"
    r"|(access|connection|service)s? (from|by) .{0,60}(denied|refused|rejected|blocked|not (allowed|permitted))"
    r"|(adresse|indirizzo|direcci[oó]n) ip\b.{0,40}(bloqu|blocc)|ip-adresse\b.{0,40}(gesperrt|blockiert|abgelehnt)"
)
_CLIENT = rf"{_HOST_REFUSED}|{_HOST_LISTED}|{_HOST_ABROAD}|{_HOST_DYNAMIC}|{_HOST_NAMELESS}"
_HELO = (
    r"\b(helo|ehlo)\b.{0,40}(reject|denied|invalid|syntax|required|refused|blocked|not |bad)"
    r"|(reject|invalid|bad|syntactically|malformed|bogus|forged).{0,20}\b(helo|ehlo)\b|\bhelo ?(host|name) error"
)
_SIZE = (
    r"message size|size limit|(message|mail|data|content) (is |was )?(too|to) (big|large|long)|exceeds? .{0,30}\bsize\b"
)
_MAILBOX_FULL = r"mailbox (is )?(full|size|exceeded)|quota|(over|out of) (quota|storage)|storage"
_SPF = (
    r"spf\b|sender policy framework|\bdmarc\b|\bdkim\b|does not designate|not (a )?permitted sender"
    r"|(unauthenticated|not authenticated).{0,40}(mail|message|email|domain)|(mail|message) is unauthenticated"
    r"|required authentication level"
)
_AUTH_REQUIRED = (
    r"requires? (smtp |valid |an? )?(auth\w*|log-?in)|(auth\w*|log-?in|logon) (is )?(required|needed|mandatory|first)"
    r"|must (first )?(be )?(authenticat|log ?in|sign ?in|logged)|not (yet )?(authenticated|logged[- ]?in)"
    r"|(please|need to|should|have to) (first )?(be )?(authenticat|log ?in|sign ?in)|auth\w* (command )?(first|before)"
    r"|fail(s|ed)? to authenticate|permissions? to submit|\bneed auth\b|^auth\w* (failure|failed|error)"
    r"|(unauthenticated|anonymous) (sender|client|user|access|mail|connection|command)"
    r"|(turn|switch) on (smtp )?auth|\blocal users? only\b|pop.before.smtp|check .{0,10}mail first"
    r"|(only|for) (authenticated|logged[- ]?in) (user|client|sender)|no auth|without auth|check local fail"
    r"|(需要|请先|要求).{0,6}(认证|登录|身份验证|验证)"
)
_FROM = rf"from(?! {_HOST})"
_SENDER = (
    rf"((envelope |mail )?(sender(?! (ip|host)\b)|{_FROM})( (e-?mail )?address)?|envelope domain|mailfrom|return.?path"
    r"|sender'?s? domain|from:? header)"
)
_NOT_OWNED = (
    r"not owned by|only .{0,20}your own|one of your (e-?mail )?(address|alias|identit)|send ?as ?denied"
    r"|not allowed to send as|permissions? to send as|verified sender|not a sender signature"
    r"|not authori[sz]ed to perform"
    rf"|{_NOT} (authori[sz]ed|allowed|permitted) to (send|use|mail)(?! ((e-?)?mails? |messages? )?to\b) "
    rf".{{0,20}}(from|as|with|this|that|the)\b"
    rf"|{_SENDER}.{{0,40}}(does not|doesn't|did not|must|should|has to) (be )?(the )?(match|equal|same|identical"
    rf"|belong|conform|use (this|your) )"
    rf"|{_SENDER}\b.{{0,40}}{_NOT} (match|belong|own|associated|allowed for|permitted for|authori[sz]ed (for|by))"
    rf"|(same as|equals?( to)?|match(es)?|belongs? to|identical (to|with)) .{{0,30}}(auth\w*|log-?in|user\w*|account)"
    rf"|{_NOT} (allowed|permitted|authori[sz]ed|valid) (for|by|with) (this |the |that |your )?"
    r"(auth\w*|log-?in|user|account|session|credential)"
    r"|(disallowed|denied|refused|not allowed) as\b(?!\(| (an? )?(from|sender)\b)"
    r"|(发信人|发件人|发件地址).{0,12}(不一致|不同|必须|不符|不匹配)"
)
# To whoever logged in a refusal of the sender says that it is not this login's.
_SENDER_NOT_THEIRS = (
    rf"{_SENDER}\b.{{0,40}}({_NOT} (allowed|permitted|authori[sz]ed)|unauthori[sz]ed)|not local sender"
    r"|non-local account|spoof"
    rf"|send(ing)? from .{{0,60}}{_NOT} (allowed|permitted|authori[sz]ed)"
)
# At MAIL FROM no recipient has been named yet: of who logged in it is the sender that is refused.
_RELAY_REFUSED = r"relay(ing)?( access)? (is )?(disallowed|denied|prohibited|not (allowed|permitted))"
# A domain, or an account, that a provider does not send for yet, or no more.
_SENDING_OFF = (
    rf"domain\b.{{0,60}}({_NOT} (allowed|permitted|authori[sz]ed) to send|is (unverified|not verified))"
    r"|domain must be verified|unconfigured sending domain|to continue sending .{0,20}\bsign in\b"
    r"|(sending|sender) account\b.{0,30}\b(banned|blocked|suspended|disabled)"
    rf"|\b(sending(?! {_HOST}| mta)|outbounds?|outgoing)\b.{{0,60}}\b(disabled|suspended|paused|blocked)"
)
_RECIPIENT = r"(user|recipient|mailbox|address|account|alias|addressee|local.?part)"
_RELAY = (
    rf"relay\w*\b.{{0,40}}({_DISALLOWED}|not enabled|disabled)|({_REFUSED}|unable|{_NOT}|won't|credentials? for"
    rf"|\bno|\bopen).{{0,30}}relay"
    r"|\brelaying|(required|needed) (for|to) relay|rcpthosts|not .{0,20}gateway|non-accepted domain"
    rf"|delivery (is )?{_NOT} (allowed|permitted)|insecure mail relay|relay check\b.{{0,20}}fail"
    rf"|\bus(e|ing) .{{0,60}} as (a |an )?relay\b|{_NOT} handle (e-?)?mail for (?!.{{0,20}}{_RECIPIENT}\b)"
    rf"|\bas (a )?mail gate(way)?\b.{{0,20}}{_DISALLOWED}"
)
_SENDER_WRONG = (
    rf"{_SENDER}\b.{{0,40}}({_DISALLOWED}|invalid|unknown|fail\w*|not (allowed|verified|found|exist)|does not exist"
    rf"|bad|syntax|(black|block) ?listed)"
    rf"|(bad|invalid|unknown|unverified|malformed|{_REFUSED}) (sender(?! (ip|host)\b)|{_FROM}|return.?path)"
    r"|email address is not verified"
    r"|sender verif|domain of sender|\bdomain must resolve|\bsender has no (a|aaaa|mx|dns)\b"
    r"|sender.{0,30}(domain|dns|\bmx\b).{0,30}(not|no|unable|fail)|not allowed as an? (from|sender)\b"
    r"|envelope (blocked|rejected)|\b(user|sender|address|domain) (is )?(in|on) .{0,15}(black|block|deny) ?list"
    r"|reputation of (a|the|your) (\w+ )?domain|\bdomain .{0,40}\bdbl\b"
    r"|\byour (e-?mail|e-?mail address|domain)( name)?( (is|was|has been))? (black|block) ?listed"
)
_RECIPIENT_WRONG = (
    rf"{_RECIPIENT}s?\b.{{0,30}}(unknown|not (found|exist\w*|known|local|in\b|valid|listed)|n(o|[o']t) exist"
    rf"|no longer exist|invalid|disabled)"
    rf"|(unknown|no such|invalid|bad|non-?existent|undeliverable) (local )?{_RECIPIENT}|no mailbox"
    rf"|nobody .{{0,20}}by that name"
)
# Amazon SES's "address" is whose command it answers.
_RECIPIENT_LISTED = (
    r"(recipient|: address|recipient'?s? address)( (is|was|has been))? (black|block) ?listed|listed by (the )?recipient"
)
_GREYLIST = (
    r"gr[ea]y.?list|(try|come|check) (again|back|later)|\blater\b|\bdefer|temporar|in progress|unverified|minutes?\b"
)


def says_that_it_failed(reply: Reply) -> bool:
    """Whether a login that the code accepts is refused by the words beside it."""
    return _has(_LOGIN_WRONG, reply.text[:JUDGED_LIMIT])


# -- SMTP ------------------------------------------------------------------------------------------------------------

GREETING_RULES = (
    Rule("client_certificate_required", codes="[45]..", words=_NO_CLIENT_CERTIFICATE),
    Rule("service_unavailable", codes="4..", words=_LIMIT),
    Rule("client_rejected", codes="4..", words=_HOST_NAMELESS, unless=r"\blater\b|try again|temporary (error|fail)"),
    Rule("client_rejected", codes="[45]..", words=_CLIENT, unless=_LATER),
    Rule("service_unavailable", codes="4.."),
    Rule("client_rejected", codes="5.."),
)
# Servers that speak something else know no EHLO and no HELO; a name that is refused is another matter.
COMMAND_UNKNOWN = (
    r"unknown|un-?recogni[sz]ed|not (recogni[sz]ed|implemented|supported|understood|known)|unimplemented|unsupported"
    r"|invalid (command|verb)|bad command|what\?|\blhlo\b|(log ?in|sign) (with|first)|not logged in"
    r"|\buser\b.{0,10}\bpass\b"
    r"|command (error|invalid)|illegal command"
)
HELLO_RULES = (
    Rule("client_certificate_required", codes="[45]..", words=_NO_CLIENT_CERTIFICATE),
    Rule("hello_rejected", codes="[45]..", words=_HELO),
    Rule("service_unavailable", codes="4..", words=_LIMIT),
    Rule("client_rejected", codes="[45]..", words=_CLIENT, unless=_LATER),
    Rule("service_unavailable", codes="4..", cure="hello"),
    Rule("client_rejected", codes="5..", words=_CLIENT),
    Rule("hello_rejected", codes="5.."),
)

# What a server says of the account, in any protocol. An application password comes first, for the same sentence often
# says that the password was not accepted, and of an account that it is not enabled.
_ACCOUNT_RULES = (
    Rule("auth_disabled_for_account", words=_TENANT, cure="tenant"),
    Rule("auth_disabled_for_account", words=_BASIC_OFF, cure="oauth"),
    Rule("auth_app_password_required", words=_APPLICATION_LOGIN),
    Rule("auth_disabled_for_account", words=_ROBOT, cure="browser"),
)
_SWITCHED_OFF_RULES = (
    Rule("auth_disabled_for_account", words=_PROTOCOL_OFF, cure="protocol"),
    Rule("auth_disabled_for_account", words=_ACCOUNT_OFF),
)

AUTH_RULES = (
    # 1. by detail
    # A limit is named by words, whatever the detail.
    Rule("auth_too_many_attempts", codes="4..", words=_LIMIT),
    # X.3.3 is a feature that the system does not have: the mechanism.
    Rule("auth_temporary_failure", enhanced=r"[45]\.3\.(?!3\Z)\d+"),
    Rule("auth_requires_encryption", enhanced=r"[45]\.7\.11", secure=False),
    Rule("auth_disabled_for_account", enhanced=r"[45]\.(7\.13|1\.8)"),
    # 2. by words
    Rule("client_certificate_required", codes="[45]..", words=_NO_CLIENT_CERTIFICATE),
    Rule("auth_too_many_attempts", codes="[45]..", words=_LIMIT),
    Rule("auth_mechanism_refused", codes="432"),
    Rule("auth_requires_encryption", codes="[45]..", words=_STARTTLS_FIRST, secure=False),
    Rule("auth_requires_encryption", codes="530|538", secure=False),
    *_ACCOUNT_RULES,
    Rule("client_rejected", codes="[45]..", words=_HOST_ABROAD, unless=r"\b(password|credential)"),
    Rule("auth_mechanism_refused", codes="[45]..", words=_MECHANISM),
    *_SWITCHED_OFF_RULES,
    Rule("client_rejected", codes="[45]..", words=_CLIENT, unless=r"\b(password|credential|user)"),
    Rule("auth_temporary_failure", codes="454"),  # RFC 4954 6: it says nothing about the credentials
    Rule("auth_temporary_failure", codes="4..", words=_BROKEN),
    Rule("auth_temporary_failure", codes="5..", words=_BROKEN, unless=r"\b(password|credential)"),
    Rule("auth_not_offered", codes="50[23]", words=r"not (enabled|advertised|available|implemented|allowed|supported)"),
    Rule(
        "auth_not_offered",
        codes="5..",
        words=r"\bauth\w* (is )?not (allowed|enabled|supported) (on|at|by)\b.{0,40}server",
    ),
    Rule("auth_rejected", codes="[45]..", enhanced=r"[45]\.7\.8"),
    Rule("auth_mechanism_refused", codes="501", words=r"decode|base64|malformed"),
    Rule("auth_mechanism_refused", codes="50[0-2]", words=r"command\b.{0,20}not recogni[sz]ed"),
    Rule("auth_mechanism_refused", codes="535", enhanced=r"5\.5\.4"),
    Rule("auth_rejected", codes="4..|50[01]", words=_LOGIN_WRONG, unless=r"\btry (again )?later"),
    Rule("auth_rejected", enhanced=r"5\.7\.139", words=_LOGIN_WRONG, unless=r"^authentication unsuccessful\W*$"),
    Rule("auth_disabled_for_account", enhanced=r"5\.7\.139"),
    # 3. by the code
    Rule("auth_temporary_failure", codes="4.."),
    Rule("auth_app_password_required", codes="534"),
    Rule("auth_mechanism_refused", codes="50[0-4]"),
    Rule("auth_rejected", codes="5..", words=_LOGIN_WRONG),
    Rule("auth_rejected", codes="524|530|535|55[0134]|571"),
    Rule("auth_rejected", codes="5..", enhanced=r"5\.7\.3"),
)


def _envelope(stage: str) -> tuple[Rule, ...]:
    """The rules of MAIL FROM and RCPT TO up to the code; the server's own trouble goes to who was being spoken of."""
    return (
        # 1. by detail
        Rule("message_size_exceeded", enhanced=r"[45]\.3\.4", unless=_SENDING_OFF),
        Rule("sender_not_owned", enhanced=r"[45]\.(7\.60|2\.252)"),
        Rule("auth_required", enhanced=r"[45]\.7\.57", logged_in=False),
        # Microsoft's: 5.7.51, 5.7.507 and 5.7.511 are addresses that a recipient's organisation lets in or keeps out,
        # 5.7.510 is IPv6, 5.7.68 a host that sends directly; 5.7.509 and 5.7.515 are DMARC, 5.7.501 is an account.
        Rule("client_rejected", enhanced=r"[45]\.7\.(25|51|68|507|51[013])"),
        # Gmail's 4.7.23 is what X.7.25 means.
        Rule("client_rejected", enhanced=r"[45]\.7\.2[0-7]", words=_HOST_NAMELESS, unless=r"\bspf\b"),
        Rule("sender_deferred", codes="4..", enhanced=r"[45]\.7\.2[0-7]", words=_LATER, cure="spf"),
        Rule("sender_rejected", enhanced=r"[45]\.7\.(2[0-7]|509|515)", cure="spf"),
        # 2. by words that belong to a code of another subject, too
        Rule("message_size_exceeded", codes="[45]..", words=_SIZE, unless=_MAILBOX_FULL),
        Rule("client_certificate_required", codes="[45]..", words=_NO_CLIENT_CERTIFICATE),
        Rule("auth_requires_encryption", codes="[45]..", words=_STARTTLS_FIRST, secure=False),
        Rule("client_rejected", codes="[45]..", words=rf"{_HOST_ABROAD}|{_HOST_DYNAMIC}", unless=_AUTH_REQUIRED),
        Rule("sender_not_owned", codes="[45]..", words=_NOT_OWNED, unless=r"\bspf\b|relay(?!.{0,60}\bas\b)"),
        Rule(
            "sender_not_owned",
            codes="[45]..",
            words=_SENDER_NOT_THEIRS,
            unless=rf"{_SPF}|\b{_ADDRESS}\b",
            logged_in=True,
        ),
        Rule("sender_rejected", codes="[45]..", words="spoof", cure="spf"),
        Rule("sender_rejected", codes="[45]..", words=_SENDING_OFF, unless=rf"{_SPF}|from {_HOST}|limit|quota"),
        Rule(
            "sender_deferred",
            codes="4..",
            words=rf"({_SPF}).*({_LATER})|temporar\w* .{{0,20}}\b(spf|dkim|dmarc)\b",
            cure="spf",
        ),
        Rule(
            "sender_rejected",
            codes="[45]..",
            words=_SPF,
            unless=r"(must|please|need to|first) authenticate",
            cure="spf",
        ),
        Rule("auth_required", codes="530", logged_in=False),
        Rule("auth_required", codes="[45]..", words=_AUTH_REQUIRED, logged_in=False),
        # 1. by detail that the words above may correct: X.1.7 of a sender that is not the login's
        Rule("sender_deferred", codes="4..", enhanced=r"4\.1\.[78]", cure="domain"),
        Rule("sender_rejected", enhanced=r"[45]\.1\.[78]"),
        Rule(f"{stage}_deferred", codes="4..", words=r"gr[ea]y.?list"),
        Rule(f"{stage}_deferred", codes="4..", enhanced=r"4\.(3\.\d+|4\.5)", words=_LIMIT, cure="limit"),
        # X.5.3 is too many recipients, of any wording.
        Rule(f"{stage}_deferred", codes="4..", enhanced=r"4\.5\.3", cure="limit"),
        # X.4.5 is a mail system that has too much to do, or no disk left.
        Rule(f"{stage}_deferred", codes="4..", enhanced=r"4\.(3\.\d+|4\.5)", cure="server"),
        # 2. by words
        # OpenSMTPD, of a sender that is not this login's; to others it says with 530 that a login is wanted.
        Rule("sender_not_owned", codes="530", words="sender rejected", logged_in=True),
        # Block lists of domains and names: Postfix says which of the three it looked up.
        Rule("sender_rejected", codes="[45]..", words=r"sender (address|domain)\b.{0,80}\b(blocked|listed)"),
        Rule("hello_rejected", codes="[45]..", words=_HELO),
        Rule("relay_denied", codes="[45]..", words=_RELAY, unless=_HOST_RELAYS),
        Rule("relay_denied", codes="551", unless=r"\b(deactivated|inactive|disabled|unknown|no such|customer)"),
        Rule("client_rejected", codes="[45]..", words=_HOST_LISTS, unless=_DOMAIN_LISTS),
        Rule(
            "client_rejected",
            codes="[45]..",
            words=_CLIENT,
            unless=rf"{_SENDER_WRONG}|{_RECIPIENT_LISTED}|limits for how (many|much|often)",
        ),
        # 1. by a detail that sendmail's lists of unwelcome hosts share
        Rule(f"{stage}_rejected", enhanced=r"[45]\.3\.\d+", cure="server", unless=_RECIPIENT_WRONG),
    )


SENDER_RULES = (
    Rule("sender_not_owned", codes="5..", words=_RELAY_REFUSED, logged_in=True),
    *_envelope("sender"),
    # 3. by the code
    Rule("sender_deferred", codes="4..", words=_SENDING_LIMIT, cure="limit"),
    Rule("sender_deferred", codes="4..", words=r"unresolv\w+ .{0,30}domain|domain must resolve", cure="domain"),
    Rule("sender_rejected", codes="4..", words=_SENDER_WRONG, unless=_GREYLIST),
    Rule("sender_deferred", codes="4..", enhanced=r"4\.4\.\d+", cure="network"),
    Rule("sender_deferred", codes="4.."),
    Rule("sender_rejected", codes="5..", words=_SENDING_LIMIT, cure="limit"),
    Rule("sender_rejected", codes="5.."),
)
RECIPIENT_RULES = (
    *_envelope("recipient"),
    # Postfix with smtpd_delay_reject says here what it holds against the sender.
    Rule(
        "sender_deferred",
        codes="4..",
        words=rf"{_SENDER}\b.{{0,60}}\b(quota|limit) .{{0,20}}exceeded",
        unless="recipient",
        cure="limit",
    ),
    Rule("sender_deferred", codes="4..", words=_SENDER_WRONG, unless=r"recipient", cure="domain"),
    Rule("sender_rejected", codes="5..", words=_SENDER_WRONG, unless=r"recipient"),
    # 3. by the code
    Rule("recipient_deferred", codes="4..", enhanced=r"4\.2\.2", cure="mailbox"),
    Rule("recipient_deferred", codes="4..", words=r"server (is )?busy", cure="reply"),
    Rule("recipient_deferred", codes="4..", enhanced=r"4\.(2\.0|7\.\d+)", unless=_LIMIT),
    Rule("recipient_deferred", codes="4..", words=_LIMIT, cure="limit"),
    Rule("recipient_rejected", codes="4..", words=_RECIPIENT_WRONG, unless=_GREYLIST),
    Rule("recipient_deferred", codes="4..", enhanced=r"4\.2\.\d+", cure="mailbox"),
    Rule("recipient_deferred", codes="4..", words=_MAILBOX_FULL, cure="mailbox"),
    Rule("recipient_deferred", codes="4..", enhanced=r"4\.4\.\d+", cure="network"),
    Rule("recipient_deferred", codes="4..", cure="reply"),
    Rule("recipient_rejected", codes="5..", words="too many recipients", cure="limit"),
    Rule(
        "recipient_rejected",
        codes="5..",
        words=rf"{_LIMIT}|receiving mail (too quickly|at a rate)",
        cure="limit",
        unless=_MAILBOX_FULL,
    ),
    Rule("recipient_rejected", codes="5.."),
)

# -- IMAP ------------------------------------------------------------------------------------------------------------

_IMAP_ENCRYPTION_RULES = (
    Rule("auth_requires_encryption", enhanced="PRIVACYREQUIRED|XTLSREQUIRED|TLSREQUIRED|ENCRYPT-NEEDED", secure=False),
    Rule("auth_requires_encryption", enhanced="PRIVACYREQUIRED"),
    Rule("auth_requires_encryption", words=_STARTTLS_FIRST, secure=False),
)
IMAP_AUTH_RULES = (
    *_IMAP_ENCRYPTION_RULES,
    Rule("client_certificate_required", words=_NO_CLIENT_CERTIFICATE),
    Rule("auth_too_many_attempts", enhanced="LIMIT|THROTTLED"),
    Rule("auth_too_many_attempts", words=_LIMIT),
    *_ACCOUNT_RULES,
    Rule("client_rejected", codes="NO", words=_HOST_ABROAD, unless=r"\b(password|credential)"),
    Rule("auth_app_password_required", enhanced="WEBALERT"),
    # RFC 5530's CONTACTADMIN is also what a server says of itself.
    Rule("auth_temporary_failure", codes="NO|BAD", enhanced="CONTACTADMIN", words=_BROKEN, unless=_ACCOUNT_OFF),
    Rule("auth_disabled_for_account", codes="NO", enhanced="AUTHORIZATIONFAILED|EXPIRED|CONTACTADMIN|NOPERM"),
    Rule("auth_temporary_failure", codes="NO|BAD", enhanced="UNAVAILABLE|INUSE|SERVERBUG|OVERQUOTA|CANNOT"),
    Rule("auth_mechanism_refused", codes="NO|BAD", words=_MECHANISM),
    Rule("auth_mechanism_refused", codes="NO|BAD", words=r"\berror in imap command\b|\bargument to authenticate\b"),
    Rule("auth_mechanism_refused", codes="BAD", words=COMMAND_UNKNOWN, unless=r"user|password|credential"),
    Rule("auth_temporary_failure", codes="NO", words=_IN_USE),
    *(Rule(rule.reason, codes="NO", words=rule.words, cure=rule.cure) for rule in _SWITCHED_OFF_RULES),
    Rule("client_rejected", codes="NO", words=_CLIENT, unless=r"\b(password|credential|user)"),
    Rule("auth_rejected", codes="NO|BAD", enhanced="AUTHENTICATIONFAILED"),
    Rule(
        "auth_temporary_failure", codes="NO|BYE", words=rf"{_LATER}|connection lost", unless=r"\b(password|credential)"
    ),
    Rule("auth_rejected", codes="NO"),
    Rule("auth_rejected", codes="BAD", words=_LOGIN_WRONG),
)
# Before the login there is no account to speak of.
IMAP_HELLO_RULES = (
    Rule("client_certificate_required", words=_NO_CLIENT_CERTIFICATE),
    Rule("service_unavailable", codes="BYE", enhanced="UNAVAILABLE|LIMIT|THROTTLED|SERVERBUG|INUSE"),
    Rule("service_unavailable", codes="BYE", words=_LIMIT),
    Rule("client_rejected", codes="BYE", words=_CLIENT, unless=_LATER),
    Rule(
        "client_rejected",
        codes="BYE",
        words=rf"access (is )?denied|{_NOT} (allowed|permitted) to connect",
        unless=_LATER,
    ),
    Rule("service_unavailable", codes="BYE"),
)
# What keeps a server from opening a mailbox that is there comes before the doubt whether it is there.
IMAP_MAILBOX_RULES = (
    Rule("auth_too_many_attempts", enhanced="LIMIT|THROTTLED"),
    Rule("auth_too_many_attempts", words=_LIMIT),
    # CANNOT is a name that can be no mailbox's.
    Rule("mailbox_not_found", codes="NO", enhanced="NONEXISTENT|TRYCREATE|CANNOT"),
    Rule("mailbox_not_found", codes="NO", enhanced="NOPERM", cure="permission"),
    Rule(
        "unknown",
        enhanced="SERVERBUG|UNAVAILABLE|INUSE|CORRUPTION|CONTACTADMIN|CLIENTBUG",
        cure="mailbox_trouble",
    ),
    Rule("unknown", words=r"unsafe log-?in|\bid\b (command|is required|first)|client id", cure="client_id"),
    Rule("unknown", words=r"authenticated but not connected|not connected", cure="not_connected"),
    Rule("auth_disabled_for_account", words=_BASIC_OFF, cure="oauth"),
    Rule(
        "mailbox_not_found",
        codes="NO",
        words=r"(permission|rights?|access)\b.{0,30} (folder|mailbox)",
        cure="permission",
    ),
    Rule("auth_disabled_for_account", words=_PROTOCOL_OFF, cure="protocol"),
    Rule(
        "unknown",
        words=rf"{_BROKEN}|{_IN_USE}|\bis (locked|(currently )?reserved)|\bcorrupt|invalid format",
        cure="mailbox_trouble",
    ),
    Rule("mailbox_not_found", codes="NO", words=r"permission|access|den(y|ied)|rights?\b", cure="permission"),
    Rule("mailbox_not_found", codes="NO"),
)
