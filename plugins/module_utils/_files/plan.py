# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""From the files that are wanted to what has to be done: read only, and what can be refused is refused here."""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass, field, replace
from typing import Collection, Iterator, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._own_keys.layout import KeysError
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import FORMATS, OwnKeys

from .file_spec import FileSpec, Verify
from .filesystem import (
    Existing,
    WriteError,
    group_id,
    group_name,
    inherited_group,
    missing_folders,
    naming,
    read_existing,
    require_replaceable,
    user_id,
    user_name,
)
from .managed_block import Block, BlockError, block_content, normalised, require_read, with_block, without_block
from .trusted_path import Trust, UntrustedPathError, real_path

# The mode of a new file for which none is given.
_MODE_WITH_SECRETS = 0o600
_MODE_WITHOUT = 0o644

# How UTF-16 and UTF-32 begin, and how far is looked for their zeros where they begin without.
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_LOOKED_AT = 64

# How a file begins that is made for a block of ours, and what such a file holds without it.
_BEGINS = {"php": "<?php\n"}
_NOTHING = (b"", b"{}", b"<?php")

# The lines in which a whole file of ours says so; the first ones may be those that its format demands.
_SIGNATURE = "appmail.settings"
_SIGNED_WITHIN = 3


@dataclass(frozen=True)
class Part:
    """What one spec contributes to a file: all of it, a block, our keys. Texts are decoded with `surrogateescape`."""

    spec: FileSpec
    before: str | None = field(repr=False)
    after: str = field(repr=False)
    masked: str | None

    @property
    def differs(self) -> bool:
        """Whether the text of this part changes."""
        return self.before != self.after


@dataclass(frozen=True)
class Plan:
    """One destination, its links resolved: what is there, and what should be.

    `takes_over` says that what is there was written by somebody else, and none of it is kept; `removes` that there
    should be no such file.
    """

    destination: str
    parts: tuple[Part, ...]
    old: Existing | None
    data: bytes = field(repr=False)
    mode: int
    uid: int
    gid: int
    takes_over: bool = False
    removes: bool = False

    @property
    def path(self) -> str:
        """The destination as it was named, for messages."""
        return self.parts[0].spec.path

    @property
    def target(self) -> str:
        """The target that the file belongs to, for messages."""
        return self.parts[0].spec.target

    @property
    def folder(self) -> str:
        """The folder in which the file really is."""
        return os.path.dirname(self.destination)

    @property
    def named_folder(self) -> str:
        """The folder in which the file is by its name, where its neighbours are."""
        return os.path.dirname(self.path)

    @property
    def content_differs(self) -> bool:
        """Whether the file's bytes change."""
        if self.removes:
            return self.old is not None
        return self.old is None or self.old.data != self.data

    @property
    def is_read_by_programs(self) -> bool:
        """Whether programs read the staged file before it goes into place."""
        specs = [part.spec for part in self.parts]
        return any(spec.verify or (spec.effective and spec.effective.command) for spec in specs)

    @property
    def lost_lines(self) -> list[int]:
        """The numbers of the old file's lines that the new one does not have, blank ones aside."""
        if self.old is None:
            return []
        kept = set(self.data.splitlines())
        lines = enumerate(self.old.data.splitlines(), 1)
        return [number for number, line in lines if line.strip() and line not in kept]

    @property
    def permissions(self) -> dict[str, str]:
        """Mode, owner and group as they will be, by name where there is one."""
        return _permissions(self.mode, self.uid, self.gid)

    @property
    def old_permissions(self) -> dict[str, str] | None:
        """Mode, owner and group as they are, None for a new file."""
        if self.old is None:
            return None
        return _permissions(self.old.mode, self.old.status.st_uid, self.old.status.st_gid)

    @property
    def permissions_differ(self) -> bool:
        """Whether a file that is there gets another mode, owner or group."""
        if self.old is None or self.removes:
            return False
        return (self.mode, self.uid, self.gid) != (self.old.mode, self.old.status.st_uid, self.old.status.st_gid)

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.content_differs or self.permissions_differ

    def part_changed(self, part: Part) -> bool:
        """Whether anything changes for the spec of `part`: its text, or the file around it where no text does."""
        return self.changed and (
            part.differs or self.permissions_differ or not any(other.differs for other in self.parts)
        )


