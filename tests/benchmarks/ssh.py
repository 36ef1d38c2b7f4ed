# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole role over SSH, to an sshd on loopback that stands 50 ms off."""

from __future__ import annotations

import contextlib
import getpass
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.dialogue import ROUND_TRIP
from tests.benchmarks.measuring import BenchmarkError, Contender, Sample, Section
from tests.benchmarks.plays import Play, Program, Tree, delay_proxy, fresh
from tests.benchmarks.role import Site

START_SECONDS = 10.0
HOST = "127.0.0.1"


def sshd_program() -> str | None:
    """Where sshd is, or None; it stands outside most people's PATH."""
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@contextlib.contextmanager
def sshd(program: str, folder: Path) -> Iterator[int]:
    """An sshd of our own: own keys, own settings, a free port. Gives the port."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    for key in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
    settings = {
        "ListenAddress": f"{HOST}:{port}",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": folder / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        if server.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkError("sshd did not start")
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.05)


def measure_ssh(made: Site, runs: int) -> Section:
    """The role, the builtin tasks and an empty module on one far host, each over a connection of its own."""
    section = Section(f"the whole role over SSH, {ROUND_TRIP * 1000:.0f} ms off, pipelining, 1 host")
    program = sshd_program()
    if program is None:
        section.notes.append("sshd is not installed (apt-get install openssh-server), so it was not measured")
        return section
    folder = fresh("ssh")
    with sshd(program, folder) as port, delay_proxy(port, ROUND_TRIP) as proxy:
        hosts = made.hosts(1, _reaching(int(str(proxy.said["port"])), folder))
        plays = {
            "role": "role.yml",
            "one empty module": "one-module.yml",
            "builtin tasks": "baseline.yml",
            "empty play": "nothing.yml",
        }
        numbers = itertools.count()
        contenders: dict[str, Contender] = {
            name: _far(made, playbook, hosts, proxy, section, name, numbers) for name, playbook in plays.items()
        }
        contenders["role"]()  # what is measured is a run that changes nothing
        section.measure(contenders, runs, few=["builtin tasks"])
    section.figures["builtin tasks : role"] = section.ratio("builtin tasks", "role")
    section.figures["builtin tasks : role, CPU"] = section.ratio("builtin tasks", "role", what="cpu")
    section.figures["role : one empty module"] = section.ratio("role", "one empty module")
    return section


def _reaching(port: int, folder: Path) -> Tree:
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes"
    return {
        "ansible_connection": "ssh",
        "ansible_host": HOST,
        "ansible_port": port,
        "ansible_user": getpass.getuser(),
        "ansible_ssh_private_key_file": str(folder / "user_key"),
        "ansible_ssh_common_args": options,
        "ansible_python_interpreter": sys.executable,
    }


def _far(
    made: Site, playbook: str, hosts: str, proxy: Program, section: Section, name: str, numbers: Iterator[int]
) -> Contender:
    def play() -> Sample:
        # Short, for a socket's path has room for some hundred characters; new, so that no run finds an open connection.
        control = Path("/tmp") / f"appmail-bench-{os.getpid()}-{next(numbers)}"
        control.mkdir(mode=0o700)
        extra = {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(control)}
        before = proxy.counts()
        try:
            sample = Play(made.play.folder, {**made.play.environment, **extra}).sample(playbook, "-i", hosts)
        finally:
            _hang_up(control)
        after = proxy.counts()
        for what in ("flights", "sent", "received"):
            section.figures[f"{name}: {what}{'' if what == 'flights' else ' octets'}"] = after[what] - before[what]
        return sample

    return play


def _hang_up(control: Path) -> None:
    for path in control.iterdir():
        subprocess.run(["ssh", "-O", "exit", "-o", f"ControlPath={path}", "far"], check=False, capture_output=True)
    shutil.rmtree(control, ignore_errors=True)
