# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove one target, in a machine of its own: what is rendered is read back, sent with, and refused where it has to be.

    python -m tests.applications.proving APP SCRATCH [UNPACKED]

is what `make test-targets` runs in new namespaces for each target. It prints the outcome as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import product
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.reading import read_files
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put, steps, without
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import holds
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.keys import carried_leaves as leaves_in_keys
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import Expression
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from tests.applications.proof import Letter, Proof, Trap, proof_of
from tests.applications.world import OWN_CA_FILE, RELAY, RELAY_ADDRESS, Authorities, machine
from tests.applications.written import Refused, Written, carried_leaves, place
from tests.leaves import own_spec, spec_around, values
from tests.servers.recording_server import Identity, Manners, RecordingServer, Visit

MODES = ("none", "starttls_opportunistic", "starttls", "implicit_tls")
ENCRYPTED = ("starttls", "implicit_tls")
PORTS = {"none": 25, "starttls_opportunistic": 25, "starttls": 587, "implicit_tls": 465}
# A password of all that formats take for something else, but for a blank at an end or a line break.
SECRET = 'p@ss:w/rd# "q" $HOME ${x} 100% <%= 1 %> {{ y }} & \\ é;'
LOGINS: Mapping[str, Mapping[str, str] | None] = {
    "a difficult login": {"username": "svc\\mail@example.edu", "password": SECRET},
    "a login": {"username": "svc-mail", "password": "a-password"},
    "no login": None,
}


@dataclass
class Outcome:
    """What was proven of a target. `cases` are specs that it takes; a fault begins with the case that it is of."""

    app: str
    version: str = ""
    why_not: str | None = None
    cases: int = 0
    parsed: int = 0
    sent: int = 0
    refused: int = 0
    traps: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """A relay, and whether it has to get the mail; `encrypted` is whether by TLS, where it does."""

    name: str
    manners: Manners
    taken: bool = True
    encrypted: bool = True
    changes: Mapping[str, JSON] = field(default_factory=dict)


def spec_with(app: str, mode: str, login: str, *, verify: bool) -> Tree:
    """The target's own spec in another mode, with and without verification, and with another login."""
    spec: Tree = put(without(own_spec(app), ("smtp", "port")), "smtp.encryption", mode)
    spec = without(spec, steps("smtp.tls")) if mode == "none" else put(spec, "smtp.tls.verify", verify)
    auth = LOGINS[login]
    return without(spec, steps("smtp.auth")) if auth is None else put(spec, "smtp.auth", dict(auth))


def to_be_sent(spec: Tree) -> Tree:
    """The same through the relay of this machine, at the mode's own port, with nothing special about its TLS."""
    spec = put(spec, "smtp.host", RELAY)
    for name in ("ca_file", "server_name", "client_certificate", "client_key", "minimum_version"):
        spec = without(spec, ("smtp", "tls", name))
    return spec