@dataclass
class Done:
    """What has been done so far; `verified` and `effective` are by the identity of a spec, `backups` by destination."""

    created: list[str]
    warnings: list[str] = field(default_factory=list)
    verified: dict[int, bool] = field(default_factory=dict)
    backups: dict[str, str] = field(default_factory=dict)
    effective: dict[int, str | None] = field(default_factory=dict)


def _permissions(mode: int, uid: int, gid: int) -> dict[str, str]:
    return {"mode": f"{mode:04o}", "owner": user_name(uid), "group": group_name(gid)}


def make_plans(files: Sequence[FileSpec]) -> list[Plan]:
    """A plan for each destination, in the given order; WriteError for the first file that cannot be written."""
    by_destination: dict[str, list[FileSpec]] = {}
    for spec in files:
        for fault in _faults(spec):
            raise WriteError("plan", spec.path, spec.target, fault)
        by_destination.setdefault(_destination(spec), []).append(spec)
    plans = _taking_over([_plan(destination, specs) for destination, specs in by_destination.items()])
    for plan in plans:
        if plan.changed:
            _require_permitted(plan)
    return plans


def _taking_over(plans: Sequence[Plan]) -> list[Plan]:
    """The plans, each with whether it takes over a file of somebody else's.

    Not every format has comments, so a file that cannot have our line counts as ours where an earlier run wrote it, and
    beside one of the same target that has the line.
    """
    ours = {plan.target for plan in plans if _is_signed(plan)}
    return [
        replace(plan, takes_over=_takes_keys(plan) or (_loses_text(plan) and not _is_excused(plan, ours)))
        if not _is_signed(plan)
        else plan
        for plan in plans
    ]


def _is_signed(plan: Plan) -> bool:
    return plan.old is not None and has_signature(plan.old.data) and plan.parts[0].spec.part is None


def has_signature(data: bytes) -> bool:
    """Whether a file says in one of its first lines that it is ours."""
    return _SIGNATURE.encode() in b"\n".join(data.split(b"\n", _SIGNED_WITHIN)[:_SIGNED_WITHIN])


def _is_excused(plan: Plan, ours: Collection[str]) -> bool:
    # What we remember lies in a file that names us and has no such line.
    can_be_signed = has_signature(plan.data) and plan.target != _SIGNATURE
    return not can_be_signed and (bool(plan.parts[0].spec.known) or plan.target in ours)


def _loses_text(plan: Plan) -> bool:
    return plan.parts[0].spec.part is None and not plan.removes and plan.content_differs and bool(plan.lost_lines)


def _takes_keys(plan: Plan) -> bool:
    """Whether keys of ours held values that somebody else gave them; nobody can tell where nothing is remembered."""
    return any(
        part.spec.keys is not None and part.spec.known is False and bool(part.before) and part.differs
        for part in plan.parts
    ) and bool(plan.lost_lines)


def _destination(spec: FileSpec) -> str:
    """Where the file really is; WriteError where another user could have led the path there."""
    trust = Trust(
        uid=None if spec.owner is None else user_id(spec.owner),
        gid=None if spec.group is None else group_id(spec.group),
    )
    try:
        with naming("plan", spec.path, spec.target):
            return real_path(spec.path, trust, spec.root)
    except UntrustedPathError as error:
        raise WriteError("plan", spec.path, spec.target, str(error)) from error


