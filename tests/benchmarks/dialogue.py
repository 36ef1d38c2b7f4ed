# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One conversation some way off, beside other clients: round trips, client flights, connections and logins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.checks import PARALLEL, SENDER, USER
from tests.benchmarks.client import RECIPIENT
from tests.benchmarks.measuring import BenchmarkError, Contender, Sample, Section, run
from tests.benchmarks.plays import PASSWORD, ROOT, Program, Relay, delay_proxy
from tests.tools.tree import COLLECTIONS

ROUND_TRIP = 0.05
# Connect, greeting, EHLO, STARTTLS, TLS, EHLO with the end of the handshake, AUTH, and all of the envelope in one. RFC
# 4954 (4) lets PLAIN share a flight with what follows it, which would be 7; but after a refused login the server would
# then be asked to relay by somebody whom it does not know, and would hold that against this host too.
FLOOR = 8
NODE = ROOT / "build" / "peers" / "node"
NODEMAILER = """
const mail = require('nodemailer').createTransport({host: 'localhost', port: +process.argv[1], requireTLS: true,
  tls: {ca: require('fs').readFileSync(process.argv[2])}, auth: {user: 'svc-mail', pass: process.env.RELAY_PASSWORD}});
mail.verify().then(() => process.exit(0), (fault) => { console.error(fault); process.exit(1); });
"""
Command = Callable[[int, Path], list[str]]


def clients(section: Section) -> dict[str, Command]:
    """The clients that are installed, by name; a note for each that is not."""
    found: dict[str, Command] = {"ours": _python("ours", 1), "smtplib": _python("smtplib", 1)}
    if shutil.which("swaks"):
        found["swaks"] = _swaks
    else:
        section.notes.append("swaks is not installed (apt-get install swaks)")
    if shutil.which("msmtp"):
        found["msmtp --serverinfo (no login)"] = _msmtp
    else:
        section.notes.append("msmtp is not installed (apt-get install msmtp)")
    if _has_nodemailer():
        found["nodemailer verify (no sender)"] = _nodemailer
    else:
        section.notes.append("nodemailer was not measured: it needs node and npm, and npm the network once")
    return found


def _python(name: str, count: int) -> Command:
    return lambda port, ca: [sys.executable, "-m", "tests.benchmarks.client", name, str(port), str(ca), str(count)]


def _swaks(port: int, ca_file: Path) -> list[str]:
    return [
        *("swaks", "--server", f"localhost:{port}", "--tls", "--tls-verify", "--tls-ca-path", str(ca_file)),
        *("--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD),
        *("--from", SENDER, "--to", RECIPIENT, "--quit-after", "RCPT"),
    ]


def _msmtp(port: int, ca_file: Path) -> list[str]:
    server = ["--host=localhost", f"--port={port}", "--tls=on", "--tls-starttls=on", f"--tls-trust-file={ca_file}"]
    return ["msmtp", "--serverinfo", *server]


def _nodemailer(port: int, ca_file: Path) -> list[str]:
    return ["node", "-e", NODEMAILER, str(port), str(ca_file)]


def _has_nodemailer() -> bool:
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    if not (NODE / "node_modules" / "nodemailer").is_dir():
        NODE.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(NODE), "nodemailer"]
        subprocess.run(install, check=False, capture_output=True)
    return (NODE / "node_modules" / "nodemailer").is_dir()


def _environment() -> dict[str, str]:
    extra = {"RELAY_PASSWORD": PASSWORD, "NODE_PATH": str(NODE / "node_modules"), "PYTHONPATH": str(COLLECTIONS)}
    return {**os.environ, **extra}


def measure_dialogue(server: Relay, runs: int) -> Section:
    """Each client at the relay itself and through the proxy; the difference is what the way costs."""
    section = Section(f"one conversation, {ROUND_TRIP * 1000:.0f} ms off: STARTTLS, login, sender, recipient, size")
    direct = server.port("smtp", "starttls")
    with delay_proxy(direct, ROUND_TRIP) as proxy:
        far = int(str(proxy.said["port"]))
        contenders: dict[str, Contender] = {}
        for name, command in clients(section).items():
            contenders[f"{name}, near"] = _talk(command(direct, server.ca_file))
            contenders[f"{name}, far"] = _talk_counted(name, command(far, server.ca_file), proxy, server, section)
        section.measure(contenders, runs)
    for name in [name.removesuffix(", far") for name in contenders if name.endswith(", far")]:
        way = section.timings[f"{name}, far"].median() - section.timings[f"{name}, near"].median()
        section.figures[f"{name}: round trips by the clock"] = way / ROUND_TRIP
    section.figures["ours: the way against its floor"] = section.figures["ours: round trips by the clock"] / FLOOR
    return section


def _talk(command: list[str]) -> Contender:
    return lambda: run(command, folder=ROOT, environment=_environment())[0]


def _talk_counted(name: str, command: list[str], proxy: Program, server: Relay, section: Section) -> Contender:
    def talk() -> Sample:
        before, seen = proxy.counts(), server.program.counts()
        sample, _output = run(command, folder=ROOT, environment=_environment())
        after, now = proxy.counts(), server.program.counts()
        section.figures[f"{name}: client flights"] = after["flights"] - before["flights"]
        section.figures[f"{name}: flights answered"] = after["turns"] - before["turns"]
        section.figures[f"{name}: connections"] = after["connections"] - before["connections"]
        section.figures[f"{name}: logins"] = now["logins"] - seen["logins"]
        return sample

    return talk


def measure_many(server: Relay, count: int, runs: int) -> Section:
    """So many endpoints near and far: ours in one process, smtplib in threads, swaks under xargs."""
    section = Section(f"{count} conversations, near and {ROUND_TRIP * 1000:.0f} ms off")
    direct = server.port("smtp", "starttls")
    with delay_proxy(direct, ROUND_TRIP) as proxy:
        far = int(str(proxy.said["port"]))
        contenders: dict[str, Contender] = {}
        for where, port in (("near", direct), ("far", far)):
            for name in ("ours", "smtplib"):
                contenders[f"{name}, {where}"] = _talk(_python(name, count)(port, server.ca_file))
            if shutil.which("swaks"):
                contenders[f"swaks under xargs, {where}"] = _xargs(_swaks(port, server.ca_file), count)
        section.measure(contenders, runs, few=[name for name in contenders if name.startswith("swaks")])
    for name in contenders:
        who, where = name.split(", ")
        if who != "ours":
            section.figures[f"{who} : ours, {where}"] = section.ratio(name, f"ours, {where}")
    rounds = -(-count // PARALLEL)
    section.figures["ours, far, against the floor of its rounds"] = (
        section.timings["ours, far"].median() - section.timings["ours, near"].median()
    ) / (rounds * FLOOR * ROUND_TRIP)
    return section


def _xargs(command: list[str], count: int) -> Contender:
    given = "\n".join(str(number) for number in range(count)) + "\n"
    whole = ["xargs", "-P", str(PARALLEL), "-I{}", *command, "--header", "X-Number: {}"]
    return lambda: run(whole, folder=ROOT, environment=_environment(), given=given)[0]


__all__ = ["BenchmarkError", "measure_dialogue", "measure_many"]
