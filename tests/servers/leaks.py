# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every form in which a secret could leave, worked out here anew: the tests must not trust the code that hides them."""

from __future__ import annotations

from base64 import b64encode
from typing import Iterator
from urllib.parse import quote


def leaks(text: str, username: str, password: str) -> list[str]:
    """The forms of the password, or of a login with it, that stand in the text; an empty password is no secret."""
    if not password:
        return []
    return sorted({form for form in _forms(username, password) if form in text})


def _forms(username: str, password: str) -> Iterator[str]:
    octets = password.encode("utf-8")
    yield password
    yield repr(password)[1:-1]
    yield octets.decode("utf-8", "replace").encode("unicode_escape").decode("ascii")
    yield quote(password, safe="")
    yield quote(password, safe="").lower()
    yield quote(password)
    for message in (
        octets,
        f"\0{username}\0{password}".encode(),
        f"user={username}\1auth=Bearer {password}\1\1".encode(),
    ):
        yield b64encode(message).decode("ascii")
        yield b64encode(message).decode("ascii").rstrip("=")
    for offset in range(
        3
    ):  # as part of a longer text in base64: whole groups of three octets that hold only the secret
        begin = -offset % 3
        whole = octets[begin : begin + (len(octets) - begin) // 3 * 3]
        yield b64encode(whole).decode("ascii")
