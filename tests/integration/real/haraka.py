# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Haraka, by npm: a process for each certificate and set of plugins. It logs each connection with its sins."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.integration.real.accounts import ACCOUNTS, DOMAIN
from tests.integration.real.certificates import HOST, Certificates
from tests.integration.real.common_cases import SIZE_LIMIT_MB
from tests.integration.real.daemons import Log, Tally, free_ports, open_folder, running, wait_until
from tests.integration.real.mail_servers import certificate

PACKAGE = Path(__file__).resolve().parents[3] / "build" / "haraka" / "node_modules" / "Haraka"

# By process, its services and its plugins; a process that is named like a certificate has it.
_ALL = ("tls", "auth/flat_file")
PROCESSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "good": (("submission", "smtps"), _ALL),
    "open": (("relay",), ("tls",)),
    "in_clear": (("clear",), ()),
    "expired": (("expired",), _ALL),
    "misnamed": (("misnamed",), _ALL),
    "untrusted": (("untrusted",), _ALL),
    "self_signed": (("self_signed",), _ALL),
}
_ENDED = re.compile(r"\] disconnect [^\n]* early=(?P<early>\w) [^\n]* errors=(?P<errors>\d+) ")


@dataclass(frozen=True)
class Haraka:
    ports: dict[str, int]  # by service
    log: Log

    def seen_since(self, mark: int, connections: int) -> Tally:
        """What Haraka wrote of since the mark, once so many connections have ended; one more is in the tally too."""
        wait_until("Haraka to write its log", lambda: len(_ENDED.findall(self.log.since(mark))) >= connections)
        written = self.log.since(mark)
        tried = written.count("plugin=auth/flat_file function=hook_unrecognized_command params=AUTH ")
        return Tally(len(_ENDED.findall(written)), tried, written.count('lr="535 '))

    def sins_since(self, mark: int) -> list[str]:
        """The connections that talked before their turn, or said what Haraka does not understand."""
        ended = _ENDED.finditer(self.log.since(mark))
        return [line.group() for line in ended if (line["early"], line["errors"]) != ("N", "0")]


def why_not() -> str | None:
    """Say why Haraka cannot be started here, or nothing."""
    return None if PACKAGE.is_dir() else "haraka is not installed (make haraka, with node and npm)"


@contextlib.contextmanager
def haraka(certificates: Certificates) -> Iterator[Haraka]:
    services = [service for names, _plugins in PROCESSES.values() for service in names]
    ports = dict(zip(services, free_ports(len(services)), strict=True))
    with open_folder() as folder, contextlib.ExitStack() as stack:
        log = Log(folder / "log")
        for name, (own, _plugins) in PROCESSES.items():
            _configure(folder / name, name, ports, certificates)
            command = ["node", str(PACKAGE / "bin" / "haraka"), "-c", str(folder / name)]
            ready = partial(_has_started, log, [ports[service] for service in own])
            stack.enter_context(running(command, log, ready, logs_to_output=True))
        yield Haraka(ports, log)


def _has_started(log: Log, ports: list[int]) -> bool:
    """Whether a process has opened its ports; to connect to them would stand in its log."""
    return all(f"Listening on {HOST}:{port}\n" in log.since(0) for port in ports)


def _configure(folder: Path, name: str, ports: dict[str, int], certificates: Certificates) -> None:
    """Write the files of one process; one that it has of its own stands in the place of Haraka's as a whole."""
    services, plugins = PROCESSES[name]
    its = certificate(certificates, name)
    limits = (PACKAGE / "config" / "connection.ini").read_text(encoding="utf-8")
    accounts = "".join(f"{account.name}={account.password}\n" for account in ACCOUNTS)
    listen = ",".join(f"{HOST}:{ports[service]}" for service in services)
    tls_first = f"smtps_port={ports['smtps']}\n" if "smtps" in services else ""
    (folder / "queue").mkdir(parents=True)
    (folder / "config").mkdir()
    for file, text in {
        "smtp.ini": f"listen={listen}\n{tls_first}nodes=0\n",
        "me": f"mail.{DOMAIN}\n",
        "host_list": f"{DOMAIN}\n",
        "plugins": "\n".join((*plugins, "rcpt_to.in_host_list")) + "\n",
        "tls.ini": f"key={its.key}\ncert={its.chain}\n",
        "auth_flat_file.ini": f"[core]\nmethods=PLAIN,LOGIN\n[users]\n{accounts}",
        "connection.ini": re.sub(r"(?m)^bytes=\d+", f"bytes={SIZE_LIMIT_MB * 1_000_000}", limits),
        "log.ini": "[main]\nlevel=info\n",
    }.items():
        (folder / "config" / file).write_text(text, encoding="utf-8")
