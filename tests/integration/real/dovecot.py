# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Dovecot: IMAP with STARTTLS and with TLS from the first byte, and the login for Postfix."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.integration.real.accounts import ACCOUNTS, Account
from tests.integration.real.certificates import HOST, Certificate, Certificates
from tests.integration.real.daemons import DaemonError, Log, free_ports, listens, open_folder, running, wait_until

PROGRAM = "/usr/sbin/dovecot"

# Dovecot tells certificates apart by the address that it is spoken to at; all of these are this host.
ADDRESSES = {"good": HOST, "expired": "127.0.0.2", "misnamed": "127.0.0.3", "untrusted": "127.0.0.4"}

# Dovecot makes whoever fails a login wait, longer each time: that is left out, for it is not what is tested.
_CONFIGURATION = Template(
    """base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/dovecot.log
auth_verbose = yes
auth_failure_delay = 0
listen = $addresses
protocols = imap
ssl = yes
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
ssl_cert = <$chain
ssl_key = <$key
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
mail_location = maildir:$folder/mail/%u
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $folder/passwd
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$folder/mail/%u
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener $folder/postfix-login {
    mode = 0666
  }
}
service imap-login {
  inet_listener imap {
    port = $starttls
  }
  inet_listener imaps {
    port = $implicit_tls
    ssl = yes
  }
}
namespace inbox {
  inbox = yes
  mailbox Inbound {
    auto = create
  }
}
"""
)
_LOCAL = Template(
    """local $address {
  ssl_cert = <$chain
  ssl_key = <$key
}
"""
)


STANDARD_PORTS = {"starttls": 143, "implicit_tls": 993}


@dataclass(frozen=True)
class Dovecot:
    ports: dict[str, int]  # by encryption: none, starttls, implicit_tls
    login_socket: Path
    log: Log

    def wait_for_goodbye(self, mark: int) -> None:
        wait_until("Dovecot to write its log", lambda: ": Disconnected" in self.log.since(mark))

    def failed_logins_since(self, mark: int, count: int) -> int:
        """How many logins Dovecot's authentication refused since the mark; it writes of nothing else."""
        wait_until("Dovecot to write its log", lambda: self.log.since(mark).count(" auth: ") >= count)
        return self.log.since(mark).count(" auth: ")


def why_not() -> str | None:
    """Say why Dovecot cannot be started here, or nothing."""
    if not Path(PROGRAM).exists():
        return "Dovecot is not installed (apt-get install dovecot-imapd)"
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return (
        None if version.startswith("2.3.") else f"the configuration is for Dovecot 2.3, and this is {version.strip()}"
    )


@contextlib.contextmanager
def dovecot(certificates: Certificates, standard_ports: dict[str, int]) -> Iterator[Dovecot]:
    with open_folder() as folder:
        for name in ("run", "state", "mail"):
            (folder / name).mkdir(mode=0o755)
        (folder / "mail").chmod(0o777)
        (folder / "passwd").write_text("".join(_passwd_line(account) for account in ACCOUNTS), encoding="utf-8")
        ports = dict(zip(STANDARD_PORTS, free_ports(len(STANDARD_PORTS)), strict=True)) | standard_ports
        configuration = folder / "dovecot.conf"
        configuration.write_text(_configuration(folder, ports, certificates), encoding="utf-8")
        log = Log(folder / "dovecot.log")
        started = Dovecot({**ports, "none": ports["starttls"]}, folder / "postfix-login", log)
        with running(
            [PROGRAM, "-F", "-c", str(configuration)],
            log,
            lambda: started.login_socket.exists() and all(listens(HOST, port) for port in ports.values()),
        ):
            yield started


def _passwd_line(account: Account) -> str:
    if ":" in account.password:
        raise DaemonError("a passwd file cannot hold a password with a colon")
    return f"{account.name}:{{PLAIN}}{account.password}\n"


def _configuration(folder: Path, ports: dict[str, int], certificates: Certificates) -> str:
    by_name: dict[str, Certificate] = {name: getattr(certificates, name) for name in ADDRESSES}
    general = _CONFIGURATION.substitute(
        ports,
        folder=folder,
        addresses=" ".join(ADDRESSES.values()),
        chain=certificates.good.chain,
        key=certificates.good.key,
    )
    return general + "".join(
        _LOCAL.substitute(address=address, chain=by_name[name].chain, key=by_name[name].key)
        for name, address in ADDRESSES.items()
    )
