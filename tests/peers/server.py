# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted server for any client: it keeps to the script's replies, but not to the order that our client asks in.

The scripts of tests/servers are written for our client: they expect its commands, several of them in one flight, and
one login. Another client sends one command at a time, tries a refused login by another mechanism, and goes on to a
message. Here each command gets the answer that the script has for it, the first time and again, and a command that the
script leaves out gets a sane server's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.servers.scenarios import hear, leave_tls
from tests.servers.scripted import HungUp, Peer, Script, ScriptedServer, Step

# What a server asks in a login before its verdict; an initial response answers the first question.
ONE_QUESTION = ("334 ",)
QUESTIONS = {
    "LOGIN": ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"),
    "CRAM-MD5": ("334 PDE4OTYuNjk3MTcwOTUyQG1haWwuZXhhbXBsZS5lZHU+",),
}
ALWAYS = {"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "RSET": "250 2.0.0 ok", "NOOP": "250 2.0.0 ok"}
_ACTIONS = (hear, leave_tls)


class OtherMechanismError(Exception):
    """A client began another mechanism than the script's; the argument is its line."""


@dataclass(frozen=True)
class Turn:
    """A line of the client, and what the server does then. The line begins with `expected`; an answer to a question,
    and what stands for "", can be anything."""

    expected: str
    reaction: list[Step] = field(default_factory=list)
    is_answer: bool = False

    @property
    def asks(self) -> bool:
        """Whether the server wants an answer that is no command."""
        return bool(self.reaction) and str(self.reaction[-1]).startswith("> 334")

    @property
    def plays_a_login(self) -> bool:
        return bool(self.reaction) and callable(self.reaction[0]) and self.reaction[0] not in _ACTIONS

    def fits(self, line: str) -> bool:
        return not self.expected or _verb(self.expected) == _verb(line)


def turns_of(script: Script) -> tuple[list[Step], list[Turn]]:
    """What the server does before the client says a word, and the turns from there on, one command at a time."""
    opening: list[Step] = []
    turns: list[Turn] = []
    for step in script:
        if isinstance(step, str) and step.startswith("< "):
            turns.append(Turn(step[2:], is_answer=bool(turns) and turns[-1].asks))
        elif callable(step) and step not in _ACTIONS:
            turns.append(Turn("AUTH", [step]))
        else:
            (turns[-1].reaction if turns else opening).append(step)
    return opening, list(_one_by_one(turns))


def _one_by_one(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Give each command of a flight its own reply, of those that the script sends together at the end."""
    flight: list[Turn] = []
    for turn in turns:
        flight.append(turn)
        if not turn.reaction:
            continue
        first, *rest = turn.reaction
        replies = _replies(first) if isinstance(first, str) and first.startswith("> ") else [first]
        # More replies than commands: they answer what the client sent along.
        flight += [Turn("")] * (len(replies) - len(flight))
        for number, sent in enumerate(flight):
            own: list[Step] = [replies[number]] if number < len(replies) else []
            yield Turn(sent.expected, [*own, *(rest if sent is flight[-1] else [])], sent.is_answer)
        flight = []
    yield from flight


def _replies(step: str) -> list[Step]:
    """The replies of one step, each as a step: a reply ends with the line whose code no hyphen follows."""
    replies: list[Step] = []
    lines: list[str] = []
    for line in step[2:].split("|"):
        lines.append(line)
        if line[3:4] != "-":
            replies.append("> " + "|".join(lines))
            lines = []
    return replies


def _turn_for(turns: Sequence[Turn], position: int, line: str) -> int | None:
    """The turn for a line: the next of its command, or the one before when a command comes again."""
    if position < len(turns) and turns[position].is_answer:
        return position
    numbers: list[int] = [*range(position, len(turns)), *range(position - 1, -1, -1)]
    for number in numbers:
        if turns[number].fits(line):
            return number
    if _verb(line) == "HELO":
        return _turn_for(turns, position, "EHLO")
    return None


def _verb(line: str) -> str:
    return re.split(r"[ :]", line, maxsplit=1)[0].upper()


def _mechanism(line: str) -> str:
    """The mechanism that an AUTH command names, or nothing."""
    return [*line.upper().split(), "", ""][1]


def _has_initial_response(line: str) -> bool:
    return len(line.split()) > 2


class PatientPeer(Peer):
    """One connection with a client that may not be ours. `unscripted_login` answers a login that the script does not
    know of."""

    unscripted_login = "235 2.7.0 ok"
    _heard: str | None = None

    def play(self, script: Script) -> None:
        opening, turns = turns_of(script)
        # What cannot be decoded ends the conversation.
        with suppress(HungUp, OSError, ValueError):
            for step in opening:
                self._do(step)
            self._converse(turns)

    def expect(self, beginning: str) -> str:
        """The client's line, for a step that plays a whole login."""
        line = self._heard or self.read_line()
        self._heard = None
        if _mechanism(beginning) != _mechanism(line):
            raise OtherMechanismError(line)
        if beginning.endswith(" ") and not _has_initial_response(line):
            self.say("334 ")
            return f"{line} {self.read_line()}"
        return line

    def _converse(self, turns: Sequence[Turn]) -> None:
        position = 0
        while True:
            line = self.read_line()
            found = _turn_for(turns, position, line)
            if found is None:
                self._answer(line, speaks_smtp=bool(turns))
            elif turns[found].is_answer or _verb(line) != "AUTH":
                self._react(turns[found])
                position = found + 1
            else:
                position = self._log_in(turns, found, line) + 1

    def _log_in(self, turns: Sequence[Turn], found: int, line: str) -> int:
        """Play a login by the client's mechanism up to the script's verdict; gives the number of the last turn."""
        turn = turns[found]
        if turn.plays_a_login:
            self._heard = line
            try:
                self._react(turn)
            except OtherMechanismError:
                self._ask(line)
                self.say("235 2.7.0 ok")
            return found
        wanted = _mechanism(turn.expected)
        if wanted not in ("", _mechanism(line)):
            self._ask(line)
            while turns[found].asks and found + 1 < len(turns):
                found += 1
        elif not wanted or turn.expected.endswith(" "):
            self._ask(line)
        elif turn.asks and _has_initial_response(line):
            found += 1  # what the first question asks for came with the command
        self._react(turns[found])
        return found

    def _ask(self, line: str) -> None:
        """Let the client say the rest of its login."""
        questions = QUESTIONS.get(_mechanism(line), ONE_QUESTION)
        for question in questions[_has_initial_response(line) :]:
            self.say(question)
            self.read_line()

    def _react(self, turn: Turn) -> None:
        for step in turn.reaction:
            self._do(step)
        # Who says 421 closes (RFC 5321, 3.8), here when the client has read it.
        if turn.reaction and str(turn.reaction[-1]).startswith("> 421"):
            self.read_line()
            raise HungUp

    def _answer(self, line: str, *, speaks_smtp: bool) -> None:
        """What any server says to a command that the script leaves out; one that never said hello knows QUIT alone."""
        verb = _verb(line)
        if verb == "QUIT":
            self.say("221 2.0.0 bye")
            raise HungUp
        if not speaks_smtp:
            return
        if verb == "AUTH":
            self._ask(line)
            self.say(self.unscripted_login)
        elif verb == "DATA":
            self.say("354 go on")
            while self.read_line() != ".":
                pass
            self.say("250 2.0.0 queued")
        elif verb in ALWAYS:
            self.say(ALWAYS[verb] if line.isascii() else "553 5.6.7 an address that needs SMTPUTF8")


class RefusingPeer(PatientPeer):
    """One that takes no login but the script's."""

    unscripted_login = "535 5.7.8 Error: authentication failed"


class PatientServer(ScriptedServer):
    peer_type = PatientPeer


class RefusingServer(ScriptedServer):
    peer_type = RefusingPeer