def _faults(spec: FileSpec) -> Iterator[str]:
    """What is wrong with the spec itself, as clauses."""
    if not os.path.isabs(spec.path) or "\0" in spec.path:
        yield "the destination must be an absolute path"
    if spec.path.endswith("/"):
        yield "the destination ends in a slash, so it names a folder; name a file in it"
    if spec.mode is not None and not re.fullmatch(r"[0-7]{3,4}", spec.mode):
        yield f'the mode {spec.mode!r} is not octal; write it in quotes, such as "0640"'
    if spec.owner is not None and user_id(spec.owner) is None:
        yield f"this host has no user {spec.owner!r}; create the user first, or name another owner"
    if spec.group is not None and group_id(spec.group) is None:
        yield f"this host has no group {spec.group!r}; create the group first, or name another"
    if spec.block is not None and spec.block.anchor not in ("begin", "end"):
        yield f"a block is anchored at begin or end, not at {spec.block.anchor!r}"
    if spec.keys is not None and spec.keys.dialect not in FORMATS.get(spec.keys.format, ()):
        yield f"keys of {spec.keys.format} ({spec.keys.dialect}) cannot be changed alone"
    try:
        spec.content.encode("utf-8")
    except UnicodeEncodeError:
        yield "its content has characters that UTF-8 cannot hold"
    if spec.verify is not None:
        yield from _faults_of_verify(spec.verify)


def _faults_of_verify(verify: Verify) -> Iterator[str]:
    for name in verify.beside:
        if os.path.basename(name) != name or name in ("", ".", ".."):
            yield f"the neighbour {name!r} that its verifier asks for must be a plain file name"
    try:
        re.compile(verify.fails_on or "")
    except re.error as error:
        yield f"the verifier's expression fails_on is not a regular expression ({error})"


def _plan(destination: str, specs: Sequence[FileSpec]) -> Plan:
    first = specs[0]
    _require_compatible(specs)
    with naming("plan", first.path, first.target):
        old = read_existing(destination)
        gid = old.status.st_gid if old else inherited_group(os.path.dirname(destination))
    parts, data = _compose(specs, old)
    mode = _agreed(specs, "mode", [spec.mode for spec in specs])
    owner = _agreed(specs, "owner", [spec.owner for spec in specs])
    group = _agreed(specs, "group", [spec.group for spec in specs])
    wanted_uid = None if owner is None else user_id(owner)
    wanted_gid = None if group is None else group_id(group)
    return Plan(
        destination=destination,
        parts=tuple(parts),
        old=old,
        data=data,
        mode=int(mode, 8) if mode is not None else old.mode if old else _default_mode(specs),
        uid=wanted_uid if wanted_uid is not None else old.status.st_uid if old else os.geteuid(),
        gid=wanted_gid if wanted_gid is not None else gid,
        # A file that held our blocks or keys alone was made for them.
        removes=all(spec.absent for spec in specs) and data.strip() in _NOTHING,
    )


def _default_mode(specs: Sequence[FileSpec]) -> int:
    return _MODE_WITHOUT if all(spec.masked is None for spec in specs) else _MODE_WITH_SECRETS


def _require_compatible(specs: Sequence[FileSpec]) -> None:
    """Several specs may share a file only as blocks with different markers, or by different keys."""
    markers = [spec.part for spec in specs]
    if len(specs) > 1 and (None in markers or len(set(markers)) < len(markers)):
        names = " and ".join(sorted({f"{spec.name} of {spec.target}" for spec in specs}))
        raise WriteError("plan", specs[1].path, specs[1].target, f"{names} have the same destination; give one another")


def _agreed(specs: Sequence[FileSpec], setting: str, values: Sequence[str | None]) -> str | None:
    wanted = sorted({value for value in values if value is not None})
    if len(wanted) > 1:
        cause = f"its blocks ask for different values of {setting} ({', '.join(wanted)}); give them the same"
        raise WriteError("plan", specs[0].path, specs[0].target, cause)
    return wanted[0] if wanted else None


