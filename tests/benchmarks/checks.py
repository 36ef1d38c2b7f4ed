# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many endpoints in one call, against swaks in a loop of tasks and under xargs; and servers that never answer."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.client import BLACK_HOLE_TIMEOUT, BLACK_HOLES
from tests.benchmarks.measuring import BenchmarkError, Contender, Sample, Section, run
from tests.benchmarks.plays import LOCAL, PASSWORD, ROOT, Play, Relay, Tree, environment, fresh, inventory, write_yaml
from tests.benchmarks.role import NOTHING_PLAY
from tests.tools.tree import COLLECTIONS

USER = "svc-mail"
SENDER = "noreply@example.edu"
PARALLEL = 50
LOOPED = 50
BLACK_HOLE_ENDPOINTS = 200


def swaks_command(server: Relay) -> list[str]:
    """One conversation of swaks as far as ours goes: STARTTLS verified, login, sender, no message."""
    return [
        *("swaks", "--server", f"localhost:{server.port('smtp', 'starttls')}", "--tls", "--tls-verify"),
        *("--tls-ca-path", str(server.ca_file), "--auth", "PLAIN"),
        *("--auth-user", USER, "--auth-password", PASSWORD, "--from", SENDER, "--to", SENDER),
        *("--quit-after", "MAIL", "--suppress-data"),
    ]


def measure_checks(server: Relay, counts: list[int], runs: int) -> Section:
    """So many endpoints in one call, and 50 of them by a looped swaks task and by xargs."""
    section = Section("checks of many endpoints in one call, STARTTLS, login and sender")
    folder = fresh("checks")
    play = Play(folder, environment())
    inventory(folder / "hosts.yml", ["localhost"], LOCAL)
    write_yaml(folder / "nothing.yml", NOTHING_PLAY)
    contenders: dict[str, Contender] = {"empty play": lambda: play.sample("nothing.yml", "-i", "hosts.yml")}
    for count in counts:
        write_yaml(folder / f"check-{count}.yml", _check_play(_endpoints(server, count)))
        contenders[f"{count} in one call"] = _counted(play, f"check-{count}.yml", server, section, count)
    for count in (1, BLACK_HOLE_ENDPOINTS):
        contenders[f"{count}, the check alone"] = _alone("ours", server, count)
        contenders[f"{count}, smtplib alone"] = _alone("smtplib", server, count)
        contenders[f"{count}, sockets alone"] = _alone("sockets", server, count)
    slow: list[str] = []
    if shutil.which("swaks") is None:
        section.notes.append("swaks is not installed (apt-get install swaks), so it was not measured")
    else:
        if LOOPED in counts:
            write_yaml(folder / "looped.yml", _looped_swaks(server))
            contenders[f"{LOOPED} by a looped swaks task"] = lambda: play.sample("looped.yml", "-i", "hosts.yml")
            slow.append(f"{LOOPED} by a looped swaks task")
        for count in (count for count in counts if LOOPED <= count <= BLACK_HOLE_ENDPOINTS):
            contenders[f"{count} by swaks under xargs"] = _xargs(server, count, folder)
            slow.append(f"{count} by swaks under xargs")
    section.measure(contenders, runs, few=slow)
    _figures(section, counts)
    return section


def _endpoints(server: Relay, count: int) -> list[Tree]:
    return [
        {
            "name": f"server {number:04}",
            "host": "localhost",
            "port": server.port("smtp", "starttls"),
            "encryption": "starttls",
            "username": USER,
            "password": PASSWORD,
            # Equal servers are checked once, whatever they are called, so each has a sender of its own.
            "sender": f"sender-{number}@example.edu",
            "tls": {"ca_file": str(server.ca_file)},
        }
        for number in range(count)
    ]


def _check_play(endpoints: list[Tree]) -> list[Tree]:
    task: Tree = {
        "name": "Check",
        "appmail.settings.smtp_check": {"endpoints": endpoints, "max_parallel": PARALLEL},
        "no_log": True,
    }
    return [{"name": "Checks", "hosts": "all", "gather_facts": False, "tasks": [task]}]


def _looped_swaks(server: Relay) -> list[Tree]:
    task: Tree = {
        "name": "Check",
        "ansible.builtin.command": {"argv": swaks_command(server)},
        "loop": list(range(LOOPED)),
        "changed_when": False,
        "no_log": True,
    }
    return [{"name": "Checks", "hosts": "all", "gather_facts": False, "tasks": [task]}]


def _counted(play: Play, playbook: str, server: Relay, section: Section, count: int) -> Contender:
    def check() -> Sample:
        before = server.program.counts()
        sample = play.sample(playbook, "-i", "hosts.yml")
        after = server.program.counts()
        for what in ("connections", "logins"):
            section.figures[f"{what} an endpoint, {count} in one call"] = (after[what] - before[what]) / count
        return sample

    return check


