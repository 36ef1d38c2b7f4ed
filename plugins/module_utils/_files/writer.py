# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Write many files as one: staged, verified and swapped in by rename, or all left as they were.

The order is the safety. All files are made ready beside their destinations and all are verified before the first is
swapped, so that nearly everything that can go wrong goes wrong while nothing has changed. A process that is killed
between two swaps leaves each file whole, old or new; the next run finishes and cleans up.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Callable, Sequence, TypedDict

from .file_spec import FileSpec
from .filesystem import Step, WriteError, group_id, leftovers, missing_folders, user_id
from .plan import Done, Part, Plan, make_plans

_LOCK_WAIT_SECONDS = 60.0
_SHOWN_LINES = 10
_READ_AT_MOST = 1024 * 1024


class FileResult(TypedDict):
    """What became of one spec. `verified` is None where nothing was verified: unchanged, or no verifier."""

    path: str
    target: str
    changed: bool
    mode: str
    owner: str
    group: str
    backup_file: str | None
    verified: bool | None


@dataclass(frozen=True)
class WriteOutcome:
    """What was done, or in check mode would be: results in the order of the specs, diffs, warnings, folders made.

    `further` are the targets of which something else than a file changed with them.
    """

    files: list[FileResult]
    diffs: list[dict[str, str]]
    warnings: list[str]
    created: list[str]
    further: frozenset[str] = frozenset()

    @property
    def changed(self) -> bool:
        """Whether anything changed."""
        return bool(self.further) or any(file["changed"] for file in self.files)


@dataclass(frozen=True)
class Further:
    """What changes together with the files: the targets concerned, and what does it once the files are in place.

    A WriteError of `carry_out` puts the files back.
    """

    targets: frozenset[str]
    carry_out: Callable[[], None]


def _no_step(_name: str, _path: str) -> None:
    """Nothing happens between the steps outside tests."""


def write_files(
    files: Sequence[FileSpec],
    *,
    check_mode: bool,
    backup: bool,
    diff: bool,
    takeover: str = "backup",
    before_writing: Callable[[frozenset[str]], None] | None = None,
    further: Further | None = None,
    _step: Step = _no_step,
    _lock_wait: float = _LOCK_WAIT_SECONDS,
) -> WriteOutcome:
    """Bring all files to what their specs say, or none: WriteError then, and every file is as it was.

    In check mode nothing is created but a private folder for verifying, gone afterwards. `backup` keeps a
    copy of each file whose content changes beside it. `takeover` says what becomes of a file that somebody else wrote:
    "backup" replaces it and keeps a copy all the same, "refuse" is a WriteError. `before_writing` is called with the
    targets whose files are about to change; what it raises leaves all as it was. `further` is what changes with them.
    `_step`, `_lock_wait`: for tests.
    """
    missing: list[str] = []
    if check_mode:
        files = [_with_known_owner(spec, missing) for spec in files]
    plans = make_plans(files)
    if takeover == "refuse":
        _refuse_takeovers(plans)
    if check_mode or not _is_work(plans):
        created = sorted({folder for plan in plans if plan.changed for folder in missing_folders(plan.destination)})
        done = Done(created=created, warnings=missing)
        if check_mode:
            _rehearse(plans, done, _step)
        elif further is not None:
            _begin(plans, further, before_writing)
            further.carry_out()
        return _outcome(files, plans, done, further, diff=diff)
    _begin(plans, further, before_writing)
    # Most runs find nothing to do, and do without this code.
    from .locked_write import carry_out

    then = None if further is None else further.carry_out
    plans, done = carry_out(files, plans, _step, _lock_wait, backup=backup, then=then)
    return _outcome(files, plans, done, further, diff=diff)


def _with_known_owner(spec: FileSpec, missing: list[str]) -> FileSpec:
    """The spec without an owner or a group that is not on this host yet: they come with the application's package."""
    no_owner = spec.owner is not None and user_id(spec.owner) is None
    no_group = spec.group is not None and group_id(spec.group) is None
    if not no_owner and not no_group:
        return spec
    names = [f"user {spec.owner!r}"] * no_owner + [f"group {spec.group!r}"] * no_group
    missing.append(
        f"{spec.path} ({spec.target}): this host has no {' and no '.join(names)}; a run that is no check would fail"
    )
    return replace(spec, owner=None if no_owner else spec.owner, group=None if no_group else spec.group)


def _begin(
    plans: Sequence[Plan], further: Further | None, before_writing: Callable[[frozenset[str]], None] | None
) -> None:
    if before_writing is not None:
        changing = (part.spec.target for plan in plans for part in plan.parts if plan.part_changed(part))
        before_writing(frozenset(changing) | (frozenset() if further is None else further.targets))


def _rehearse(plans: Sequence[Plan], done: Done, step: Step) -> None:
    if any(plan.is_read_by_programs for plan in plans if plan.changed):
        # A run that verifies nothing does without this code.
        from .rehearsal import rehearse

        rehearse(plans, done, step)