def _compose(specs: Sequence[FileSpec], old: Existing | None) -> tuple[list[Part], bytes]:
    """The parts of a file, and its bytes with all of them."""
    before = None if old is None else old.data.decode("utf-8", "surrogateescape")
    text = before or ""
    if old is not None and specs[0].part is not None and _is_wide(old.data):
        cause = "it is UTF-16 or UTF-32, or zeros as a crash leaves them, and a part of it cannot be UTF-8"
        raise WriteError("plan", specs[0].path, specs[0].target, f"{cause}; convert it (iconv), or restore it")
    parts: list[Part] = []
    # What goes away goes first: a key of ours may have stood in a block of ours.
    for spec in sorted(specs, key=lambda spec: not spec.absent):
        if spec.part is None:
            return [Part(spec, before, spec.content, spec.masked)], spec.content.encode("utf-8")
        try:
            if spec.keys is not None:
                parts.append(_keys_part(spec, spec.keys, before))
                text = spec.keys.merged(text, spec.content)
            elif spec.block is not None:
                parts.append(_block_part(spec, spec.block, before))
                text = without_block(text, spec.block) if spec.absent else _with_block(text, spec, spec.block)
        except (BlockError, KeysError) as error:
            raise WriteError("plan", spec.path, spec.target, str(error)) from error
    return parts, text.encode("utf-8", "surrogateescape")


def _is_wide(data: bytes) -> bool:
    """Whether these are characters of several bytes each, by their mark or by the zeros of the first ones."""
    start = data[:_LOOKED_AT]
    return data.startswith(_WIDE_MARKS) or (len(start) > 1 and not (any(start[::2]) and any(start[1::2])))


def _with_block(text: str, spec: FileSpec, block: Block) -> str:
    language = "" if spec.effective is None or spec.effective.keys is None else spec.effective.keys.format
    text = with_block(text if text.strip() else _BEGINS.get(language, text), block, spec.content)
    require_read(text, block, language)
    return text


def _block_part(spec: FileSpec, block: Block, text: str | None) -> Part:
    before = None if text is None else block_content(text, block)
    if spec.absent and before is None:
        return Part(spec, "", "", None)
    masked = None if spec.masked is None else normalised(spec.masked)
    return Part(spec, before, normalised(spec.content), masked)


def _keys_part(spec: FileSpec, keys: OwnKeys, text: str | None) -> Part:
    before = None if text is None else keys.standing(text, spec.content)
    if spec.absent and before is None:
        return Part(spec, "", "", None)
    return Part(spec, before, spec.content, spec.masked)


def _may_be_linked(path: str) -> bool:
    """Whether another's file can be kept by a second link: who may not change it may not link it; proc_sys_fs(5)."""
    return os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _require_permitted(plan: Plan) -> None:
    """What the operating system would refuse half-way is refused before anything is done."""
    with naming("plan", plan.path, plan.target):
        missing = missing_folders(plan.destination)
        folder = os.path.dirname(missing[0]) if missing else plan.folder
        if not os.path.isdir(folder):
            raise NotADirectoryError(20, "Not a directory")
        require_replaceable(missing[0] if missing else plan.destination)
    if not os.access(folder, os.W_OK | os.X_OK):
        cause = f"the folder {folder} is not writable for {user_name(os.geteuid())}; become a user who may write there"
        raise WriteError("plan", plan.path, plan.target, cause)
    if os.geteuid() == 0:
        return
    if plan.old is not None and plan.old.status.st_uid != os.geteuid() and not _may_be_linked(plan.destination):
        owner = user_name(plan.old.status.st_uid)
        cause = f"only root can replace a file that belongs to {owner}; become root, or give it to yourself first"
        raise WriteError("plan", plan.path, plan.target, cause)
    if plan.uid != os.geteuid():
        cause = f"only root can write a file that belongs to {user_name(plan.uid)}; become root, or name another owner"
        raise WriteError("plan", plan.path, plan.target, cause)
    # A folder that passes its group on gives it to a file whose owner is not in it, too.
    if plan.gid not in {os.getegid(), *os.getgroups(), inherited_group(folder)}:
        cause = f"{user_name(os.geteuid())} is not in the group {group_name(plan.gid)}; become root, or name another"
        raise WriteError("plan", plan.path, plan.target, cause)
