# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof of a target is: one file, `tests/applications/APP.py`, of which `make test-targets` reads these names.

    PACKAGES = ("msmtp",)                   # Debian's packages, unpacked beside the system unless they are installed
    ALONE = True                            # those packages, and nothing that they stand on
    PIP = ("django==5.2.*",)                # Python's packages: first on PYTHONPATH
    NPM = ("nodemailer@7",)                 # Node's packages: on NODE_PATH
    USERS = (User("exim", 64_901),)         # users and groups that the packages would make
    OPTIONS = {"recipients": [RECIPIENT]}   # options of the target, for every case
    UNSEEN = {"smtp.timeout": "why"}        # leaves that it carries and does not show, each with the reason
    VERIFY = False                          # the target's own verify is not run for each case, for it is slow
    TRAPS = {"name": Trap("the file", "what is written", "what is written by hand")}

    def why_not() -> str | None: ...        # what is missing here, None if nothing is
    def version() -> str: ...               # of the application that is asked: printed, and the target's version
    def prepare() -> None: ...              # before anything is written: folders, files of others, a database
    def read(written: Written) -> dict[str, JSON]: ...
    def send(written: Written, letter: Letter) -> str | None: ...

All but `version` may be left out, and one of `read` and `send` has to be there. They run as root in a machine of the
application's own (`world.py`): the files stand where the target says, `relay.example.edu` is a relay on loopback, its
authority is the system's, and nothing outlives the proof.

`read` says what the application, or its own parser, understood: for every leaf that the target carries, but for those
in UNSEEN, the value in the spec's own terms; None where it understood none. `send` sends one message and says None if
the relay took it, else what the application says of why not; it comes back when the first attempt is over.

What is then done with them is the same for all and stands in `proving.py`: every mode with and without verification
and a login, and each leaf that is carried with other values, read back by the application and by our own reader; and
mail through relays with a good certificate, an untrusted one, another's, and without STARTTLS. A trap is a change by
hand that the application's own check takes: the proof has to notice each.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.world import User
from tests.applications.written import Written

RECIPIENT = "someone@example.org"


@dataclass(frozen=True)
class Letter:
    """One message, as a program of the host would hand it over."""

    recipient: str = RECIPIENT
    message: bytes = b"From: root\nTo: someone@example.org\nSubject: hello\n\nhello\n"


@dataclass(frozen=True)
class Trap:
    """In a file that is rendered for `encryption`, what is written by hand in the place of what is written by us."""

    file: str
    written: str
    by_hand: str
    encryption: str = "starttls"


@dataclass(frozen=True)
class Proof:
    """The names of a proof's file."""

    app: str
    version: Callable[[], str]
    read: Callable[[Written], Mapping[str, JSON]] | None = None
    send: Callable[[Written, Letter], str | None] | None = None
    prepare: Callable[[], None] | None = None
    why_not: Callable[[], str | None] = lambda: None
    packages: tuple[str, ...] = ()
    alone: bool = False
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    options: Mapping[str, JSON] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    verify: bool = True
    traps: Mapping[str, Trap] = field(default_factory=dict)


_CONSTANTS = ("packages", "alone", "pip", "npm", "users", "options", "unseen", "verify", "traps")
_FUNCTIONS = ("version", "read", "send", "prepare", "why_not")


def proof_of(app: str) -> Proof | None:
    """The proof of a target, None where there is none."""
    name = f"tests.applications.{app}"
    if importlib.util.find_spec(name) is None:
        return None
    module = importlib.import_module(name)
    names = {name: getattr(module, name.upper()) for name in _CONSTANTS if hasattr(module, name.upper())}
    functions: dict[str, Any] = {name: getattr(module, name) for name in _FUNCTIONS if hasattr(module, name)}
    return Proof(app=app, **names, **functions)
