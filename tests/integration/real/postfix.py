# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Postfix: one service for each way in that is tested, on ports of its own, in folders of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.real.accounts import ACCOUNTS, DOMAIN, ODD_ACCOUNTS, TEAM_ADDRESS
from tests.integration.real.certificates import HOST, Certificate, Certificates
from tests.integration.real.daemons import Log, free_ports, open_folder, running, wait_until
from tests.integration.real.logins import Login

PROGRAM = "/usr/sbin/postfix"
SIZE_LIMIT_MB = 5

_LOGIN = {"smtpd_sasl_auth_enable": "yes", "smtpd_tls_auth_only": "yes"}
_SUBMISSION = {**_LOGIN, "smtpd_tls_security_level": "encrypt"}
_STRICT_HELO = (
    "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, "
    "check_helo_access inline:{{unwanted.example.net = REJECT}}"
)

# What services offer that offer less than Dovecot has: tokens only, or from one mechanism on, the strongest first.
TOKEN_MECHANISMS = ("xoauth2", "oauthbearer")
WEAKER_MECHANISMS = ("scram-sha-1", "cram-md5", "plain", "login")
PASSWORD_MECHANISMS = ("scram-sha-256", *WEAKER_MECHANISMS)
_OFFERS = {
    "tokens_only": TOKEN_MECHANISMS,
    **{each: (*WEAKER_MECHANISMS[place:], *TOKEN_MECHANISMS) for place, each in enumerate(WEAKER_MECHANISMS)},
}


def _old_tls(version: str) -> dict[str, str]:
    """Submission by this one version of TLS, as Postfix names it."""
    return {
        **_SUBMISSION,
        "smtpd_tls_mandatory_protocols": f">={version}, <={version}",
        "smtpd_tls_mandatory_ciphers": "low",
        "tls_low_cipherlist": "ALL:@SECLEVEL=0",
    }


# Each service's own settings; what is the same for all stands in main.cf.
SERVICES: dict[str, dict[str, str]] = {
    "submission": {**_SUBMISSION, "smtpd_sasl_mechanism_filter": ", ".join(PASSWORD_MECHANISMS)},
    "every_mechanism": _SUBMISSION,
    "smtps": {**_LOGIN, "smtpd_tls_wrappermode": "yes"},
    "relay": {"smtpd_tls_security_level": "may"},
    # Where Dovecot's submission service hands mail on; by another name in the log, for no test speaks to it.
    "behind_dovecot": {"syslog_name": "postfix-behind-dovecot"},
    "clear": {"smtpd_tls_security_level": "none"},
    "login_in_clear": {"smtpd_sasl_auth_enable": "yes", "smtpd_tls_security_level": "none"},
    "expired": _SUBMISSION,
    "misnamed": _SUBMISSION,
    "untrusted": _SUBMISSION,
    "self_signed": _SUBMISSION,
    "tls_1.0": _old_tls("TLSv1"),
    "tls_1.1": _old_tls("TLSv1.1"),
    "strict_helo": {"smtpd_delay_reject": "no", "smtpd_helo_restrictions": _STRICT_HELO},
    "strict_helo_late": {"smtpd_helo_restrictions": _STRICT_HELO},
    "closed_to_us": {"smtpd_delay_reject": "no", "smtpd_client_restrictions": "reject"},
    **{name: {**_SUBMISSION, "smtpd_sasl_mechanism_filter": ", ".join(offer)} for name, offer in _OFFERS.items()},
}


STANDARD_PORTS = {"submission": 587, "smtps": 465, "relay": 25}


@dataclass(frozen=True)
class Session:
    """What Postfix sums up of a session when it ends."""

    logins: int
    failed_logins: int


_MECHANISM = re.compile(r"sasl_method=([\w-]+)|SASL ([\w-]+) authentication failed")
_GOODBYE = re.compile(
    r" postfix/smtpd\[\d+\]: disconnect from [^\n]*?(?: auth=(?P<good>\d+)(?:/(?P<all>\d+))?[^\n]*)?\n"
)


