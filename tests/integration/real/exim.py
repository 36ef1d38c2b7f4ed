# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Exim: one daemon, a port for each service that is tested, and settings that look at the port.

Exim's log names connections and refused logins; for logins as such it has no line, so an access list writes one.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.integration.real.accounts import ACCOUNTS, DOMAIN, Account
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import SIZE_LIMIT_MB
from tests.integration.real.daemons import Log, Tally, free_ports, open_folder, running, wait_until
from tests.integration.real.mail_servers import User, certificate, copied, seeing, with_users
from tests.tools.mail_servers import FOLDER

PROGRAM = FOLDER / "exim" / "usr" / "sbin" / "exim4"
USER = User("Debian-exim", 64_901)


@dataclass(frozen=True)
class Service:
    """What sets a port apart. `tls` is none, starttls, implicit or broken; `login` is none, encrypted or always; `rule`
    is what the configuration calls this port, where it has a setting of its own for it."""

    tls: str = "starttls"
    login: str = "encrypted"
    rule: str = ""


SERVICES = {
    "submission": Service(),
    "smtps": Service(tls="implicit"),
    "relay": Service(login="none"),
    "clear": Service(tls="none", login="none"),
    "login_in_clear": Service(tls="none", login="always"),
    "expired": Service(),
    "misnamed": Service(),
    "untrusted": Service(),
    "self_signed": Service(),
    "at_most_tls_1_2": Service(rule="at_most_tls_1_2"),
    "old_tls": Service(rule="old_tls"),
    "broken_tls": Service(tls="broken"),
    "accounts_away": Service(rule="accounts_away"),
    "strict_helo": Service(rule="strict_helo"),
    "closed_to_us": Service(rule="closed_to_us"),
    "no_words": Service(rule="no_words"),
    "no_pipelining": Service(rule="no_pipelining"),
    "greylisting": Service(login="none", rule="greylisting"),
}

_CONFIGURATION = Template(
    r"""exim_path = $program
spool_directory = $folder/spool
log_file_path = $folder/log/%s.log
pid_file_path = $folder/exim.pid
keep_environment =
daemon_startup_retries = 0
helo_lookup_domains =
primary_hostname = mail.$domain
domainlist local = $domain
local_interfaces = <; $interfaces
tls_on_connect_ports = $implicit
tls_advertise_hosts = <; $${if inlist{$$received_port}{$no_starttls}{}{*}}
tls_certificate = $${lookup{$$received_port}lsearch{$folder/certificates}}.pem
tls_privatekey = $${lookup{$$received_port}lsearch{$folder/certificates}}.key
tls_require_ciphers = $${if eq{$$received_port}{$old_tls}{NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0} \
  {$${if eq{$$received_port}{$at_most_tls_1_2}{NORMAL:-VERS-TLS1.3}{NORMAL}}}}
auth_advertise_hosts = $${if or{ {inlist{$$received_port}{$always}} \
  { and{ {inlist{$$received_port}{$encrypted}} {def:tls_in_cipher} } } }{*}{}}
pipelining_advertise_hosts = $${if eq{$$received_port}{$no_pipelining}{}{*}}
message_size_limit = ${size}
log_selector = +smtp_connection +smtp_no_mail +incoming_interface
acl_smtp_connect = connect
acl_smtp_helo = helo
acl_smtp_auth = auth
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt

begin acl

connect:
  deny message = this host is not welcome here
       condition = $${if eq{$$received_port}{$closed_to_us}}
  accept

helo:
  deny message = HELO must be a full host name
       condition = $${if eq{$$received_port}{$strict_helo}}
       condition = $${if !match{$$sender_helo_name}{\N\.\N}}
  accept

auth:
  accept logwrite = AUTH was tried

mail:
  deny message = authentication required
       condition = $${if inlist{$$received_port}{$encrypted}}
       !authenticated = *
  deny condition = $${if eq{$$received_port}{$no_words}}
  deny message = sender address $$sender_address does not match the login $$authenticated_id
       authenticated = *
       condition = $${if !eq{$$sender_address}{$$authenticated_id@$domain}}
  accept

rcpt:
  require message = sender verify failed
          verify = sender
  defer message = greylisted, try again later
        condition = $${if eq{$$received_port}{$greylisting}}
  accept authenticated = *
  require message = relay not permitted
          domains = +local
  require verify = recipient
  accept

begin routers

known:
  driver = accept
  domains = +local
  local_parts = $people
  transport = nowhere

foreign:
  driver = accept
  domains = !+local
  transport = nowhere

begin transports

nowhere:
  driver = appendfile
  file = /dev/null

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_set_id = $$auth2
  server_condition = $${if eq{$$auth3}{$${lookup{$$auth2}lsearch{$accounts}{$$value}fail}}}

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = User Name : Password
  server_set_id = $$auth1
  server_condition = $${if eq{$$auth2}{$${lookup{$$auth1}lsearch{$accounts}{$$value}fail}}}

cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_set_id = $$auth1
  server_secret = $${lookup{$$auth1}lsearch{$accounts}{$$value}fail}
"""
)

