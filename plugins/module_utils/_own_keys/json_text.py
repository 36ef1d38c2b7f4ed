# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Our keys in a JSON file that others own; everything else keeps its letters, spaces and order."""

from __future__ import annotations

import json
import re
from typing import Iterator, NamedTuple, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._formats.json_text import dumped, nested

from .layout import KeysError, line_of, lines_said


class Member(NamedTuple):
    """A name with its value; `first` is the offset of the name, the value goes from `start` to `end`."""

    path: tuple[str, ...]
    first: int
    start: int
    end: int

    def value_in(self, text: str) -> str:
        """The value as the text has it."""
        start, end = self.start, self.end
        return text[start:end]


class Braces(NamedTuple):
    """An object: its first brace is before `open`, its last at `close`."""

    path: tuple[str, ...]
    open: int
    close: int


class Tree(NamedTuple):
    """All members and objects of a text, each object in front of what is in it."""

    members: list[Member]
    objects: list[Braces]

    def in_object(self, path: tuple[str, ...]) -> list[Member]:
        """The members of one object."""
        return [member for member in self.members if member.path[:-1] == path]


_SPACE = re.compile(r"[ \t\r\n]*")


def merged(text: str, content: str, names: Sequence[str], *, flat: bool) -> str:
    """`text` with our keys as they stand in `content`; of `names` those that do not stand there are taken out.

    Raises KeysError where a key of ours stands twice, or the text is no JSON object.
    """
    if not text.strip("\ufeff \t\r\n"):
        return content
    wanted = dict(values_in(content or "{}", names, flat=flat))
    for name in names:
        path = _path(name, flat=flat)
        text = _with(text, path, wanted[name]) if name in wanted else _less(text, path)
    return text


def standing(text: str, names: Sequence[str], *, flat: bool) -> str:
    """Our keys as they stand in `text`, as a JSON text of their own."""
    values = list(values_in(text, names, flat=flat)) if text.strip("\ufeff \t\r\n") else []
    if not values:
        return ""
    return dumped(dict(values) if flat else nested(values))  # type: ignore[arg-type]


def _path(name: str, *, flat: bool) -> tuple[str, ...]:
    return (name,) if flat else tuple(name.split("."))


def values_in(text: str, names: Sequence[str], *, flat: bool) -> Iterator[tuple[str, object]]:
    """Our keys that stand in a text, each with its value; raises KeysError."""
    tree = _scan(text)
    for name in names:
        member = _member(text, tree, _path(name, flat=flat))
        if member is not None:
            yield name, json.loads(member.value_in(text))


def _scan(text: str) -> Tree:
    """The members of a text with their places; KeysError where it is no JSON object."""
    tree = Tree([], [])
    try:
        json.loads(text.lstrip("\ufeff"))
        start = _skip(text, len(text) - len(text.lstrip("\ufeff")))
        if text[start] != "{":
            raise KeysError("it is no JSON object")
        _scan_object(text, start, (), tree)
    except json.JSONDecodeError as error:
        raise KeysError(f"line {error.lineno} is no JSON; repair it, then run again") from None
    except RecursionError:
        raise KeysError("it is nested too deep to be read; repair it, then run again") from None
    return tree


def _scan_object(text: str, at: int, path: tuple[str, ...], tree: Tree) -> int:
    """The offset behind an object whose brace is at `at`; what is in it comes into the tree."""
    number = len(tree.objects)
    tree.objects.append(Braces(path, at + 1, at + 1))
    at = _skip(text, at + 1)
    while text[at] != "}":
        first = at
        key, at = _value_at(text, at)
        start = _skip(text, _skip(text, at) + 1)
        below = (*path, str(key))
        index = len(tree.members)
        tree.members.append(Member(below, first, start, start))
        end = _scan_object(text, start, below, tree) if text[start] == "{" else _value_at(text, start)[1]
        tree.members[index] = Member(below, first, start, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    tree.objects[number] = Braces(path, tree.objects[number].open, at)
    return at + 1


def _value_at(text: str, at: int) -> tuple[object, int]:
    return json.JSONDecoder().raw_decode(text, at)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _member(text: str, tree: Tree, path: tuple[str, ...]) -> Member | None:
    """The member of that path; KeysError where it, or an object above it, stands twice."""
    for length in range(1, len(path) + 1):
        several = [member for member in tree.members if member.path == path[:length]]
        if len(several) > 1:
            where = lines_said(text, (member.first for member in several))
            name = ".".join(path[:length])
            raise KeysError(f"{name} is set {len(several)} times, at {where}; delete all but one of them")
    return next((member for member in tree.members if member.path == path), None)


def _with(text: str, path: tuple[str, ...], value: object) -> str:
    tree = _scan(text)
    member = _member(text, tree, path)
    if member is None:
        return _added(text, tree, path, value)
    if json.dumps(json.loads(member.value_in(text))) == json.dumps(value):
        return text
    return _replaced(text, member.start, member.end, json.dumps(value, ensure_ascii=False))


def _replaced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _added(text: str, tree: Tree, path: tuple[str, ...], value: object) -> str:
    above = _deepest(text, tree, path)
    depth = len(above.path)
    for name in reversed(path[depth:][1:]):
        value = {name: value}
    members = tree.in_object(above.path)
    space = _space_before(text, above, members)
    unit = space.rpartition("\n")[2] if "\n" in space else ""
    written = json.dumps(value, ensure_ascii=False, indent=_unit(text) if "\n" in space else None)
    member = f"{json.dumps(path[depth], ensure_ascii=False)}: " + written.replace("\n", f"\n{unit}")
    if members:
        return _replaced(text, members[-1].end, members[-1].end, f",{space}{member}")
    step = len(_unit(text))
    closing = f"\n{unit[step:]}" if "\n" in space else ""
    return _replaced(text, above.open, above.close, space + member + closing)


def _deepest(text: str, tree: Tree, path: tuple[str, ...]) -> Braces:
    """The innermost object that is there; KeysError where something else stands in the place of one."""
    for length in range(len(path) - 1, -1, -1):
        above = next((braces for braces in tree.objects if braces.path == path[:length]), None)
        member = next((member for member in tree.members if member.path == path[:length]), None)
        if above is not None:
            return above
        if member is not None:
            name, line = ".".join(path[:length]), line_of(text, member.first)
            raise KeysError(f"{name} at line {line} is no object, so {'.'.join(path)} has no place in it")
    raise KeysError("it is no JSON object")


def _space_before(text: str, above: Braces, members: Sequence[Member]) -> str:
    """The blanks that stand before a member: those before its neighbour, else by the indentation around."""
    if members:
        end = members[-1].first
        start = len(text[:end].rstrip(" \t\r\n"))
        return text[start:end] or " "
    if "\n" not in text:
        return ""
    return "\n" + _unit(text) * (len(above.path) + 1)


def _unit(text: str) -> str:
    """One step of indentation, as the file has it."""
    match = re.search(r"\n([ \t]+)\S", text)
    return match[1] if match else "  "


def _less(text: str, path: tuple[str, ...]) -> str:
    """The text without a member, and without the objects that held nothing else."""
    tree = _scan(text)
    member = _member(text, tree, path)
    if member is None:
        return text
    members = tree.in_object(path[:-1])
    if len(members) == 1 and len(path) > 1:
        return _less(text, path[:-1])
    index = members.index(member)
    if index + 1 < len(members):
        return _replaced(text, member.first, members[index + 1].first, "")
    if index:
        return _replaced(text, members[index - 1].end, member.end, "")
    braces = next(braces for braces in tree.objects if braces.path == path[:-1])
    return _replaced(text, braces.open, braces.close, "")
