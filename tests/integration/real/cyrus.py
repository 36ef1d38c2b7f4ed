# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Cyrus IMAP: one master, a service for each port that is tested. It writes to syslog alone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template

from tests.integration.real.accounts import DOMAIN
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.daemons import Log, all_listen, free_ports, open_folder, running, wait_until
from tests.integration.real.mail_servers import User, certificate, copied, seeing, with_users
from tests.integration.real.sasldb import sasldb
from tests.integration.real.syslog import syslog
from tests.tools.mail_servers import FOLDER

_BINARIES = FOLDER / "cyrus" / "usr" / "lib" / "cyrus" / "bin"
USER = User("cyrus", 64_904)
# By the names that the configuration has for its services, which have no underscores: the certificate of each, or none
# where nothing is encrypted. `imaps` speaks TLS from the first byte.
SERVICES: dict[str, str | None] = {
    "imap": "good",
    "imaps": "good",
    "clear": None,
    "lax": None,
    "expired": "expired",
    "misnamed": "misnamed",
    "untrusted": "untrusted",
    "selfsigned": "self_signed",
}

# A failed login would be answered three seconds late.
_CONFIGURATION = Template(
    """configdirectory: $folder/state
defaultpartition: default
partition-default: $folder/mail
servername: $domain
autocreate_quota: 0
failedloginpause: 0
allowplaintext: no
lax_allowplaintext: yes
sasl_mech_list: PLAIN LOGIN CRAM-MD5
$sasl
$tls
"""
)
_MASTER = Template(
    """START {
  recover cmd="$binaries/ctl_cyrusdb -C $configuration -r"
}
SERVICES {
$services
}
"""
)
_FOLDERS = ("state/db", "state/lock", "state/proc", "state/socket", "state/quota", "state/user", "mail")


@dataclass(frozen=True)
class Cyrus:
    ports: dict[str, int]  # by service
    log: Log

    def logins_since(self, mark: int, logins: int) -> tuple[int, int]:
        """How many logins Cyrus wrote of since the mark, and how many of them failed, once so many are written."""
        wait_until("Cyrus to write its log", lambda: sum(self._logins(mark)) >= logins)
        good, failed = self._logins(mark)
        return good + failed, failed

    def _logins(self, mark: int) -> tuple[int, int]:
        written = self.log.since(mark)
        return written.count("]: login: "), written.count("]: badlogin: ")


@contextlib.contextmanager
def cyrus(certificates: Certificates) -> Iterator[Cyrus]:
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    with open_folder() as folder, syslog(folder) as heard:
        configuration = _configuration(folder, certificates)
        master = folder / "cyrus.conf"
        services = "\n".join(_service(name, port, configuration) for name, port in ports.items())
        text = _MASTER.substitute(binaries=_BINARIES, configuration=configuration, services=services)
        master.write_text(text, encoding="utf-8")
        command = [str(_BINARIES / "master"), "-p", f"{folder}/pid", "-M", str(master), "-C", str(configuration)]
        mounts = {**with_users(folder, (USER,)), **heard.mounts}
        with running(seeing(mounts, "cyrus", command), heard.log, partial(all_listen, ports)):
            yield Cyrus(ports, heard.log)


def _service(name: str, port: int, configuration: Path) -> str:
    tls_first = " -s" if name == "imaps" else ""
    return f'  {name} cmd="{_BINARIES}/imapd{tls_first} -C {configuration}" listen="{HOST}:{port}" prefork=0'


def _configuration(folder: Path, certificates: Certificates) -> Path:
    """Make all that the services read, for their own user to read."""
    for name in (*_FOLDERS, "tls"):
        (folder / name).mkdir(parents=True)
    sasl = "".join(f"sasl_{line}\n" for line in sasldb("cyrus", folder).splitlines())
    for path in (folder / "sasldb2", folder / "state", *(folder / name for name in _FOLDERS)):
        os.chown(path, USER.number, -1)
    tls = "".join(_tls(folder, name, its, certificates) for name, its in SERVICES.items() if its is not None)
    configuration = folder / "imapd.conf"
    text = _CONFIGURATION.substitute(folder=folder, domain=DOMAIN, sasl=sasl, tls=tls)
    configuration.write_text(text, encoding="utf-8")
    return configuration


def _tls(folder: Path, service: str, name: str, certificates: Certificates) -> str:
    its = copied(certificate(certificates, name), folder / "tls", USER.number)
    return f"{service}_tls_server_cert: {its.chain}\n{service}_tls_server_key: {its.key}\n"
