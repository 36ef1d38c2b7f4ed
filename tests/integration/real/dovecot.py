# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Dovecot: IMAP or its own submission service, with STARTTLS and with TLS, and the login for Postfix."""

from __future__ import annotations

import contextlib
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.integration.real.accounts import ACCOUNTS, ODD_ACCOUNTS, Account
from tests.integration.real.certificates import HOST, Certificate, Certificates
from tests.integration.real.daemons import DaemonError, Log, all_listen, free_ports, open_folder, running, wait_until
from tests.integration.real.logins import Login
from tests.integration.real.tokens import ISSUER, KEY

PROGRAM = "/usr/sbin/dovecot"

# Dovecot tells certificates apart by the address that it is spoken to at; all of these are this host.
ADDRESSES = {
    "good": HOST,
    "expired": "127.0.0.2",
    "misnamed": "127.0.0.3",
    "untrusted": "127.0.0.4",
    "self_signed": "127.0.0.5",
}
SIZE_LIMIT_MB = 5

# Dovecot makes whoever fails a login wait, longer each time: that is left out, for it is not what is tested.
_CONFIGURATION = Template(
    """base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/dovecot.log
auth_verbose = yes
auth_failure_delay = 0
listen = $addresses
protocols = $protocol
ssl = yes
disable_plaintext_auth = yes
auth_username_chars =
ssl_cert = <$chain
ssl_key = <$key
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
mail_location = maildir:$folder/mail/%u
first_valid_uid = 1
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $folder/oauth2.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
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
service $protocol-login {
  inet_listener $protocol {
    port = $starttls
  }
  inet_listener ${protocol}s {
    port = $implicit_tls
    ssl = yes
  }
}
submission_relay_host = $host
submission_relay_port = $relay_port
submission_max_mail_size = $size_limit
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
# The key lies in a file for each issuer, kind of signature and key: all of them "default" but the second.
_KEY_FILE = "keys/default/HS256/default"
_TOKENS = Template(
    """introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$folder/keys/
username_attribute = sub
issuers = $issuer
"""
)
# Dovecot can only be told the oldest version that it may speak; the newest is for OpenSSL's own configuration to say.
_OLD_TLS = Template(
    """ssl_min_protocol = $only_tls
ssl_cipher_list = ALL:@SECLEVEL=0
import_environment = OPENSSL_CONF=$folder/openssl.cnf
"""
)
_OPENSSL = Template(
    """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = versions
[versions]
MinProtocol = $only_tls
MaxProtocol = $only_tls
"""
)


STANDARD_PORTS = {"starttls": 143, "implicit_tls": 993}


@dataclass(frozen=True)
class Kind:
    """What a Dovecot is started for: `protocol` is "imap" or "submission", which hands mail on to the relay's port.
    `only_tls` is the one version of TLS that it speaks, as OpenSSL names it, for one that was never updated."""

    protocol: str = "imap"
    relay_port: int = 0
    only_tls: str | None = None


_LOGIN = re.compile(
    r"-login: Info: (?:Login|[^\n]*?\(auth failed, (?P<failures>\d+) attempts[^\n]*?\)): "
    r"user=<[^>\n]*>, method=(?P<mechanism>[^,\n]+),"
)


@dataclass(frozen=True)
class Dovecot:
    ports: dict[str, int]  # by encryption
    login_socket: Path
    log: Log

    def logins_since(self, mark: int, connections: int = 1, logins: int = 0) -> list[Login]:
        """The logins since the mark, good or not, once so many sessions have ended and so many logins are written.

        Both, for a line about the case before may come late.
        """
        wait_until(
            "Dovecot to write its log",
            lambda: self.log.since(mark).count(": Disconnected") >= connections and len(self._logins(mark)) >= logins,
        )
        return self._logins(mark)

    def _logins(self, mark: int) -> list[Login]:
        found = _LOGIN.finditer(self.log.since(mark))
        return [Login(match["mechanism"], int(match["failures"] or 0)) for match in found]

    def failed_logins_since(self, mark: int, count: int) -> int:
        """How many logins Dovecot's authentication refused since the mark; it writes of nothing else."""
        wait_until("Dovecot to write its log", lambda: self.log.since(mark).count(" auth: ") >= count)
        return self.log.since(mark).count(" auth: ")


def why_not(kind: Kind) -> str | None:
    """Say why Dovecot cannot be started here, or nothing."""
    if not all(Path(needed).exists() for needed in (PROGRAM, f"/usr/lib/dovecot/{kind.protocol}-login")):
        return f"Dovecot is not installed (apt-get install dovecot-imapd dovecot-submissiond): no {kind.protocol}-login"
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return (
        None if version.startswith("2.3.") else f"the configuration is for Dovecot 2.3, and this is {version.strip()}"
    )


@contextlib.contextmanager
def dovecot(certificates: Certificates, standard_ports: dict[str, int], kind: Kind) -> Iterator[Dovecot]:
    with open_folder() as folder:
        for name in ("run", "state", "mail", Path(_KEY_FILE).parent):
            (folder / name).mkdir(mode=0o755, parents=True)
        (folder / "mail").chmod(0o777)
        ports = dict(zip(STANDARD_PORTS, free_ports(len(STANDARD_PORTS)), strict=True)) | standard_ports
        configuration = folder / "dovecot.conf"
        for path, text in {
            configuration: _configuration(folder, ports, certificates, kind),
            folder / "passwd": "".join(_passwd_line(account) for account in (*ACCOUNTS, *ODD_ACCOUNTS)),
            folder / "oauth2.conf": _TOKENS.substitute(folder=folder, issuer=ISSUER),
            folder / _KEY_FILE: b64encode(KEY).decode("ascii"),
            folder / "openssl.cnf": _OPENSSL.substitute(only_tls=kind.only_tls or ""),
        }.items():
            path.write_text(text, encoding="utf-8")
        log = Log(folder / "dovecot.log")
        in_clear = dict.fromkeys(("none", "starttls_opportunistic"), ports["starttls"])
        started = Dovecot({**ports, **in_clear}, folder / "postfix-login", log)
        with running(
            [PROGRAM, "-F", "-c", str(configuration)],
            log,
            lambda: started.login_socket.exists() and all_listen(ports),
        ):
            yield started


def _passwd_line(account: Account) -> str:
    if ":" in account.password:
        raise DaemonError("a passwd file cannot hold a password with a colon")
    return f"{account.name}:{{PLAIN}}{account.password}\n"


def _configuration(folder: Path, ports: dict[str, int], certificates: Certificates, kind: Kind) -> str:
    by_name: dict[str, Certificate] = {name: getattr(certificates, name) for name in ADDRESSES}
    general = _CONFIGURATION.substitute(
        ports,
        folder=folder,
        protocol=kind.protocol,
        relay_port=kind.relay_port,
        host=HOST,
        size_limit=f"{SIZE_LIMIT_MB}M",
        addresses=" ".join(ADDRESSES.values()),
        chain=certificates.good.chain,
        key=certificates.good.key,
    )
    if kind.only_tls is not None:
        general += _OLD_TLS.substitute(only_tls=kind.only_tls, folder=folder)
    return general + "".join(
        _LOCAL.substitute(address=address, chain=by_name[name].chain, key=by_name[name].key)
        for name, address in ADDRESSES.items()
    )
