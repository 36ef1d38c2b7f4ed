# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real nginx as a proxy of mail, before Postfix and Dovecot: it asks a service of HTTP about logins, here a table.

It logs logins, and who was refused. What comes after a login is the server's behind it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import Template
from urllib.parse import unquote

from tests.integration.real.accounts import ACCOUNTS, DOMAIN
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import SIZE_LIMIT_MB
from tests.integration.real.daemons import Log, all_listen, free_ports, open_folder, running, wait_until
from tests.integration.real.mail_servers import certificate
from tests.tools.mail_servers import FOLDER

_UNPACKED = FOLDER / "nginx" / "usr"
_MODULE = _UNPACKED / "lib" / "nginx" / "modules" / "ngx_mail_module.so"

# By service: its protocol, and how it speaks TLS.
SERVICES = {
    "submission": ("smtp", "starttls on;"),
    "smtps": ("smtp", "ssl"),
    "clear": ("smtp", "starttls off;"),
    "accounts_away": ("smtp", "starttls on;"),
    "imap": ("imap", "starttls only;"),
    "imaps": ("imap", "ssl"),
    "expired": ("smtp", "starttls on;"),
    "misnamed": ("smtp", "starttls on;"),
    "untrusted": ("smtp", "starttls on;"),
    "self_signed": ("smtp", "starttls on;"),
}

_CONFIGURATION = Template(
    """load_module $module;
daemon off;
pid $folder/pid;
error_log $folder/log info;
events {}
mail {
  server_name mail.$domain;
  auth_http $host:$accounts/accounts;
  proxy_pass_error_message on;
  xclient off;
  smtp_auth plain login;
  smtp_capabilities "SIZE $size" 8BITMIME ENHANCEDSTATUSCODES;
  imap_auth plain;
  imap_capabilities IMAP4rev1;
$servers
}
"""
)
_SERVER = Template(
    """  server {
    listen $host:$port$tls_first;
    protocol $protocol;
    $starttls
    ssl_certificate $chain;
    ssl_certificate_key $key;
$own  }
"""
)


@dataclass(frozen=True)
class Nginx:
    ports: dict[str, int]  # by service
    log: Log

    def logins_since(self, mark: int, logins: int) -> tuple[int, int]:
        """How many logins nginx wrote of since the mark, and how many of them failed, once so many are written."""
        wait_until("nginx to write its log", lambda: sum(self._logins(mark)) >= logins)
        good, failed = self._logins(mark)
        return good + failed, failed

    def _logins(self, mark: int) -> tuple[int, int]:
        written = self.log.since(mark)
        return written.count(" client logged in,"), written.count(" client login failed: ")


@contextlib.contextmanager
def nginx(certificates: Certificates, behind: Mapping[str, int]) -> Iterator[Nginx]:
    """`behind` are the ports of the servers behind it, by protocol; they are spoken to in clear."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    with open_folder() as folder, _accounts(behind) as accounts:
        servers = "".join(_server(name, port, accounts, certificates) for name, port in ports.items())
        configuration = folder / "nginx.conf"
        text = _CONFIGURATION.substitute(
            module=_MODULE,
            folder=folder,
            domain=DOMAIN,
            host=HOST,
            accounts=accounts,
            size=SIZE_LIMIT_MB * 1_000_000,
            servers=servers,
        )
        configuration.write_text(text, encoding="utf-8")
        log = Log(folder / "log")
        command = [str(_UNPACKED / "sbin" / "nginx"), "-c", str(configuration), "-p", str(folder)]
        with running([*command, "-e", str(folder / "log")], log, partial(all_listen, ports)):
            yield Nginx(ports, log)


def _server(name: str, port: int, accounts: int, certificates: Certificates) -> str:
    protocol, tls = SERVICES[name]
    its = certificate(certificates, name)
    return _SERVER.substitute(
        host=HOST,
        port=port,
        protocol=protocol,
        tls_first=" ssl" if tls == "ssl" else "",
        starttls="" if tls == "ssl" else tls,
        chain=its.chain,
        key=its.key,
        own=f"    auth_http {HOST}:{accounts}/away;\n" if name == "accounts_away" else "",
    )


@contextlib.contextmanager
def _accounts(behind: Mapping[str, int]) -> Iterator[int]:
    """The service that nginx asks (ngx_mail_auth_http_module, "Protocol"), and its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in _verdict(self.path, dict(self.headers), behind).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """nginx writes of logins itself."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def _verdict(path: str, asked: Mapping[str, str], behind: Mapping[str, int]) -> dict[str, str]:
    if path == "/away":
        return {"Auth-Status": "Temporary server problem, try again later", "Auth-Error-Code": "451 4.3.0"}
    known = {account.name: account.password for account in ACCOUNTS}
    if known.get(unquote(asked["Auth-User"])) != unquote(asked["Auth-Pass"]):
        return {"Auth-Status": "Invalid login or password"}
    return {"Auth-Status": "OK", "Auth-Server": HOST, "Auth-Port": str(behind[asked["Auth-Protocol"]])}
