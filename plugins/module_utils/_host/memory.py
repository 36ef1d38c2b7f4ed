# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a host remembers between runs: the files that were written, and the reloads that have not happened yet.

Both are small JSON files in one folder that only we may read; no secret is in them. What was written is kept for each
host of the inventory, as several of them may be one machine. A reload has a marker of its own, which whoever reloads
takes away.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Mapping, Sequence, cast

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec, OwnKeysMapping
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import (
    Block,
    BlockError,
    block_content,
)
from ansible_collections.appmail.settings.plugins.module_utils._files.plan import has_signature
from ansible_collections.appmail.settings.plugins.module_utils._files.trusted_path import Trust, real_path
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.layout import KeysError
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys

_OURS = "appmail.settings"
_SYSTEM = "/var/lib"
_SIGNED_WITHIN = 3
_READ_AT_MOST = 4 * 1024 * 1024

# What makes an application read its files, with the name of the application: as the payload has it.
Reload = Dict[str, Any]


def memory_folder(root: str | None) -> str:
    """The folder on this host: below `root` where there is one, else the system's, or a user's own (XDG)."""
    if root:
        return os.path.join(root, _SYSTEM.lstrip("/"), _OURS)
    if os.geteuid() == 0:
        return os.path.join(_SYSTEM, _OURS)
    state = os.environ.get("XDG_STATE_HOME", "")
    return os.path.join(state if os.path.isabs(state) else os.path.expanduser("~/.local/state"), _OURS)


@dataclass(frozen=True)
class Entry:
    """One file that was written, or our part of it; `owner` and `group` are those that it was given to.

    `keys` are our keys in a file of others, as `OwnKeys` has them; `signed` says that the file said it was ours.
    """

    target: str
    name: str
    marker: str | None = None
    comment: str | None = None
    owner: str | None = None
    group: str | None = None
    keys: OwnKeysMapping | None = None
    signed: bool = False

    @property
    def own_keys(self) -> OwnKeys | None:
        """The keys that were written; None where it was not these alone."""
        return None if self.keys is None else OwnKeys(**self.keys)

    @property
    def part(self) -> str | None:
        """The part of the file, as `FileSpec.part` has it."""
        return self.going("", None).part

    @property
    def block(self) -> Block | None:
        """The block that was written; None where the whole file was."""
        return None if self.marker is None or self.comment is None else Block(self.marker, self.comment)

    def going(self, path: str, root: str | None) -> FileSpec:
        """The spec that takes it away."""
        return FileSpec(
            path=path,
            target=self.target,
            name=self.name,
            content="",
            owner=self.owner,
            group=self.group,
            block=self.block,
            keys=self.own_keys,
            root=root,
            # Of a file that goes this is all that is known, and what stays is remembered by the same spec.
            known=self.signed or None,
            absent=True,
        )


def entry_of(spec: FileSpec) -> Entry:
    """What is remembered of a file."""
    block = spec.block
    marker, comment = (None, None) if block is None else (block.marker, block.comment)
    keys = None if spec.keys is None else cast("OwnKeysMapping", dict(vars(spec.keys), names=list(spec.keys.names)))
    signed = bool(spec.known) if spec.absent else has_signature(spec.content.encode())
    return Entry(spec.target, spec.name, marker, comment, spec.owner, spec.group, keys, signed and spec.part is None)


@dataclass(frozen=True)
class Memory:
    """What was written for one host of the inventory, by path and block; how each target reads its files.

    `lost` is the file that should have told, and cannot be read or trusted.
    """

    files: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    reloads: Mapping[str, Reload] = field(default_factory=dict)
    lost: str | None = None

    def knows(self, spec: FileSpec) -> bool:
        """Whether an earlier run wrote this file, or its keys."""
        entries = (entry for entry in self.files.get(spec.path, ()) if entry.target == spec.target)
        return any(entry.block is None and entry.part == spec.part for entry in entries)

    def left(self, specs: Iterable[FileSpec], root: str | None) -> list[FileSpec]:
        """What was written and is wanted no more, and is still there: specs that take it away."""
        unwanted = self._unwanted(specs)
        return [entry.going(path, root) for path, entry in unwanted if not _is_replaced(path, entry)]

    def replaced(self, specs: Iterable[FileSpec]) -> list[tuple[str, str]]:
        """What is wanted no more, and is somebody else's file by now: the targets and the paths."""
        return [(entry.target, path) for path, entry in self._unwanted(specs) if _is_replaced(path, entry)]

    def _unwanted(self, specs: Iterable[FileSpec]) -> list[tuple[str, Entry]]:
        wanted = {(spec.path, spec.part) for spec in specs}
        return [
            (path, entry)
            for path, entries in sorted(self.files.items())
            for entry in entries
            if (path, entry.part) not in wanted and (path, None) not in wanted and _is_there(path, entry)
        ]


