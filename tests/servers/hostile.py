# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that mean no good: mostly right answers, and now and then anything at all."""

from __future__ import annotations

import random
from base64 import b64decode, b64encode

from tests.servers.in_memory import TlsServer

RIGHT = {
    "EHLO": [
        b"250-mail\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
        b"250-mail\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 AUTH CRAM-MD5 SCRAM-SHA-256 PLAIN XOAUTH2\r\n",
        b"250 mail\r\n",
        b"250-mail\r\n250 AUTH=LOGIN\r\n",
    ],
    "HELO": [b"250 mail\r\n"],
    "STARTTLS": [b"220 go\r\n"],
    "AUTH": [*[b"235 2.7.0 ok\r\n"] * 3, b"334 VXNlcm5hbWU6\r\n", b"334 \r\n", b"535 5.7.8 no\r\n"],
    "MAIL": [b"250 2.1.0 ok\r\n"],
    "RCPT": [b"250 2.1.5 ok\r\n", b"550 5.1.1 unknown\r\n", b"450 4.7.1 greylisted\r\n"],
    "RSET": [b"250 ok\r\n"],
    "QUIT": [b"221 bye\r\n"],
    "": [b"235 ok\r\n", b"334 UGFzc3dvcmQ6\r\n", b"535 5.7.8 no\r\n", b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"],
}
IMAP_RIGHT = {
    "CAPABILITY": [
        b"* CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN\r\n$ OK done\r\n",
        b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n$ OK\r\n",
        b"* CAPABILITY IMAP4rev1\r\n$ OK done\r\n",
    ],
    "STARTTLS": [b"$ OK go\r\n"],
    "AUTHENTICATE": [b"$ OK in\r\n", b"+ \r\n", b"$ NO [AUTHENTICATIONFAILED] no\r\n"],
    "LOGIN": [b"$ OK in\r\n", b"+ go\r\n", b"$ NO no\r\n"],
    "EXAMINE": [b"* 3 EXISTS\r\n$ OK [READ-ONLY] done\r\n", b"$ NO [NONEXISTENT] what\r\n"],
    "LOGOUT": [b"* BYE\r\n$ OK\r\n"],
    "": [b"$ OK in\r\n", b"+ \r\n", b"$ NO no\r\n", b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"],
}
GREETINGS = {
    "smtp": [*[b"220 mail ESMTP\r\n"] * 8, b"220-one\r\n220 two\r\n", b"554 5.7.1 no\r\n", b"421 later\r\n"],
    "imap": [
        *[b"* OK ready\r\n"] * 4,
        *[b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] hi\r\n"] * 8,
        b"* BYE busy\r\n",
        b"* PREAUTH hi\r\n",
    ],
}
WORDS = (
    b"250 ok",
    b"250-",
    b"220 ",
    b"235 2.7.0 ok",
    b"334 ",
    b"334 !!!",
    b"421 4.7.0 Too many login attempts",
    b"454 4.7.0 tmp",
    b"530 5.7.0 Must issue a STARTTLS command first",
    b"535 5.7.8 no",
    b"535 2.0.0 yes",
    b"552 5.3.4 size",
    b"999 what",
    b"+ ",
    b"+",
    b"* ",
    b"* OK",
    b"* BYE",
    b"* BAD [ALERT] x",
    b"$ OK",
    b"$ NO [UNAVAILABLE] x",
    b"$ BAD",
    b"{5}",
    b"{99999999}",
    b"* CAPABILITY AUTH=PLAIN",
    b"SSH-2.0-x",
    b"HTTP/1.1 400",
    b"\x16\x03\x01\x02\x00",
    b"\x15\x03\x03\x00\x02\x02\x28",
)


class HostileServer:
    """One connection. `noise` is how likely an answer is not the one that was due."""

    def __init__(self, random_source: random.Random, protocol: str, noise: float, logins: list[bytes]) -> None:
        self._random = random_source
        self._noise = noise
        self._protocol = protocol
        self._right = RIGHT if protocol == "smtp" else IMAP_RIGHT
        self._logins = logins
        self._heard: list[bytes] = []

    def connected(self) -> list[bytes | None]:
        return self._mangled(self._random.choice(GREETINGS[self._protocol]))

    def heard(self, data: bytes) -> list[bytes | None]:
        said: list[bytes | None] = []
        for line in data.split(b"\r\n"):
            if line or data == b"\r\n":
                said.extend(self._answer(line))
        return said

    def _answer(self, line: bytes) -> list[bytes | None]:
        self._heard.append(line)
        words = line.split(b" ")
        tag, verb = (b"", words[0]) if self._protocol == "smtp" else (words[0], words[1] if len(words) > 1 else b"")
        known = self._right.get(verb.decode("latin-1").upper())
        if verb in (b"AUTH", b"AUTHENTICATE", b"LOGIN") and known:
            self._logins.append(line)
        answer = self._random.choice(known or self._right[""]).replace(b"$", tag)
        pieces = self._mangled(answer)
        if verb == b"STARTTLS" and answer in pieces:
            pieces.append(TlsServer.STARTTLS)
        return pieces

    def _mangled(self, answer: bytes) -> list[bytes | None]:
        if self._random.random() >= self._noise:
            return [answer]
        return self._random.choice(
            [
                self._noise_alone,
                self._pieces,
                self._extra,
                self._flipped,
                self._echo,
                self._huge,
                self._endless,
                self._hang_up,
                self._silence,
                self._other_words,
            ]
        )(answer)

    def _noise_alone(self, _answer: bytes) -> list[bytes | None]:
        return [bytes(self._random.randrange(256) for _each in range(self._random.randint(1, 200)))]

    def _pieces(self, answer: bytes) -> list[bytes | None]:
        return [answer[index : index + 1] for index in range(len(answer))]

    def _extra(self, answer: bytes) -> list[bytes | None]:
        return [answer + self._random.choice(WORDS) + self._random.choice([b"\r\n", b"", b"\n"])]

    def _flipped(self, answer: bytes) -> list[bytes | None]:
        changed = bytearray(answer)
        for _count in range(self._random.randint(1, 4)):
            changed[self._random.randrange(len(changed))] = self._random.randrange(256)
        return [bytes(changed)]

    def _echo(self, answer: bytes) -> list[bytes | None]:
        """What was heard, and what stands in its base64, behind the code that was due."""
        echoed = b" ".join(
            [*self._heard[-3:], *(_plain(word) for line in self._heard[-3:] for word in line.split(b" "))]
        )
        return [answer.rstrip(b"\r\n") + b" " + echoed.replace(b"\n", b" ") + b"\r\n"]

    def _huge(self, answer: bytes) -> list[bytes | None]:
        return [answer[:4] + b"x" * 60000] * 3

    def _endless(self, answer: bytes) -> list[bytes | None]:
        return [(answer[:3] + b"-more\r\n") * 1000] * 3

    def _hang_up(self, answer: bytes) -> list[bytes | None]:
        return self._random.choice([[None], [answer, None], [answer[:3], None], [b""], [answer, b""]])

    def _silence(self, answer: bytes) -> list[bytes | None]:
        return self._random.choice([[], [answer[: len(answer) // 2]]])

    def _other_words(self, _answer: bytes) -> list[bytes | None]:
        return [b"\r\n".join(self._random.choice(WORDS) for _each in range(self._random.randint(1, 4))) + b"\r\n"]


def _plain(word: bytes) -> bytes:
    try:
        return b64decode(word, validate=True).replace(b"\0", b" ")
    except ValueError:
        return b64encode(word)
