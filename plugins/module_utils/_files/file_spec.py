# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What is wanted of a file: its text, its permissions, the block that is ours, and who verifies it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Sequence, TypedDict

from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys

from .managed_block import Block


class BlockMapping(TypedDict, total=False):
    """A Block as plain data."""

    marker: str
    comment: str
    anchor: str


class OwnKeysMapping(TypedDict):
    """An OwnKeys as plain data."""

    format: str
    dialect: str
    names: Sequence[str]


class CommandsMapping(TypedDict, total=False):
    """A Commands as plain data."""

    read: Sequence[str]
    write: Sequence[str]
    delete: Sequence[str]
    user: str | None
    under: str


class VerifyMapping(TypedDict, total=False):
    """A Verify as plain data."""

    command: list[str]
    fails_on: str | None
    beside: list[str]
    timeout: float
    hint: str | None


class Rival(TypedDict, total=False):
    """A setting that passes ours over: `because` ends a sentence that begins with its name, `harmless` are values."""

    name: str
    because: str
    harmless: Sequence[str]


class Services(TypedDict):
    """A file beside ours, of one line a service as Postfix's master.cf, and the service whose options win over ours.

    It reads the settings whose names begin with `begins`, and no other.
    """

    file: str
    service: str
    begins: str


class EffectiveMapping(TypedDict, total=False):
    """An Effective as plain data."""

    separator: str
    command: list[str]
    elsewhere: list[Rival]
    keys: OwnKeysMapping | None
    under: str | None
    services: Services | None


class FileMapping(TypedDict, total=False):
    """A FileSpec as plain data, as it comes to the host; path, target, name and content are required."""

    path: str
    target: str
    name: str
    content: str
    masked: str | None
    mode: str | None
    owner: str | None
    group: str | None
    block: BlockMapping | None
    keys: OwnKeysMapping | None
    commands: CommandsMapping | None
    verify: VerifyMapping | None
    effective: EffectiveMapping | None
    root: str | None
    known: bool
    absent: bool


@dataclass(frozen=True)
class Verify:
    """How a staged file is verified.

    In `command`, `{file}` stands for the staged file, `{dir}` for the folder that it is in, `{dest}` for the path that
    it will have. It fails by its exit status, or when the regular expression `fails_on` is found in its output.
    `beside` names neighbours of the destination that must be in `{dir}` as well. `timeout` is in seconds. `hint` says
    what to try where it refuses the file.
    """

    command: Sequence[str]
    fails_on: str | None = None
    beside: Sequence[str] = ()
    timeout: float = 30
    hint: str | None = None


@dataclass(frozen=True)
class Effective:
    """How it is found out which settings of our block take effect.

    `separator` stands between a name and its value, `command` (as in Verify) prints such lines for what takes effect,
    `elsewhere` are the settings of others by which mail goes another way whatever ours say. Where a block is in a
    format with keys, `keys` are those that it may have, `under` is the variable that they stand in. `services` is where
    the options of a service win over ours.
    """

    separator: str = "="
    command: Sequence[str] = ()
    elsewhere: Sequence[Rival] = ()
    keys: OwnKeys | None = None
    under: str | None = None
    services: Services | None = None


@dataclass(frozen=True)
class Commands:
    """How values are read and set that lie in no file.

    `read` prints them as JSON, and `write` takes those that change as JSON, null for one to be gone; `under` is the
    object that they are in. Where `read` names `{key}` it is run for each key and prints its value, `write` takes one
    value and `delete` takes a key away. What is written comes by standard input, or in the file that `{file}` names.
    `user` is who runs them, where we are root.
    """

    read: Sequence[str]
    write: Sequence[str]
    delete: Sequence[str] = ()
    user: str | None = None
    under: str = ""


@dataclass(frozen=True)
class FileSpec:
    """One file, or one block or the keys of ours in a file, as it should be.

    `path` is final; `content` is UTF-8 text, `masked` the same with its secrets as ********, None if it has none;
    `mode` is octal text ("0640"); mode, owner and group of a file that is there are kept where None is given. `root`
    is a folder that the file must not leave by any link; None where there is no such bound. `known` says whether an
    earlier run wrote what is there, None where nothing is remembered; `absent` that the file, or our part, is to go.
    With `commands` there is no file: `path` is only what messages call it.
    """

    path: str
    target: str
    name: str
    content: str = field(repr=False)
    masked: str | None = None
    mode: str | None = None
    owner: str | None = None
    group: str | None = None
    block: Block | None = None
    keys: OwnKeys | None = None
    commands: Commands | None = None
    verify: Verify | None = None
    effective: Effective | None = None
    root: str | None = None
    known: bool | None = None
    absent: bool = False

    @property
    def part(self) -> str | None:
        """What tells our part of a file from other parts of it; None where the whole file is ours."""
        if self.keys is not None:
            return f"keys {self.target}/{self.name}"
        return None if self.block is None else self.block.marker


def file_spec_from_mapping(mapping: FileMapping) -> FileSpec:
    """The FileSpec that a mapping with the same keys describes; KeyError where a required one is missing."""
    block, verify, effective = mapping.get("block"), mapping.get("verify"), mapping.get("effective")
    keys, commands = mapping.get("keys"), mapping.get("commands")
    return FileSpec(
        path=mapping["path"],
        target=mapping["target"],
        name=mapping["name"],
        content=mapping["content"],
        masked=mapping.get("masked"),
        mode=mapping.get("mode"),
        owner=mapping.get("owner"),
        group=mapping.get("group"),
        block=None if block is None else Block(**block),
        keys=None if keys is None else OwnKeys(**keys),
        commands=None if commands is None else Commands(**commands),
        verify=None if verify is None else Verify(**verify),
        effective=None if effective is None else _effective(effective),
        root=mapping.get("root"),
        known=mapping.get("known"),
        absent=mapping.get("absent", False),
    )


def _effective(mapping: EffectiveMapping) -> Effective:
    keys = mapping.get("keys")
    return Effective(
        separator=mapping.get("separator", "="),
        command=mapping.get("command", ()),
        elsewhere=mapping.get("elsewhere", ()),
        keys=None if keys is None else OwnKeys(**keys),
        under=mapping.get("under"),
        services=mapping.get("services"),
    )
