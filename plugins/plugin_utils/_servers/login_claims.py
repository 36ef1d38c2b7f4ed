# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One login an account and run, where a fleet shares accounts.

A hundred hosts that log in with one account at once look like an attack, and with a wrong password they lock it. So the
first host that comes to an account claims its login for the whole run. The others wait for the verdict: with a login
that was accepted they connect and negotiate TLS only, and one that was refused is refused for all, before they write.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import category_message
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

# Made when this file is first imported: in the parent process, before it forks a worker for each host, so that all
# workers of a run share it. It never leaves memory, so that nothing can be learnt from the names of the claims.
_RUN_KEY = secrets.token_bytes(32)

# What makes two logins the same: the password too, for a host that has another one is another login.
_ACCOUNT = ("host", "port", "username", "password")
# How often a host looks whether the verdict on a login is there, in seconds.
_LOOK_AGAIN = 0.05

# A protocol, and an endpoint's options.
Server = tuple[str, Mapping[str, JSON]]


class LoginRefusedElsewhere(SentenceError):
    """Another host of this run tried the login, and it was refused; the sentence names that host and the reason."""

    def __init__(self, protocol: str, name: str, verdict: Mapping[str, JSON]) -> None:
        documented = category_message("login_failed", protocol)
        tried = f"{name}: {verdict['host']} tried this login for all hosts of the run, and it was refused"
        super().__init__(f"{documented} {tried} ({verdict['reason']}); it is not tried again")
        self.reason = str(verdict["reason"])
        self.stage = str(verdict["stage"])


def account(protocol: str, endpoint: Mapping[str, JSON], key: bytes = _RUN_KEY) -> str:
    """A name for the endpoint's login that says nothing about it."""
    login = json.dumps([protocol, *(endpoint.get(part) for part in _ACCOUNT)])
    return hmac.new(key, login.encode(), hashlib.sha256).hexdigest()


@dataclass
class LoginClaims:
    """The logins that one host tries for all hosts of the run.

    `folder` is shared by all workers of the run and by nobody else; Ansible removes it when the run ends.
    """

    folder: Path
    host: str
    claimed: dict[str, Server] = field(default_factory=dict)

    def arrange(self, servers: Sequence[Server]) -> list[bool]:
        """For each server whether this host tries its login; waits for the verdict on a login that another host tries.

        Logins are taken in one order by all hosts, so that no two wait for each other. Raises LoginRefusedElsewhere.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        logins = {account(*server): server for server in servers if "username" in server[1]}
        for name in sorted(logins):
            self._take(name, logins[name])
        return [account(*server) in self.claimed or "username" not in server[1] for server in servers]

    def publish(self, results: Sequence[Mapping[str, JSON]], servers: Sequence[Server]) -> None:
        """Tell the others what became of the logins; one that was not tried can be claimed by the next host.

        `results` are those of `servers`, in their order; fewer where the check itself came to nothing.
        """
        verdicts = dict(_verdicts(results, servers, self.host))
        for name in list(self.claimed):
            if name in verdicts:
                staged = self._file(name, ".staged")
                staged.write_text(json.dumps(verdicts[name]), encoding="utf-8")
                staged.replace(self._file(name, ".verdict"))
            else:
                self._file(name).unlink(missing_ok=True)
            del self.claimed[name]

    def _take(self, name: str, server: Server) -> None:
        """Claim the login, or have its verdict."""
        while True:
            verdict = self._verdict(name)
            if verdict is not None:
                if not verdict["accepted"]:
                    protocol, endpoint = server
                    raise LoginRefusedElsewhere(protocol, str(endpoint.get("name") or endpoint.get("host")), verdict)
                if verdict["host"] == self.host:
                    # It comes back with another task, and no other host tries it.
                    self.claimed[name] = server
                return
            if self._claim(name):
                self.claimed[name] = server
                return
            self._forget_the_dead(name)
            time.sleep(_LOOK_AGAIN)

    def _claim(self, name: str) -> bool:
        try:
            claim = os.open(self._file(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(claim, "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
        return True

    def _forget_the_dead(self, name: str) -> None:
        """Give up the claim of a worker that ended without a word."""
        with suppress(OSError, ValueError):
            worker = int(self._file(name).read_text(encoding="ascii"))
            try:
                os.kill(worker, 0)
            except ProcessLookupError:
                self._file(name).unlink(missing_ok=True)

    def _verdict(self, name: str) -> dict[str, JSON] | None:
        try:
            verdict: dict[str, JSON] = json.loads(self._file(name, ".verdict").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return verdict

    def _file(self, name: str, ending: str = "") -> Path:
        return self.folder / f"{name}{ending}"


def _verdicts(
    results: Sequence[Mapping[str, JSON]], servers: Sequence[Server], host: str
) -> Iterator[tuple[str, dict[str, JSON]]]:
    """What became of each login that was tried, by its account; a refusal at one endpoint is a refusal."""
    refused: dict[str, dict[str, JSON]] = {}
    for server, result in zip(servers, results, strict=False):
        verdict = {"host": host, "reason": result["reason"], "stage": result["stage"]}
        auth = result["auth"]
        if result["category"] == "login_failed":
            refused[account(*server)] = {**verdict, "accepted": False}
        elif isinstance(auth, Mapping) and auth.get("mechanism"):
            yield account(*server), {**verdict, "accepted": True}
    yield from refused.items()