class Proving:
    """One target, the proof of it, and what came out so far."""

    def __init__(self, proof: Proof, authorities: Authorities) -> None:
        self.proof = proof
        self.authorities = authorities
        self.outcome = Outcome(proof.app, proof.version())
        target = find_target(proof.app)
        self.at: TargetAtVersion = target.at(self.outcome.version if target.versions else None)

    def prove(self) -> Outcome:
        if self.proof.prepare is not None:
            self.proof.prepare()
        for case, spec in self._cases():
            self._try(case, partial(self._read_back, spec))
        if self.proof.send is not None:
            for case, spec, scene in self._scenes():
                self._try(case, partial(self._send, spec, scene))
        for name, trap in self.proof.traps.items():
            self._try(f"trap: {name}", partial(self._notice, trap))
        self._judge()
        return self.outcome

    def _try(self, case: str, attempt: Callable[[], list[str]]) -> None:
        try:
            faults = attempt()
        except Refused:
            return
        except Exception as error:  # noqa: BLE001  # one case's fault must not hide those of the others
            faults = [f"{type(error).__name__}: {error}"]
        self.outcome.faults += [f"{case}: {fault}" for fault in faults]

    def _judge(self) -> None:
        """What is claimed has to have happened at least once."""
        if self.proof.read is not None and not self.outcome.parsed:
            self.outcome.faults.append("nothing was read back")
        if self.proof.send is not None and not (self.outcome.sent and self.outcome.refused):
            self.outcome.faults.append("nothing was sent, or nothing refused")

    def _place(self, spec: Tree) -> Written:
        return place(self.at, spec, self.proof.options, verify=self.proof.verify)

    # Reading

    def _cases(self) -> Iterator[tuple[str, Tree]]:
        """The whole matrix, then each leaf that is carried with each of its values."""
        for mode, verify, login in product(MODES, (True, False), LOGINS):
            if mode != "none" or verify:
                label = f"{mode}, {'verified' if verify else 'not verified'}, {login}"
                yield label, spec_with(self.proof.app, mode, login, verify=verify)
        for leaf in sorted(carried_leaves(self.at)):
            for value in values(leaf):
                yield f"{leaf} = {value}", put(spec_around(self.proof.app, leaf), leaf, value)

    def _read_back(self, spec: Tree) -> list[str]:
        written = self._place(spec)
        self.outcome.cases += 1
        faults = self._own_reading(written)
        if self.proof.read is not None:
            faults += self._differences(written)
            self.outcome.parsed += 1
        return faults

    def _differences(self, written: Written) -> list[str]:
        """How what the application understood differs from the spec."""
        assert self.proof.read is not None
        understood = dict(self.proof.read(written))
        expected = written.carried - set(self.proof.unseen)
        faults = [f"{leaf} is carried and was not read" for leaf in sorted(expected - set(understood))]
        for leaf, value in understood.items():
            wanted = get(written.settings, leaf)
            if value != wanted and not _has_no_meaning(leaf, written.settings):
                faults.append(f"{leaf} was understood as {value!r}, not as {wanted!r}")
        return faults

    def _own_reading(self, written: Written) -> list[str]:
        """How what our own reader makes of the files differs from the spec."""
        files = [file for file in self.at.files if file.format is not None and file.name in written.files]
        reading = read_files(self.at, {file.name: written.files[file.name].read_text("utf-8") for file in files})
        faults = [f"our reader says of {key}: {fault}" for key, fault in reading.faults.items()]
        options = self.at.options(dict(self.proof.options))
        context = {"settings": written.settings, "options": options, "version": self.at.version}
        keys = (key for file in files for key in file.keys if not isinstance(key.source, Expression))
        for leaf in leaves_in_keys(key for key in keys if holds(key.when, context)):
            value = get(written.settings, leaf)
            if value != reading.settings.get(leaf) and value not in reading.open.get(leaf, ()):
                faults.append(f"our reader took {leaf} for {reading.settings.get(leaf)!r}, not for {value!r}")
        return faults

    # Sending

    def _scenes(self) -> Iterator[tuple[str, Tree, Scene]]:
        for mode, verify, login in product(MODES, (True, False), ("a login", "no login")):
            if (mode == "none" and not verify) or (login == "a login" and mode not in ENCRYPTED):
                continue
            label = f"{mode}, {'verified' if verify else 'not verified'}, {login}"
            name = self._hardest(mode, verify=verify) if login == "a login" else login
            spec = to_be_sent(spec_with(self.proof.app, mode, name, verify=verify))
            relays = list(self._relays(mode, LOGINS[name], verify=verify))
            # How an untrusted relay is met does not depend on the login.
            for scene in relays[:1] if mode in ENCRYPTED and login == "no login" else relays:
                changed = spec
                for leaf, value in scene.changes.items():
                    changed = put(changed, leaf, value)
                yield f"{label}, {scene.name}", changed, scene

    def _hardest(self, mode: str, *, verify: bool) -> str:
        """The difficult login where the target takes it."""
        try:
            self._place(to_be_sent(spec_with(self.proof.app, mode, "a difficult login", verify=verify)))
        except Refused:
            return "a login"
        return "a difficult login"

    def _relays(self, mode: str, login: Mapping[str, str] | None, *, verify: bool) -> Iterator[Scene]:
        def relay(certificate: str | None) -> Manners:
            leaf = getattr(self.authorities, certificate) if certificate else None
            identity = Identity(leaf, self.authorities.clients) if leaf else None
            users = {login["username"]: login["password"]} if login else {}
            return Manners(identity, mode == "implicit_tls", users, ("PLAIN", "LOGIN") if login else ())

        if mode == "none":
            yield Scene("a relay that offers STARTTLS", relay("good"), encrypted=False)
            return
        yield Scene("a good relay", relay("good"))
        if mode == "starttls_opportunistic":
            yield Scene("a relay without STARTTLS", relay(None), encrypted=False)
        else:
            yield Scene("a relay that is not trusted", relay("untrusted"), taken=not verify)
            yield Scene("a relay of another name", relay("misnamed"), taken=not verify)
        if mode in ENCRYPTED and verify and "smtp.tls.ca_file" in carried_leaves(self.at):
            own: dict[str, JSON] = {"smtp.tls.ca_file": str(OWN_CA_FILE)}
            yield Scene("a relay of an authority of its own", relay("own"), changes=own)
        if mode == "starttls":
            yield Scene("a relay without STARTTLS", relay(None), taken=False)

    def _send(self, spec: Tree, scene: Scene) -> list[str]:
        written = self._place(spec)
        said, visits = self._attempt(written, scene)
        faults = [*_faults(written, scene, said, visits)]
        if scene.taken:
            self.outcome.sent += not faults
        else:
            self.outcome.refused += not faults
        return faults

    def _attempt(self, written: Written, scene: Scene) -> tuple[str | None, list[Visit]]:
        assert self.proof.send is not None
        port = PORTS[str(get(written.settings, "smtp.encryption"))]
        with RecordingServer(scene.manners, RELAY_ADDRESS, port) as server:
            said = self.proof.send(written, Letter())
            return said, [server.message()] if said is None else server.all_visits()

    # Traps

    def _notice(self, trap: Trap) -> list[str]:
        """A fault, unless what is written by hand is noticed."""
        for login, verify in product(("a login", "no login"), (True, False)):
            spec = to_be_sent(spec_with(self.proof.app, trap.encryption, login, verify=verify))
            try:
                written = self._place(spec)
            except Refused:
                continue
            path = written.files[trap.file]
            text = path.read_text(encoding="utf-8")
            if trap.written not in text:
                return [f"{trap.written!r} is not in {trap.file}"]
            path.write_text(text.replace(trap.written, trap.by_hand), encoding="utf-8")
            if self._seen(written, trap.encryption, LOGINS[login], verify=verify):
                self.outcome.traps += 1
                return []
            return [f"nobody notices {trap.by_hand!r} in the place of {trap.written!r}"]
        return ["the target takes no spec to try it with"]

    def _seen(self, written: Written, mode: str, login: Mapping[str, str] | None, *, verify: bool) -> bool:
        try:
            if self.proof.read is not None and self._differences(written):
                return True
        except Exception:  # noqa: BLE001  # what its parser does not take is noticed, too
            return True
        scenes = list(self._relays(mode, login, verify=verify)) if self.proof.send is not None else []
        attempts = ((scene, *self._attempt(written, scene)) for scene in scenes if not scene.changes)
        return any(list(_faults(written, scene, said, visits)) for scene, said, visits in attempts)