@dataclass(frozen=True)
class Postfix:
    ports: dict[str, int]  # by service
    log: Log

    def sessions_since(self, mark: int, count: int = 1) -> list[Session]:
        """The sessions since the mark, once so many have ended; a session more than that is in the list too."""
        wait_until("Postfix to write its log", lambda: len(_GOODBYE.findall(self.log.since(mark))) >= count)
        return [_session(match) for match in _GOODBYE.finditer(self.log.since(mark))]

    def logins_since(self, mark: int) -> list[Login]:
        """The logins since the mark, once a session has ended: those that were refused, and those that then sent."""
        self.sessions_since(mark)
        return [Login(good or bad, int(bool(bad))) for good, bad in _MECHANISM.findall(self.log.since(mark))]


def _session(goodbye: re.Match[str]) -> Session:
    good = int(goodbye["good"] or 0)
    return Session(logins=int(goodbye["all"] or good), failed_logins=int(goodbye["all"] or good) - good)


def why_not() -> str | None:
    """Say why Postfix cannot be started here, or nothing."""
    if os.geteuid() != 0:
        return "Postfix can only be started by root"
    return None if Path(PROGRAM).exists() else "Postfix is not installed (apt-get install postfix)"


@contextlib.contextmanager
def postfix(certificates: Certificates, login_socket: Path, standard_ports: dict[str, int]) -> Iterator[Postfix]:
    """Start Postfix; it is ready when it says so, and no session but the tests' own is ever in its log."""
    with open_folder() as folder:
        for name in ("config", "queue", "data"):
            (folder / name).mkdir(mode=0o755)
        os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        log = Log(folder / "postfix.log")
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True)) | standard_ports
        main = _settings(folder, certificates, login_socket, log)
        (folder / "config" / "main.cf").write_text(_lines(main), encoding="utf-8")
        (folder / "config" / "master.cf").write_text(_services(ports, certificates), encoding="utf-8")
        command = [PROGRAM, "-c", str(folder / "config"), "start-fg"]
        with running(command, log, lambda: log.path.exists() and "daemon started" in log.since(0)):
            try:
                yield Postfix(ports, log)
            finally:
                # The daemon's own way to end, which waits for its children.
                subprocess.run([PROGRAM, "-c", str(folder / "config"), "stop"], capture_output=True, check=False)


def _settings(folder: Path, certificates: Certificates, login_socket: Path, log: Log) -> dict[str, str]:
    owners = ", ".join(f"{{{address} = {names}}}" for address, names in _owners().items())
    known = ", ".join(f"{{{account.address} = there}}" for account in ACCOUNTS)
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "maillog_file": str(log.path),
        "maillog_file_prefixes": str(folder),
        "inet_protocols": "ipv4",
        "inet_interfaces": HOST,
        "myhostname": f"mail.{DOMAIN}",
        "mydestination": DOMAIN,
        "mynetworks": "",
        "alias_maps": "",
        "alias_database": "",
        "local_recipient_maps": f"inline:{{{known}}}",
        "message_size_limit": str(SIZE_LIMIT_MB * 1_000_000),
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": str(login_socket),
        "smtpd_sender_login_maps": f"inline:{{{owners}}}",
        "smtpd_sender_restrictions": "reject_sender_login_mismatch",
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
        "smtpd_tls_cert_file": str(certificates.good.chain),
        "smtpd_tls_key_file": str(certificates.good.key),
    }


def _owners() -> dict[str, str]:
    """Who may send as whom: all as the team, and most as themselves."""
    everyone = " ".join(account.name for account in (*ACCOUNTS, *ODD_ACCOUNTS))
    return {TEAM_ADDRESS: everyone, **{account.address: account.name for account in ACCOUNTS}}


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _services(ports: dict[str, int], certificates: Certificates) -> str:
    internal = """postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
tlsmgr    unix - - n 1000? 1 tlsmgr
proxymap  unix - - n - - proxymap
anvil     unix - - n - 1 anvil
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
error     unix - - n - - error
local     unix - n n - - local
"""
    return internal + "".join(_service(name, port, certificates) for name, port in ports.items())


def _service(name: str, port: int, certificates: Certificates) -> str:
    own: Certificate | None = getattr(certificates, name, None)
    settings = SERVICES[name] | (
        {"smtpd_tls_cert_file": str(own.chain), "smtpd_tls_key_file": str(own.key)} if own is not None else {}
    )
    options = "".join(f"  -o {{ {option} = {value} }}\n" for option, value in settings.items())
    return f"{HOST}:{port} inet n - n - - smtpd\n{options}"
