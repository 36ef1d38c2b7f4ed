# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenSMTPD: one daemon, a listener for each service that is tested. It logs each login."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.integration.real.accounts import ACCOUNTS, DOMAIN, Account
from tests.integration.real.certificates import HOST, Certificate, Certificates
from tests.integration.real.common_cases import SIZE_LIMIT_MB
from tests.integration.real.daemons import DaemonError, Log, Tally, free_ports, open_folder, running, wait_until
from tests.integration.real.mail_servers import User, certificate, seeing, with_users
from tests.tools.mail_servers import FOLDER

PROGRAM = FOLDER / "opensmtpd" / "usr" / "sbin" / "smtpd"
_ENCRYPT = FOLDER / "opensmtpd" / "usr" / "libexec" / "opensmtpd" / "encrypt"
# Where it locks itself in, which must be there and belong to root.
_EMPTY = "lib/opensmtpd/empty"
USERS = (User("opensmtpd", 64_902, f"/var/{_EMPTY}"), User("opensmtpq", 64_903))

_SUBMISSION = 'tls-require pki "$name" auth <accounts> senders <owners>'

# The options of each service's listener; $name is the service's own, by which it has its certificate.
SERVICES = {
    "submission": _SUBMISSION,
    "smtps": 'smtps pki "$name" auth <accounts> senders <owners>',
    "relay": 'tls pki "$name"',
    "clear": "",
    "expired": _SUBMISSION,
    "misnamed": _SUBMISSION,
    "untrusted": _SUBMISSION,
    "self_signed": _SUBMISSION,
    "at_most_tls_1_2": f'{_SUBMISSION} protocols "tlsv1.2"',
    "strict_helo": 'tls pki "$name" filter "full-name"',
    "closed_to_us": "filter closed",
    "greylisting": "filter greylist",
}

_CONFIGURATION = Template(
    """$pki
table accounts file:$folder/accounts
table owners { $owners }
table people { $people }
table locals { "127.0.0.0/8" }
table bare { "short" }
smtp max-message-size ${size}M
filter "full-ehlo" phase ehlo match helo <bare> reject "550 EHLO must be a full host name"
filter "full-helo" phase helo match helo <bare> reject "550 HELO must be a full host name"
filter "full-name" chain { "full-ehlo", "full-helo" }
filter closed phase connect match src <locals> disconnect "550 this host is not welcome here"
filter greylist phase mail-from match src <locals> reject "451 greylisted, try again later"
$listeners
action out relay host smtp://$host:9
match from any for any rcpt-to <people> action out
match auth from any for any action out
"""
)


@dataclass(frozen=True)
class OpenSmtpd:
    ports: dict[str, int]  # by service
    log: Log

    def seen_since(self, mark: int, connections: int) -> Tally:
        """What OpenSMTPD wrote of since the mark, once so many connections have ended; one more is in the tally too."""
        wait_until(
            "OpenSMTPD to write its log", lambda: self.log.since(mark).count(" smtp disconnected ") >= connections
        )
        written = self.log.since(mark)
        logins = [line for line in written.splitlines() if " smtp authentication " in line]
        return Tally(
            connections=written.count(" smtp connected "),
            logins=len(logins),
            failed_logins=sum("result=ok" not in line for line in logins),
        )


@contextlib.contextmanager
def opensmtpd(certificates: Certificates) -> Iterator[OpenSmtpd]:
    with open_folder() as folder:
        mounts = with_users(folder, USERS) | _places(folder)
        (folder / "accounts").write_text("".join(_account_line(account) for account in ACCOUNTS), encoding="utf-8")
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        configuration = folder / "smtpd.conf"
        configuration.write_text(_configuration(folder, ports, certificates), encoding="utf-8")
        configuration.chmod(0o600)
        log = Log(folder / "smtpd.log")
        command = [str(PROGRAM), "-d", "-v", "-f", str(configuration)]
        with running(
            seeing(mounts, "opensmtpd", command), log, lambda: "smtp: will accept" in log.since(0), logs_to_output=True
        ):
            yield OpenSmtpd(ports, log)


def _places(folder: Path) -> dict[str, Path]:
    """The folders that OpenSMTPD has names of built in, empty, by where they belong."""
    var, run = folder / "var", folder / "run"
    for made in (var / _EMPTY, var / "spool" / "smtpd", run):
        made.mkdir(parents=True, mode=0o755)
    (var / "spool" / "smtpd").chmod(0o711)
    (var / "run").symlink_to("/run")
    return {"/var": var, "/run": run}


def _account_line(account: Account) -> str:
    """A login as it keeps them, its password hashed by its own tool."""
    made = subprocess.run([str(_ENCRYPT)], input=account.password + "\n", capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise DaemonError(f"{_ENCRYPT.name}: {made.stderr}")
    return f"{account.name} {made.stdout.strip()}\n"


def _configuration(folder: Path, ports: dict[str, int], certificates: Certificates) -> str:
    return _CONFIGURATION.substitute(
        folder=folder,
        host=HOST,
        size=SIZE_LIMIT_MB,
        owners=", ".join(f"{account.name} = {account.address}" for account in ACCOUNTS),
        people=", ".join(account.address for account in ACCOUNTS),
        pki="\n".join(_pki(name, certificate(certificates, name)) for name in SERVICES),
        listeners="\n".join(_listener(name, port) for name, port in ports.items()),
    )


def _pki(name: str, its: Certificate) -> str:
    return f'pki "{name}" cert "{its.chain}"\npki "{name}" key "{its.key}"'


def _listener(name: str, port: int) -> str:
    options = Template(SERVICES[name]).substitute(name=name)
    return f"listen on {HOST} port {port} hostname mail.{DOMAIN} {options}"
