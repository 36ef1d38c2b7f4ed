# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Courier, SMTP and IMAP: a listener for each service, and one daemon for all of them that knows the accounts.

Its places are built into its programs, so it runs in a mount namespace where /usr and /etc have what was unpacked laid
over them, and in a process namespace, for its listeners leave the group that they are started in. SMTP writes to
syslog; IMAP and the daemon of the accounts write to their output.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from tests.integration.real import mail_servers
from tests.integration.real.accounts import ACCOUNTS, DOMAIN, Account
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import SIZE_LIMIT_MB
from tests.integration.real.daemons import DaemonError, Log, Tally, free_ports, open_folder, running, wait_until
from tests.integration.real.mail_servers import User, certificate, with_users
from tests.integration.real.syslog import syslog
from tests.tools.mail_servers import FOLDER

_UNPACKED = FOLDER / "courier"
COURIER, MAIL = User("courier", 64_930), User("courier-mail", 64_931)

_TLS_FIRST = "/usr/bin/couriertls -server -tcpd"
_SMTP = "-user=courier -group=courier $PORT {tls_first} /usr/sbin/courieresmtpd"
_IMAP = "$PORT {tls_first} /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir"
_LOGIN_AFTER_TLS = {"ESMTPAUTH_TLS": "PLAIN LOGIN"}
_IMAP_TLS = {"IMAP_STARTTLS": "YES", "IMAP_CAPABILITY": "IMAP4rev1", "IMAP_CAPABILITY_TLS": "IMAP4rev1 AUTH=PLAIN"}


@dataclass(frozen=True)
class Service:
    """A listener: the program behind it, and what is in its environment (esmtpd(8), imapd(8))."""

    program: str
    settings: Mapping[str, str]


SMTP_SERVICES = {
    "submission": Service(_SMTP, {**_LOGIN_AFTER_TLS, "AUTH_REQUIRED": "1"}),
    "smtps": Service(_SMTP.format(tls_first=_TLS_FIRST), {**_LOGIN_AFTER_TLS, "ESMTP_TLS": "1"}),
    "relay": Service(_SMTP, {}),
    "clear": Service(_SMTP, {"COURIERTLS": ""}),
    "login_in_clear": Service(_SMTP, {"COURIERTLS": "", "ESMTPAUTH": "PLAIN"}),
    "closed_to_us": Service(_SMTP, {"BLOCK": "550 Mail from your host is not accepted here."}),
    **{name: Service(_SMTP, _LOGIN_AFTER_TLS) for name in ("expired", "misnamed", "untrusted", "self_signed")},
}
IMAP_SERVICES = {
    "imap": Service(_IMAP, {**_IMAP_TLS, "IMAP_TLS_REQUIRED": "1"}),
    "imaps": Service(_IMAP.format(tls_first=_TLS_FIRST), {**_IMAP_TLS, "IMAP_TLS": "1"}),
    "imap_clear": Service(_IMAP, {"IMAP_STARTTLS": "NO", "IMAP_CAPABILITY": "IMAP4rev1 AUTH=PLAIN"}),
    "imap_expired": Service(_IMAP, _IMAP_TLS),
    "imap_misnamed": Service(_IMAP, _IMAP_TLS),
    "imap_untrusted": Service(_IMAP, _IMAP_TLS),
    "imap_self_signed": Service(_IMAP, _IMAP_TLS),
}
SERVICES = {**SMTP_SERVICES, **IMAP_SERVICES}

# $1 is what was unpacked, $2 the folder; then pairs of "what" and "where". The first process of the namespace takes all
# others with it.
_START = """
trap 'exit 0' TERM
unpacked=$1 folder=$2; shift 2
mount -t overlay overlay -o "lowerdir=$unpacked/usr:/usr" /usr
mount -t overlay overlay -o "lowerdir=$unpacked/etc:/etc" /etc
while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done
makeuserdb
. /etc/courier/authdaemonrc
export authmodulelist daemons authdaemonvar DEBUG_LOGIN
/usr/lib/courier/courier-authlib/authdaemond &
. "$folder/listeners"
wait
"""
_AUTHENTICATION = """authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=1
"""
# It would ask DNS for the domains of senders, and answer who was refused late.
_EVERYWHERE = {"BOFHCHECKDNS": "0", "TARPIT": "0", "COURIERTLS": "/usr/bin/couriertls", "AUTHSERVICE": "imap"}
_STARTED = re.compile(r"courieresmtpd: started,ip=\[[^]]*\],port=\[(\d+)\]")
_FOLDERS_OF_ITS_OWN = ("aliases", "aliasdir", "esmtpacceptmailfor.dir", "hosteddomains", "shared", "smtpaccess")


