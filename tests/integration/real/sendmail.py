# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sendmail: a daemon for each certificate, with a port for each service. It logs each login.

Its configuration is made by its own m4 macros. It writes to syslog alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template

from tests.integration.real.accounts import ACCOUNTS, DOMAIN
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import SIZE_LIMIT_MB
from tests.integration.real.daemons import (
    DaemonError,
    Log,
    Tally,
    free_ports,
    open_folder,
    running,
    wait_until,
)
from tests.integration.real.mail_servers import User, certificate, copied, seeing, with_users
from tests.integration.real.sasldb import PLACE, sasldb
from tests.integration.real.syslog import syslog
from tests.tools.mail_servers import FOLDER

_UNPACKED = FOLDER / "sendmail"
PROGRAM = _UNPACKED / "usr" / "libexec" / "sendmail" / "sendmail"
_MACROS = _UNPACKED / "usr" / "share" / "sendmail" / "cf"

# Below /tmp it takes no key for safe, for everybody may write there: keys lie beside what SASL reads.

# By certificate, the services of one daemon with what sets their ports apart: a wants a login, A offers none, s is TLS
# from the first byte, S offers no STARTTLS.
DAEMONS = {
    "good": {"submission": "a", "smtps": "as", "relay": "A", "clear": "AS", "closed_to_us": "A"},
    "expired": {"expired": "a"},
    "misnamed": {"misnamed": "a"},
    "untrusted": {"untrusted": "a"},
    "self_signed": {"self_signed": "a"},
}

_CONFIGURATION = Template(
    """define(`_USE_ETC_MAIL_')dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mail.$domain')dnl
define(`confAUTH_REALM', `$domain')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
define(`confAUTH_OPTIONS', `A p')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confMAX_MESSAGE_SIZE', `$size')dnl
define(`confTO_IDENT', `0')dnl
define(`confSERVICE_SWITCH_FILE', `$folder/service.switch')dnl
define(`confPID_FILE', `$folder/pid')dnl
define(`QUEUE_DIR', `$folder/queue')dnl
undefine(`ALIAS_FILE')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`STATUS_FILE', `')dnl
define(`confCACERT_PATH', `$place')dnl
define(`confCACERT', `$chain')dnl
define(`confSERVER_CERT', `$chain')dnl
define(`confSERVER_KEY', `$key')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
$ports
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
Cw$domain
LOCAL_RULESETS
SLocal_check_relay
R$$*	$$: $$&{daemon_name}
Rclosed_to_us	$$#error $$@ 5.7.1 $$: "550 this host is not welcome here"
"""
)

# Each connection is a process; whatever came of it, the last that it does is to look for a file of statistics.
_CONNECT = re.compile(r"^sendmail\[(\d+)\]: NOQUEUE: connect from ", re.MULTILINE)
_END = re.compile(r"^sendmail\[(\d+)\]: (?:poststats: |\S+ \S+: TLS not available)", re.MULTILINE)


@dataclass(frozen=True)
class Sendmail:
    ports: dict[str, int]  # by service
    log: Log

    def seen_since(self, mark: int, connections: int, logins: int) -> Tally:
        """What sendmail wrote of since the mark, once so many connections have ended and so many logins are written.

        One more of either is in the tally too. A login's own line may come after the end of its connection.
        """

        def tally() -> Tally:
            written = self.log.since(mark)
            failed = written.count("AUTH failure (")
            return Tally(len(_CONNECT.findall(written)), written.count("AUTH=server, relay=") + failed, failed)

        def written() -> bool:
            text = self.log.since(mark)
            ended = set(_CONNECT.findall(text)) & set(_END.findall(text))
            return len(ended) >= connections and tally().logins >= logins

        wait_until("sendmail to write its log", written)
        return tally()


@contextlib.contextmanager
def sendmail(certificates: Certificates) -> Iterator[Sendmail]:
    services = [service for daemon in DAEMONS.values() for service in daemon]
    ports = dict(zip(services, free_ports(len(services)), strict=True))
    with open_folder() as folder, contextlib.ExitStack() as stack:
        accounts = sasldb("sendmail", folder)
        heard = stack.enter_context(syslog(folder))
        users = with_users(folder, tuple(User(account.name, 64_910 + n) for n, account in enumerate(ACCOUNTS)))
        # A host without a full name of its own, or without name servers, makes sendmail wait.
        hosts = folder / "hosts"
        hosts.write_text(f"{HOST} mail.{DOMAIN} localhost {socket.gethostname()}\n", encoding="utf-8")
        for name in DAEMONS:
            configuration = _configuration(folder / name, name, ports, certificates)
            (folder / name / "safe" / "Sendmail.conf").write_text(accounts, encoding="utf-8")
            mounts = {**users, "/etc/hosts": hosts, PLACE: folder / name / "safe", **heard.mounts}
            command = seeing(mounts, "sendmail", [str(PROGRAM), "-bD", "-C", str(configuration)])
            stack.enter_context(running(command, heard.log, partial(_has_started, heard.log, heard.log.mark())))
        yield Sendmail(ports, heard.log)


def _has_started(log: Log, mark: int) -> bool:
    """Whether another daemon has opened its ports; to connect to them would stand in its log."""
    return "started as: " in log.since(mark)


def _configuration(folder: Path, name: str, ports: dict[str, int], certificates: Certificates) -> Path:
    """One daemon's configuration, made in its folder."""
    for made, mode in {"queue": 0o700, "safe": 0o755}.items():
        (folder / made).mkdir(parents=True)
        (folder / made).chmod(mode)
    (folder / "service.switch").write_text("hosts files\naliases files\n", encoding="utf-8")
    its = copied(certificate(certificates, name), folder / "safe", os.geteuid())
    its.key.chmod(0o600)
    daemons = "\n".join(
        f"DAEMON_OPTIONS(`Addr={HOST}, Port={ports[service]}, Name={service}, M=E{marks}')dnl"
        for service, marks in DAEMONS[name].items()
    )
    macros = folder / "sendmail.mc"
    text = _CONFIGURATION.substitute(
        domain=DOMAIN,
        folder=folder,
        place=PLACE,
        size=SIZE_LIMIT_MB * 1_000_000,
        chain=f"{PLACE}/{its.chain.name}",
        key=f"{PLACE}/{its.key.name}",
        ports=daemons,
    )
    macros.write_text(text, encoding="utf-8")
    libraries = os.pathsep.join(map(str, _UNPACKED.glob("usr/lib/*-linux-*")))
    command = [str(_UNPACKED / "usr" / "bin" / "m4"), f"-D_CF_DIR_={_MACROS}/", f"{_MACROS}/m4/cf.m4", str(macros)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LD_LIBRARY_PATH": libraries}
    )
    if done.returncode != 0:
        raise DaemonError(f"m4: {done.stderr}")
    configuration = folder / "sendmail.cf"
    configuration.write_text(done.stdout, encoding="utf-8")
    return configuration