def _is_replaced(path: str, entry: Entry) -> bool:
    return entry.signed and not is_signed(path)


def _is_there(path: str, entry: Entry) -> bool:
    if entry.part is None:
        return os.path.isfile(path)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read()
        if entry.own_keys is not None:
            return bool(entry.own_keys.standing(text, ""))
        return entry.block is not None and block_content(text, entry.block) is not None
    except (BlockError, KeysError):
        return True
    except OSError:
        return False


def is_signed(path: str) -> bool:
    """Whether a file says in one of its first lines that it is ours."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return any(_OURS in line for line in itertools.islice(file, _SIGNED_WITHIN))
    except OSError:
        return False


def _in_file_name(name: str) -> str:
    """A name as a part of a file's name: what could mean something there is percent-encoded."""
    return re.sub(
        r"[^\w.-]", lambda match: "".join(f"%{octet:02x}" for octet in match.group().encode()), name, flags=re.A
    )


def _path(folder: str, scope: str) -> str:
    return os.path.join(folder, f"written-{_in_file_name(scope)}.json")


def recall(folder: str, scope: str, root: str | None) -> Memory:
    """What is remembered for a host of the inventory; nothing where there is no such file, or it cannot be trusted."""
    path = _path(folder, scope)
    try:
        with open(real_path(path, Trust(), root), encoding="utf-8") as file:
            content = json.loads(file.read(_READ_AT_MOST))
        files = {path: [_entry(entry) for entry in entries] for path, entries in content["files"].items()}
        return Memory(files, content["reloads"])
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # UntrustedPathError is a ValueError
        return Memory(lost=path)


# What is not written where there is none of it.
_OPTIONAL = frozenset(["keys", "signed"])


def _entry(mapping: dict[str, Any]) -> Entry:
    """An entry without what a later version may have added to it."""
    known = vars(Entry("", ""))
    return Entry(**{name: value for name, value in mapping.items() if name in known})


def remember(
    folder: str, scope: str, specs: Iterable[FileSpec], reloads: Mapping[str, Reload], root: str | None
) -> None:
    """Keep what was written; nothing is touched where that is remembered already. Raises WriteError."""
    files: dict[str, list[dict[str, object]]] = {}
    for spec in specs:
        files.setdefault(spec.path, []).append(
            {name: value for name, value in vars(entry_of(spec)).items() if name not in _OPTIONAL or value}
        )
    content = json.dumps({"version": 1, "files": files, "reloads": reloads}, indent=1, sort_keys=True) + "\n"
    path = _path(folder, scope)
    spec = FileSpec(path, _OURS, os.path.basename(path), content, mode="0600", root=root, known=True)
    write_files([spec], check_mode=False, backup=False, diff=False)


def marker_of(folder: str, scope: str, target: str) -> str:
    """The path of the marker that says that this target's reload is still to come."""
    return os.path.join(folder, f"reload-{_in_file_name(scope)}-{_in_file_name(target)}.json")


def mark(path: str, reload: Reload, root: str | None) -> list[str]:
    """Say that a reload is still to come; gives the folders that were made for it. Raises WriteError."""
    content = json.dumps(reload, sort_keys=True) + "\n"
    spec = FileSpec(path, _OURS, os.path.basename(path), content, mode="0600", root=root, known=True)
    return write_files([spec], check_mode=False, backup=False, diff=False).created