_OPENED = re.compile(r" SMTP connection from [^\n]* \(TCP/IP connection count = ")
# The last line of a connection: one that never came as far as SMTP has another, and so has one that Exim ends itself.
# TLS sent to a port in clear is read as lines, so that chance decides whether there are too many wrong ones among them.
_ENDED = re.compile(
    r" SMTP connection from [^\n]* (closed|lost)"
    r"| SMTP call from [^\n]* dropped: too many "
    r"| SMTP protocol synchronization error [^\n]* rejected connection from "
    r"|rejected connection in \"connect\" ACL"
    r"|TLS error on connection from \[[^\n]*\(gnutls_handshake\)"
)
_FAILED_LOGIN = re.compile(r" authenticator failed for ")


@dataclass(frozen=True)
class Exim:
    ports: dict[str, int]  # by service
    log: Log

    def seen_since(self, mark: int, connections: int) -> Tally:
        """What Exim wrote of since the mark, once so many connections have ended; one more is in the tally too."""
        wait_until("Exim to write its log", lambda: len(_ENDED.findall(self.log.since(mark))) >= connections)
        written = self.log.since(mark)
        return Tally(
            connections=len(_OPENED.findall(written)),
            logins=written.count("AUTH was tried"),
            failed_logins=len(_FAILED_LOGIN.findall(written)),
        )


@contextlib.contextmanager
def exim(certificates: Certificates) -> Iterator[Exim]:
    with open_folder() as folder:
        for name in ("spool", "log", "tls"):
            (folder / name).mkdir(mode=0o755)
            os.chown(folder / name, USER.number, -1)
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        _write_tables(folder, ports, certificates)
        configuration = folder / "exim.conf"
        configuration.write_text(_configuration(folder, ports), encoding="utf-8")
        log = Log(folder / "log" / "main.log")
        command = [str(PROGRAM), "-C", str(configuration), "-bdf"]
        with running(
            seeing(with_users(folder, (USER,)), "exim", command),
            log,
            lambda: log.path.exists() and "listening for SMTP" in log.since(0),
        ):
            yield Exim(ports, log)


def _write_tables(folder: Path, ports: dict[str, int], certificates: Certificates) -> None:
    """The files that Exim looks things up in: accounts, and each port's certificate without its suffix."""
    (folder / "accounts").write_text("".join(_account_line(account) for account in ACCOUNTS), encoding="utf-8")
    lines = []
    for service, port in ports.items():
        # Nothing is where the broken service looks.
        copy = copied(certificate(certificates, service), folder / "tls", USER.number)
        stem = folder / "tls" / "missing" if SERVICES[service].tls == "broken" else copy.chain.with_suffix("")
        lines.append(f"{port}: {stem}\n")
    (folder / "certificates").write_text("".join(lines), encoding="utf-8")


def _account_line(account: Account) -> str:
    return f"{account.name}: {account.password}\n"


def _configuration(folder: Path, ports: dict[str, int]) -> str:
    def having(**wanted: str) -> str:
        """The ports of the services with these marks, as one of Exim's lists."""
        return " : ".join(
            str(ports[name])
            for name, service in SERVICES.items()
            if all(getattr(service, mark) == value for mark, value in wanted.items())
        )

    rules = {service.rule: str(ports[name]) for name, service in SERVICES.items() if service.rule}
    # A table that is not there is put off by Exim, and never an account that is not there.
    accounts = f"{folder}/${{if eq{{$received_port}}{{{rules['accounts_away']}}}{{missing}}{{accounts}}}}"
    return _CONFIGURATION.substitute(
        rules,
        program=PROGRAM,
        folder=folder,
        domain=DOMAIN,
        people=" : ".join(account.name for account in ACCOUNTS),
        size=SIZE_LIMIT_MB * 1_000_000,
        interfaces=" ; ".join(f"{HOST}.{port}" for port in ports.values()),
        implicit=having(tls="implicit"),
        no_starttls=having(tls="none"),
        always=having(login="always"),
        encrypted=having(login="encrypted"),
        accounts=accounts,
    )