def _has_no_meaning(leaf: str, settings: Tree) -> bool:
    """Whether a leaf says nothing in these settings: how TLS is done where there is none."""
    return leaf.startswith("smtp.tls.") and get(settings, "smtp.encryption") == "none"


def _faults(written: Written, scene: Scene, said: str | None, visits: list[Visit]) -> Iterator[str]:
    """What went otherwise than the scene wants it."""
    if not scene.taken:
        if said is None or any(visit.message is not None for visit in visits):
            yield "it was sent"
        if any(visit.password is not None for visit in visits):
            yield "the password was given away"
        return
    if said is not None:
        yield f"it was not sent: {said.strip()[-300:]}"
        return
    yield from _differences_of(visits[-1], written, scene)


def _differences_of(visit: Visit, written: Written, scene: Scene) -> Iterator[str]:
    """How what the relay saw differs from the spec."""
    settings = written.settings
    if (visit.tls is not None) is not scene.encrypted:
        yield f"it was sent {'in clear text' if scene.encrypted else 'by TLS'}"
    login = (get(settings, "smtp.auth.username"), get(settings, "smtp.auth.password"))
    if (visit.username, visit.password) != login:
        yield f"it logged in as {visit.username!r} with {visit.password!r}, not as {login}"
    helo = get(settings, "smtp.helo_name")
    if "smtp.helo_name" in written.carried and helo is not None and visit.helo != helo:
        yield f"it called itself {visit.helo}, not {helo}"
    sender = get(settings, "sender.address")
    headers = (visit.message or b"").partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    shown = re.search(r"^From:.*$", headers, re.MULTILINE | re.IGNORECASE)
    addresses = re.findall(r"[\w.+-]+@[\w.-]+", shown[0]) if shown else []
    if "sender.address" in written.carried and sender not in (visit.sender, *addresses):
        yield f"it came from {visit.sender}, not from {sender}"


def main() -> int:
    app, scratch, *unpacked = sys.argv[1:]
    proof = proof_of(app)
    assert proof is not None
    with machine(Path(scratch), Path(unpacked[0]) if unpacked else None, proof.users) as authorities:
        missing = proof.why_not()
        outcome = Outcome(app, why_not=missing) if missing else Proving(proof, authorities).prove()
    sys.stdout.write(f"\n{json.dumps(asdict(outcome))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