@dataclass(frozen=True)
class Courier:
    ports: dict[str, int]  # by service
    smtp: Log
    others: Log  # IMAP, and the daemon that knows the accounts

    def smtp_since(self, smtp: int, others: int, least: Tally) -> Tally:
        """What SMTP wrote of since both marks, once so much is written; one more of each shows too."""

        def tally() -> Tally:
            return Tally(
                len(_STARTED.findall(self.smtp.since(smtp))),
                self.others.since(others).count("received auth request, service=esmtp"),
                sum('msg="535 Authentication failed."' in line for line in self.refusals_since(smtp)),
            )

        wait_until("Courier to write its log", lambda: _reaches(tally(), least))
        return tally()

    def refusals_since(self, mark: int) -> list[str]:
        """The lines of SMTP's refusals, and of commands that it does not understand, in connections since the mark."""
        written = self.smtp.since(mark)
        ours = tuple(f",port={port}," for port in _STARTED.findall(written))
        refusals = [line for line in written.splitlines() if "courieresmtpd: error," in line]
        return [line for line in refusals if any(port in line for port in ours)]

    def imap_since(self, mark: int, least: Tally) -> Tally:
        """The same for IMAP. Whoever leaves before a login is not written of any more."""

        def tally() -> Tally:
            written = self.others.since(mark)
            return Tally(
                written.count("DEBUG: Connection,"),
                written.count("received auth request, service=imap"),
                written.count("INFO: LOGIN FAILED,"),
            )

        def whole() -> bool:
            seen = tally()
            ends = sum(self.others.since(mark).count(end) for end in ("INFO: LOGOUT,", "INFO: DISCONNECTED,"))
            return _reaches(seen, least) and ends >= seen.logins - seen.failed_logins

        wait_until("Courier to write its log", whole)
        return tally()


def why_not() -> str | None:
    """Say why it cannot be started here, or nothing."""
    reason = mail_servers.why_not("courier")
    if reason is not None:
        return reason
    overlay = f"mount -t overlay overlay -o lowerdir={_UNPACKED}/usr:/usr /usr"
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", overlay]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"courier needs to lay folders over the system's: {tried.stderr.strip()}" if tried.returncode else None


@contextlib.contextmanager
def courier(certificates: Certificates) -> Iterator[Courier]:
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    with open_folder() as folder, syslog(folder) as heard:
        mounts = {**with_users(folder, (COURIER, MAIL)), **_places(folder), **heard.mounts}
        (folder / "listeners").write_text(
            "".join(_listener(name, port, folder, certificates) for name, port in ports.items()), encoding="utf-8"
        )
        pairs = [part for where, what in mounts.items() for part in (str(what), where)]
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"]
        command = [*namespaces, "sh", "-euc", _START, "sh", str(_UNPACKED), str(folder), *pairs]
        others = Log(folder / "output")
        with running(command, others, lambda: _are_open(ports.values()), logs_to_output=True):
            yield Courier(ports, heard.log, others)


def _reaches(tally: Tally, least: Tally) -> bool:
    return all(seen >= wanted for seen, wanted in zip(astuple(tally), astuple(least), strict=True))


def _are_open(ports: Iterable[int]) -> bool:
    """Whether all are listened on. To connect to them would stand in its logs."""
    listening = "0A"
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    heard = {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == listening}
    return heard.issuperset(ports)


def _places(folder: Path) -> dict[str, Path]:
    """The folders that Courier has names of built in, by where they belong."""
    etc, var, run = folder / "courier", folder / "var", folder / "run"
    shutil.copytree(_UNPACKED / "var" / "lib", var / "lib")
    (run / "courier" / "authdaemon").mkdir(parents=True)
    _give(COURIER, var / "lib" / "courier", run / "courier")
    for name in _FOLDERS_OF_ITS_OWN:
        (etc / name).mkdir(parents=True)
    files = {
        "me": f"mail.{DOMAIN}\n",
        "defaultdomain": f"{DOMAIN}\n",
        "locals": f"{DOMAIN}\n",
        "esmtpacceptmailfor": f"{DOMAIN}\n",
        "sizelimit": f"{SIZE_LIMIT_MB * 1_000_000}\n",
        "authdaemonrc": _AUTHENTICATION,
        "userdb": "".join(_account_line(folder, account) for account in ACCOUNTS),
    }
    for name, text in files.items():
        (etc / name).write_text(text, encoding="utf-8")
    (etc / "userdb").chmod(0o600)
    return {"/etc/courier": etc, "/var": var, "/run": run}


def _account_line(folder: Path, account: Account) -> str:
    """A login as userdb keeps them (userdb(8)), with a mailbox."""
    home = folder / "mail" / account.name
    for name in ("cur", "new", "tmp"):
        (home / "Maildir" / name).mkdir(parents=True)
    _give(MAIL, home)
    command = ["openssl", "passwd", "-6", "-stdin"]
    made = subprocess.run(command, input=account.password + "\n", capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise DaemonError(f"openssl: {made.stderr}")
    fields = f"home={home}|mail={home}/Maildir|uid={MAIL.number}|gid={MAIL.number}|systempw={made.stdout.strip()}"
    return f"{account.name}\t{fields}\n"


def _give(user: User, *folders: Path) -> None:
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.number, user.number)


def _listener(name: str, port: int, folder: Path, certificates: Certificates) -> str:
    """The shell's line that starts one."""
    its = certificate(certificates, name.removeprefix("imap_"))
    together = folder / f"{name}.pem"
    together.write_bytes(its.chain.read_bytes() + its.key.read_bytes())
    os.chown(together, COURIER.number, -1)
    together.chmod(0o600)
    service = SERVICES[name]
    settings = {**_EVERYWHERE, "TLS_CERTFILE": str(together), **service.settings}
    given = " ".join(f"'{key}={value}'" for key, value in settings.items())
    options = f"-address={HOST} -nodnslookup -noidentlookup -maxperip=40 -maxperc=40"
    program = service.program.format(tls_first="").replace("$PORT", str(port))
    return f"env {given} couriertcpd {options} {program} &\n"
