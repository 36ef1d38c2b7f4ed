# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Every AUTH mechanism that there is: a line each, and a file that is read when somebody logs in by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .mechanism import Mechanism


@dataclass(frozen=True)
class Registration:
    """One mechanism: its name on the wire, its class, and what must be known of it before it is used.

    `load` gives the class. `reveals_secret` says whether whoever reads the lines can use what they say; with
    `takes_token` the password is an access token.
    """

    name: str
    load: Callable[[], type[Mechanism]]
    reveals_secret: bool = True
    takes_token: bool = False

    @property
    def choice(self) -> str:
        """The name as settings write it."""
        return self.name.lower()


def _scram_sha_256() -> type[Mechanism]:
    from .scram import ScramSha256

    return ScramSha256


def _scram_sha_1() -> type[Mechanism]:
    from .scram import ScramSha1

    return ScramSha1


def _cram_md5() -> type[Mechanism]:
    from .cram_md5 import CramMd5

    return CramMd5


def _plain() -> type[Mechanism]:
    from .plain import Plain

    return Plain


def _login() -> type[Mechanism]:
    from .login import Login

    return Login


def _xoauth2() -> type[Mechanism]:
    from .oauth import Xoauth2

    return Xoauth2


def _oauthbearer() -> type[Mechanism]:
    from .oauth import OauthBearer

    return OauthBearer


# The strongest first.
REGISTRATIONS = (
    Registration("SCRAM-SHA-256", _scram_sha_256, reveals_secret=False),
    Registration("SCRAM-SHA-1", _scram_sha_1, reveals_secret=False),
    Registration("CRAM-MD5", _cram_md5, reveals_secret=False),
    Registration("PLAIN", _plain),
    Registration("LOGIN", _login),
    Registration("XOAUTH2", _xoauth2, takes_token=True),
    Registration("OAUTHBEARER", _oauthbearer, takes_token=True),
)
# `mechanism: auto` takes the first of these that is offered. A token is no password, so what takes one is used only
# when it is asked for by name.
AUTO = tuple(mechanism for mechanism in REGISTRATIONS if not mechanism.takes_token)
MECHANISMS = {mechanism.choice: mechanism for mechanism in REGISTRATIONS}


def reveals_secret(name: str) -> bool:
    """Whether a mechanism that a server offers (upper case) shows the secret; one that is not known may."""
    mechanism = MECHANISMS.get(name.lower())
    return mechanism is None or mechanism.reveals_secret