def _alone(client: str, server: Relay, count: int, *more: str) -> Contender:
    """The check in a process of its own, without Ansible around it; or the same by smtplib."""
    port = str(server.port("smtp", "starttls"))
    command = [sys.executable, "-m", "tests.benchmarks.client", client, port, str(server.ca_file), str(count), *more]
    given = {**os.environ, "RELAY_PASSWORD": PASSWORD, "PYTHONPATH": str(COLLECTIONS)}
    return lambda: run(command, folder=ROOT, environment=given)[0]


def _xargs(server: Relay, count: int, folder: Path) -> Contender:
    command = ["xargs", "-P", str(PARALLEL), "-I{}", *swaks_command(server), "--header", "X-Number: {}"]
    numbers = "\n".join(str(number) for number in range(count)) + "\n"
    return lambda: run(command, folder=folder, environment=os.environ, given=numbers)[0]


_ALONE = {"the check alone": "client CPU", "smtplib alone": "smtplib's CPU", "sockets alone": "bare sockets' CPU"}


def _figures(section: Section, counts: list[int]) -> None:
    for count in (count for count in counts if count > 1):
        ratio = section.net(f"{count} in one call", "empty play") / section.net("1 in one call", "empty play")
        section.figures[f"{count} : 1, net"] = ratio
    for client, figure in _ALONE.items():
        many, one = (section.timings[f"{count}, {client}"].median("cpu") for count in (BLACK_HOLE_ENDPOINTS, 1))
        figure += f" an endpoint, of {BLACK_HOLE_ENDPOINTS}, ms"
        section.figures[figure] = 1000 * (many - one) / (BLACK_HOLE_ENDPOINTS - 1)
    ours, bare = (
        section.figures[f"{figure} an endpoint, of {BLACK_HOLE_ENDPOINTS}, ms"]
        for figure in ("client CPU", "bare sockets' CPU")
    )
    section.figures["client CPU : bare sockets, an endpoint of 200"] = ours / bare
    looped = f"{LOOPED} by a looped swaks task"
    if looped in section.timings and f"{LOOPED} in one call" in section.timings:
        section.figures["looped swaks : one call, net"] = section.ratio(
            looped, f"{LOOPED} in one call", floor="empty play"
        )
    for count in counts:
        if f"{count} by swaks under xargs" in section.timings:
            net = section.net(f"{count} in one call", "empty play")
            ratio = section.timings[f"{count} by swaks under xargs"].median() / net
            section.figures[f"{count} by xargs : one call, net"] = ratio


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port that never answers: its queue is full, so that the kernel drops what comes, as a packet filter would."""
    with contextlib.ExitStack() as held:
        listening = held.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _filler in range(4):
            filler = held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def measure_black_holes(server: Relay, runs: int) -> Section:
    """200 endpoints of which 20 never answer: the time of the call, and whether each is named."""
    section = Section(f"{BLACK_HOLE_ENDPOINTS} endpoints, {BLACK_HOLES} of which never answer, timeout 5 s")
    folder = fresh("black-holes")
    inventory(folder / "hosts.yml", ["localhost"], LOCAL)
    write_yaml(folder / "nothing.yml", NOTHING_PLAY)
    play = Play(folder, environment(ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal"))
    with black_hole() as port:
        endpoints = [{**one, "timeout": BLACK_HOLE_TIMEOUT} for one in _endpoints(server, BLACK_HOLE_ENDPOINTS)]
        for endpoint in endpoints[:: BLACK_HOLE_ENDPOINTS // BLACK_HOLES]:
            endpoint.update(host="127.0.0.1", port=port)
        plays = _check_play(endpoints)
        plays[0]["tasks"][0].pop("no_log")  # type: ignore[index]
        write_yaml(folder / "check.yml", plays)

        def check() -> Sample:
            sample, output = play.run("check.yml", "-i", "hosts.yml", succeeds=False)
            result = json.JSONDecoder().raw_decode(output.partition("=> ")[2])[0]
            reasons = [one["reason"] for one in result["results"]]
            if reasons.count("connection_timeout") != BLACK_HOLES or reasons.count("ok") != len(reasons) - BLACK_HOLES:
                raise BenchmarkError(f"not every endpoint was told right: {sorted(set(reasons))}")
            section.figures["black holes named"] = reasons.count("connection_timeout")
            return sample

        contenders = {
            "one call": check,
            "empty play": lambda: play.sample("nothing.yml", "-i", "hosts.yml"),
            "the check alone": _alone("ours", server, BLACK_HOLE_ENDPOINTS, str(port)),
        }
        section.measure(contenders, runs)
    section.figures["seconds over the timeout, net"] = section.net("one call", "empty play") - BLACK_HOLE_TIMEOUT
    alone = section.timings["the check alone"].median()
    section.figures["seconds over the timeout, the check alone"] = alone - BLACK_HOLE_TIMEOUT
    return section
