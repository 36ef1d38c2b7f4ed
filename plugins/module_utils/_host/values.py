# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Values that lie in no file, and that only a command reads and sets: set where the reading differs, as one with files.

The secret comes to the command by its standard input, or in a file of 0600, and is never one of its arguments.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import Commands, FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import UNTOUCHED, WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.masked_diff import file_diff
from ansible_collections.appmail.settings.plugins.module_utils._files.programs import find_program, run_program
from ansible_collections.appmail.settings.plugins.module_utils._files.verifier import ending, quoted
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.layout import KeysError
from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import (
    Secrets,
    hidden_parts,
    values,
)

_TIMEOUT_SECONDS = 60.0
# In memory where the system has such a place: what a command reads holds secrets.
_MEMORY = "/dev/shm"  # noqa: S108 - the folder made in it is private
# The name of a value below `under` -> the value, None where there is none.
Tree = Dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a target's command said before anything changed, as JSON, and what it is to say."""

    spec: FileSpec
    commands: Commands
    before: str = field(repr=False)
    after: str = field(repr=False)

    @property
    def changes(self) -> list[str]:
        """The names of the values that change."""
        old, new = _values(self.before, self.commands), _values(self.after, self.commands)
        return [name for name in {**old, **new} if _text(old.get(name)) != _text(new.get(name))]

    def result(self) -> dict[str, object]:
        """What is returned of it."""
        changed = bool(self.changes)
        return {"target": self.spec.target, "name": self.spec.name, "changed": changed, "names": self.changes}

    def diff(self) -> dict[str, str]:
        """How our values change, without secrets."""
        before = "" if self.spec.keys is None else self.spec.keys.standing(self.before, self.spec.content)
        label = f"{self.spec.name} (values of {self.spec.target})"
        return file_diff(label, before, self.spec.content, self.spec.masked)


def read_values(spec: FileSpec, commands: Commands) -> Reading:
    """Ask for the values, and see what is to change. Raises WriteError where the command cannot say them."""
    content = spec.content if not _one_by_one(commands) else _as_texts(spec.content)
    before = _read(spec, commands)
    try:
        after = before if spec.keys is None else spec.keys.merged(before, content)
    except KeysError as error:
        raise _failure(spec, f"what {commands.read[0]} prints: {error}") from None
    return Reading(spec, commands, before, after)


def foresee_values(spec: FileSpec, commands: Commands, warnings: list[str]) -> Reading:
    """What check mode takes the values for: a command that cannot say them, as before it is installed, is warned of.

    All of them would be set then.
    """
    try:
        return read_values(spec, commands)
    except WriteError as error:
        warnings.append(f"{spec.name} of {spec.target}: {error.cause}; a run that is no check would fail")
        content = spec.content if not _one_by_one(commands) else _as_texts(spec.content)
        return Reading(spec, commands, "{}", "{}" if spec.keys is None else spec.keys.merged("{}", content))


def set_values(readings: Sequence[Reading]) -> None:
    """Set what differs, and read it again. Raises WriteError, with what was set put back; it says what could not be."""
    done: list[Reading] = []
    try:
        for reading in (reading for reading in readings if reading.changes):
            done.append(reading)
            _write(reading.spec, reading.commands, reading.changes, _values(reading.after, reading.commands))
            _require_set(reading)
    except WriteError as error:
        states = [_put_back(reading) for reading in reversed(done)]
        raise WriteError(
            "command", error.path, error.target, error.cause, state="; ".join([*states, UNTOUCHED])
        ) from None


def _put_back(reading: Reading) -> str:
    """Give the values back that were there; a clause on what then is there."""
    spec, names, old = reading.spec, reading.changes, _values(reading.before, reading.commands)
    try:
        changed = _other(reading, names, old)
        _write(spec, reading.commands, changed, old)
        stays = _other(reading, names, old)
    except WriteError as error:
        return (
            f"{', '.join(names)} of {spec.target} may have new values, for they could not be put back ({error.cause})"
        )
    if stays:
        return f"{', '.join(stays)} of {spec.target} could not be put back"
    return f"{', '.join(names)} of {spec.target} have the values that they had"


def _require_set(reading: Reading) -> None:
    other = _other(reading, reading.changes, _values(reading.after, reading.commands))
    if other:
        cause = (
            f"{reading.commands.write[0]} took {', '.join(other)}, and {reading.commands.read[0]} says something else"
        )
        raise _failure(reading.spec, f"{cause}: look for another place where that is set")


