# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What every AUTH mechanism is to a dialogue (RFC 4422 5), and what all of them ask of the credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

# RFC 4954 4: a line of 12288 octets in base64, less what the longest mechanism puts around the credentials.
CREDENTIALS_LIMIT = 8800


class NotEncodable(Exception):
    """The credentials cannot go into this mechanism; the sentence says why, and never holds them."""


class MechanismFault(Exception):
    """The server broke the mechanism's own rules; the sentence says how."""


@dataclass(frozen=True)
class Credentials:
    """Who logs in where. For the OAuth mechanisms the password is the access token."""

    username: str
    password: str = field(repr=False)
    host: str
    port: int


class Mechanism(Protocol):
    """One login by one mechanism, made from credentials. Raises NotEncodable when it is made."""

    #: Whether an answer can take long to work out, as the server wishes.
    COSTLY: ClassVar[bool]

    def __init__(self, credentials: Credentials) -> None:
        """Whose login it is."""

    @property
    def token_fault(self) -> str:
        """What the server said against an OAuth token, empty while it said nothing."""

    def initial_response(self) -> bytes | None:
        """What the client says first; None when the server speaks first."""

    def respond(self, challenge: bytes) -> bytes:
        """The answer to a decoded challenge. Raises MechanismFault."""

    def accepted(self) -> bool:
        """The server said yes: whether it had been told everything by then, so that it can have judged it.

        Raises MechanismFault where it had to prove itself and did not.
        """


class ClientOnly:
    """The parts that a mechanism has in common where only the client proves anything."""

    COSTLY: ClassVar[bool] = False
    token_fault = ""

    def accepted(self) -> bool:
        return True


def encoded(credentials: Credentials) -> tuple[bytes, bytes]:
    """User and password in UTF-8 (RFC 4616 2). Raises NotEncodable."""
    username, password = _utf8("username", credentials.username), _utf8("password", credentials.password)
    if len(username) + len(password) > CREDENTIALS_LIMIT:
        raise NotEncodable(f"username and password together are longer than {CREDENTIALS_LIMIT} octets")
    return username, password


def encoded_token(credentials: Credentials) -> tuple[bytes, bytes]:
    """User and access token, which the OAuth mechanisms part by 0x01. Raises NotEncodable."""
    username, token = encoded(credentials)
    if b"\1" in username + token:
        raise NotEncodable("username or token holds the octet 0x01")
    return username, token


def _utf8(what: str, value: str) -> bytes:
    if not value:
        raise NotEncodable(f"{what} is empty")
    for character, name in (("\0", "a NUL"), ("\r", "a carriage return"), ("\n", "a line feed")):
        if character in value:
            raise NotEncodable(f"{what} holds {name}")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise NotEncodable(f"{what} is not valid Unicode") from fault