def _refuse_takeovers(plans: Sequence[Plan]) -> None:
    for plan in plans:
        if plan.takes_over:
            cause = f"{_strange(plan)}: {_lost(plan)} would be lost, and takeover is refuse"
            raise WriteError("plan", plan.path, plan.target, f"{cause}; move it away, or let takeover be backup")


def _takeover_warning(plan: Plan, done: Done) -> str:
    backup = done.backups.get(plan.destination)
    copy = "beside it" if backup is None else f"as {backup}"
    taken = (
        f"{plan.path}: {_strange(plan)} and is taken over"
        if _has_keys(plan)
        else (f"{plan.path} was not written by appmail.settings and is taken over")
    )
    return f"{taken}: {_lost(plan)} stand in the new one no more; a copy of the old one is kept {copy}"


def _has_keys(plan: Plan) -> bool:
    return any(part.spec.keys is not None for part in plan.parts)


def _strange(plan: Plan) -> str:
    if _has_keys(plan):
        return f"what the keys of {plan.target} held was not written by appmail.settings"
    return "it was not written by appmail.settings"


def _defeats(plan: Plan, done: Done) -> list[str]:
    """What keeps settings of ours from taking effect, also where nothing changes."""
    specs = [part.spec for part in plan.parts if part.spec.effective is not None]
    if not specs:
        return []
    from .effective import defeats, overridden

    text = plan.data.decode("utf-8", "surrogateescape")
    return [
        sentence
        for spec in specs
        for sentence in [
            *defeats(spec, text, done.effective.get(id(spec))),
            *overridden(spec, text, _services_beside(plan, spec)),
        ]
    ]


def _services_beside(plan: Plan, spec: FileSpec) -> str:
    """The text of the file whose options win over ours; nothing where it cannot be read."""
    if spec.effective is None or spec.effective.services is None:
        return ""
    path = os.path.join(plan.named_folder, spec.effective.services["file"])
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb") as file:
            return file.read(_READ_AT_MOST).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _lost(plan: Plan) -> str:
    """The lines that are lost, by number: what stands in them may be secret."""
    numbers = [str(number) for number in plan.lost_lines]
    shown = ", ".join(numbers[:_SHOWN_LINES])
    return f"{len(numbers)} of its lines ({shown}{', ...' if len(numbers) > _SHOWN_LINES else ''})"


def _is_work(plans: Sequence[Plan]) -> bool:
    return any(plan.changed for plan in plans) or any(leftovers(folder) for folder in {plan.folder for plan in plans})


def _outcome(
    files: Sequence[FileSpec], plans: Sequence[Plan], done: Done, further: Further | None, *, diff: bool
) -> WriteOutcome:
    by_spec = {id(part.spec): (plan, part) for plan in plans for part in plan.parts}
    return WriteOutcome(
        files=[_result(*by_spec[id(spec)], done) for spec in files],
        diffs=[entry for plan in plans for entry in _diffs(plan)] if diff else [],
        warnings=[
            *done.warnings,
            *(warning for plan in plans for warning in _link_warnings(plan)),
            *(_takeover_warning(plan, done) for plan in plans if plan.takes_over),
            *(warning for plan in plans for warning in _defeats(plan, done)),
        ],
        created=done.created,
        further=frozenset() if further is None else further.targets,
    )


def _result(plan: Plan, part: Part, done: Done) -> FileResult:
    changed = plan.part_changed(part)
    return {
        "path": part.spec.path,
        "target": part.spec.target,
        "changed": changed,
        "mode": plan.permissions["mode"],
        "owner": plan.permissions["owner"],
        "group": plan.permissions["group"],
        "backup_file": done.backups.get(plan.destination) if changed else None,
        "verified": done.verified.get(id(part.spec)),
    }


def _diffs(plan: Plan) -> list[dict[str, str]]:
    # Only a run with --diff reads this code.
    from .masked_diff import file_diff

    diffs = [file_diff(_label(part.spec), part.before, part.after, part.masked) for part in plan.parts if part.differs]
    if plan.permissions_differ and plan.old_permissions is not None:
        before, after = _as_lines(plan.old_permissions), _as_lines(plan.permissions)
        header = f"{plan.path} (permissions)"
        diffs.append({"before": before, "after": after, "before_header": header, "after_header": header})
    return diffs


def _label(spec: FileSpec) -> str:
    if spec.keys is not None:
        return f"{spec.path} (keys of {spec.target})"
    return spec.path if spec.block is None else f"{spec.path} (block {spec.block.marker})"


def _as_lines(permissions: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in permissions.items())


def _link_warnings(plan: Plan) -> list[str]:
    """A file with several names is replaced under one of them only."""
    if plan.old is None or not plan.changed or plan.old.status.st_nlink == 1:
        return []
    return [f"{plan.path} had {plan.old.status.st_nlink} hard links; the other names keep the old content"]