def _other(reading: Reading, names: Sequence[str], wanted: Tree) -> list[str]:
    """The names that by now read otherwise than wanted."""
    now = _values(_read(reading.spec, reading.commands), reading.commands)
    return [name for name in names if _text(now.get(name)) != _text(wanted.get(name))]


def _values(text: str, commands: Commands) -> Tree:
    tree = json.loads(text)
    held: Tree = tree.get(commands.under, {}) if commands.under else tree
    return held


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _as_texts(content: str) -> str:
    """A table of values as what a command prints of each: text."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in json.loads(content).items()
    }
    return json.dumps(texts)


def _one_by_one(commands: Commands) -> bool:
    return any("{key}" in word for word in commands.read)


def _read(spec: FileSpec, commands: Commands) -> str:
    """The values as JSON."""
    if not _one_by_one(commands):
        status, output = _run(spec, commands, commands.read)
        if status != 0:
            raise _failure(spec, _why(spec, commands.read, status, output))
        try:
            tree = json.loads(output)
        except ValueError:
            raise _failure(spec, f"{commands.read[0]} printed no JSON") from None
        if not isinstance(tree, dict) or not isinstance(tree.get(commands.under, {}), dict):
            raise _failure(spec, f"{commands.read[0]} printed no JSON object")
        return output
    held = {}
    for name in () if spec.keys is None else spec.keys.names:
        status, output = _run(spec, commands, _with_key(commands.read, name))
        if status == 0:
            held[name] = output[:-1] if output.endswith("\n") else output
    return json.dumps(held)


def _write(spec: FileSpec, commands: Commands, names: Sequence[str], values_: Tree) -> None:
    """Set these values, or take them away where they are None."""
    if not _one_by_one(commands):
        changed: object = {name: values_.get(name) for name in names}
        _require(spec, commands, commands.write, json.dumps({commands.under: changed} if commands.under else changed))
        return
    for name in names:
        value = values_.get(name)
        command = commands.delete if value is None else commands.write
        _require(spec, commands, _with_key(command, name), value)


def _with_key(command: Sequence[str], name: str) -> list[str]:
    return [word.replace("{key}", name) for word in command]


def _require(spec: FileSpec, commands: Commands, command: Sequence[str], value: str | None) -> None:
    status, output = _run(spec, commands, command, value)
    if status != 0:
        raise _failure(spec, _why(spec, command, status, output))


def _run(
    spec: FileSpec, commands: Commands, command: Sequence[str], value: str | None = None
) -> tuple[int | None, str]:
    program = find_program(command[0])
    if program is None:
        raise _failure(spec, f"{command[0]} is not installed on this host")
    data = None if value is None else value.encode("utf-8", "surrogateescape")
    try:
        with _private_folder(commands.user) as folder:
            words = [program, *command[1:]]
            if data is not None and any("{file}" in word for word in words):
                file = _private_file(folder, data, commands.user)
                words, data = [word.replace("{file}", file) for word in words], None
            return run_program(words, folder, _TIMEOUT_SECONDS, data, commands.user)
    except OSError as error:
        raise _failure(spec, f"{program} could not be started: {error.strerror}") from None


@contextlib.contextmanager
def _private_folder(user: str | None) -> Iterator[str]:
    memory = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(prefix="appmail-", dir=memory) as folder:
        _give(folder, user)
        yield folder


def _private_file(folder: str, data: bytes, user: str | None) -> str:
    path = os.path.join(folder, "value")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    _give(path, user)
    return path


def _give(path: str, user: str | None) -> None:
    if user is not None and os.geteuid() == 0:
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            raise OSError(2, f"there is no user {user}") from None
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _why(spec: FileSpec, command: Sequence[str], status: int | None, output: str) -> str:
    known = Secrets(hidden_parts(spec.content, spec.masked), values(spec.content) - values(spec.masked or spec.content))
    said = quoted(output, known)
    if status is None:
        return f"{' '.join(command)} did not end within {_TIMEOUT_SECONDS:g} s and was stopped{said}"
    return f"{' '.join(command)} failed ({ending(status)}){said}"


def _failure(spec: FileSpec, cause: str) -> WriteError:
    return WriteError("command", spec.name, spec.target, cause)
