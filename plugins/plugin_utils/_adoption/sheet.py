# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a person wrote down from an admin page: a sheet or runbook of ours with the page's present values, by label.

In YAML it is `APP.settings.yml` with `current` beside a field's `value`, or its own value in place of that; in Markdown
`APP.runbook.md` with a column `Current` in the tables of fields.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import did_you_mean

_MOST_BYTES = 1024 * 1024
_TITLE = re.compile(r"# (?P<label>.*): email settings\s*")
_HEADING = re.compile(r"#{2,4} (?P<title>.*?)\s*")
_BLANK = frozenset(["", "*blank*", "*leave blank*", "blank", "(blank)"])
_MARKED = {
    **dict.fromkeys(("true", "yes", "on", "marked", "checked", "x", "☑", "☑ marked", "[x]"), True),
    **dict.fromkeys(("false", "no", "off", "not marked", "unchecked", "☐", "☐ not marked", "[ ]"), False),
}


class SheetError(SentenceError):
    """A sheet that cannot be read; the sentence begins with its name, and its line where one is known."""


@dataclass(frozen=True)
class Cell:
    """What was written down for a label; `value` is None where nothing was. Lines and columns count from 1."""

    section: str
    label: str
    value: str | tuple[str, ...] | None = field(repr=False)
    line: int
    column: int


@dataclass(frozen=True)
class Sheet:
    """A filled sheet: `app` is the name or the label of its application."""

    path: str
    app: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class SheetFault:
    """What is wrong with a sheet, at its place; nothing that was written down is in the message."""

    severity: Literal["error", "warning"]
    message: str
    line: int
    column: int
    leaf: str | None = None


@dataclass(frozen=True)
class Filled:
    """A field of the page, as target.yml describes it, with what it holds: text, texts, or whether it is marked."""

    section: str
    field: Tree
    value: str | bool | tuple[str, ...]
    cell: Cell


def read_sheet(path: Path) -> Sheet:
    """The sheet in a file; raises SheetError."""
    try:
        if not path.is_file():
            raise SheetError(f"{path}: there is no such file")
        if path.stat().st_size > _MOST_BYTES:
            raise SheetError(f"{path}: has more than {_MOST_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SheetError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SheetError(f"{path}: is not UTF-8") from None
    if path.suffix == ".md":
        return _from_markdown(str(path), text)
    return _from_yaml(str(path), text)


def _from_yaml(path: str, text: str) -> Sheet:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SheetError(f"{path}:{line}: is not YAML: {error.problem}") from None
    app, sections = _value_of(root, "app"), _value_of(root, "sections")
    if not isinstance(app, yaml.ScalarNode) or not isinstance(sections, yaml.SequenceNode):
        raise SheetError(f"{path}: is not a filled sheet: it has app and sections, as APP.settings.yml has")
    cells = [cell for section in sections.value for cell in _yaml_cells(section)]
    return Sheet(path, str(app.value), cells)


def _value_of(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _yaml_cells(section: yaml.Node) -> Iterator[Cell]:
    title, fields = _value_of(section, "title"), _value_of(section, "fields")
    for node in fields.value if isinstance(fields, yaml.SequenceNode) else ():
        label = _value_of(node, "label")
        if label is not None and (_value_of(node, "secret") is None or _value_of(node, "current") is not None):
            value = _value_of(node, "current") or _value_of(node, "value")
            mark = (value or label).start_mark
            name = str(title.value) if title is not None else ""
            yield Cell(name, str(label.value), _yaml_value(value), mark.line + 1, mark.column + 1)


def _yaml_value(node: yaml.Node | None) -> str | tuple[str, ...] | None:
    if isinstance(node, yaml.SequenceNode):
        return tuple(str(part.value) for part in node.value)
    if not isinstance(node, yaml.ScalarNode) or node.tag.endswith(":null"):
        return None
    return str(node.value)


def _from_markdown(path: str, text: str) -> Sheet:
    lines = text.splitlines()
    title = next((match for line in lines if (match := _TITLE.fullmatch(line))), None)
    if title is None:
        raise SheetError(f"{path}: is not a filled runbook: no line says # APPLICATION: email settings")
    cells = list(_markdown_cells(lines))
    if not cells:
        raise SheetError(f"{path}: no table has the columns Field and Current: add Current, with what the page holds")
    return Sheet(path, _plain(title["label"]), cells)


def _markdown_cells(lines: Sequence[str]) -> Iterator[Cell]:
    section = ""
    columns: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        heading = _HEADING.fullmatch(line)
        if heading is not None:
            section = _plain(heading["title"])
        if not line.startswith("|"):
            columns = {}
            continue
        parts = [(match[1], match.start(1)) for match in re.finditer(r"\|((?:\\.|[^|\\])*)(?=\|)", line)]
        if not columns:
            columns = {_plain(part): index for index, (part, _start) in enumerate(parts)}
        elif {"Field", "Current"} <= set(columns) and len(parts) == len(columns) and set(line) - set("|-: "):
            text, start = parts[columns["Current"]]
            column = start + len(text) - len(text.lstrip()) + 1
            written = text.strip()
            yield Cell(
                section, _plain(parts[columns["Field"]][0]), _plain(written) if written else None, number, column
            )


def _plain(text: str) -> str:
    """Markdown as it is read: without the signs of code, escapes and character references."""
    stripped = text.strip()
    code = re.fullmatch(r"`(.*)`|<code>(.*)</code>", stripped)
    if code and "`" not in (code[1] or ""):
        return html.unescape(code[2]) if code[2] is not None else code[1]
    if stripped.count("`") > 2:
        return ", ".join(_plain(part) for part in stripped.split(", "))
    return html.unescape(re.sub(r"\\(?=[!-/:-@[-`{-~])", "", stripped))


def filled_fields(page: Tree, sheet: Sheet) -> tuple[list[Filled], list[SheetFault]]:
    """The fields of a page with what the sheet says of them, and what is wrong with it."""
    cells = {(cell.section, cell.label): cell for cell in sheet.cells}
    filled: list[Filled] = []
    faults: list[SheetFault] = []
    known: set[tuple[str, str]] = set()
    for section, described in _fields(page):
        key = (section, str(described["label"]))
        known.add(key)
        cell = cells.get(key)
        if described.get("widget") == "password":
            faults += [_secret(described, cell)] if cell is not None and _holds_secret(cell) else []
        elif cell is None:
            message = f"{key[1]} of {section} is not in the sheet, so nothing is known of it"
            faults.append(SheetFault("warning", message, 1, 1, _leaf(described)))
        elif cell.value is not None:
            value = _value(described, cell.value)
            filled += [] if isinstance(value, _NoValue) else [Filled(section, described, value, cell)]
            faults += [_not_a_word(described, value, cell)] if isinstance(value, _NoValue) else []
    labels = {label for _section, label in known}
    for key, cell in cells.items():
        if key not in known:
            near = did_you_mean(cell.label, labels)
            message = f"a label that the section {cell.section} of the page does not have{near}"
            faults.append(SheetFault("warning", message, cell.line, cell.column))
    return filled, sorted(faults, key=lambda fault: (fault.line, fault.column))


def _fields(page: Tree) -> Iterator[tuple[str, Tree]]:
    sections = page.get("sections")
    for section in sections if isinstance(sections, list) else []:
        for described in section["fields"]:
            yield str(section["title"]), described


def _leaf(described: Tree) -> str | None:
    return None if described.get("leaf") is None else str(described["leaf"])


@dataclass(frozen=True)
class _NoValue:
    """What the page cannot hold: its words are those that it can."""

    words: tuple[str, ...]


def _value(described: Tree, written: str | tuple[str, ...]) -> str | bool | tuple[str, ...] | _NoValue:
    if isinstance(written, tuple):
        return written
    text = written.strip()
    if described.get("widget") == "checkbox":
        return _MARKED.get(text.lower(), _NoValue(("marked", "not marked")))
    choices = described.get("choices")
    words = tuple(map(str, choices.values())) if isinstance(choices, Mapping) else ()
    if text.lower() in _BLANK:
        return ""
    return _NoValue(words) if words and text not in words else text


def _not_a_word(described: Tree, value: _NoValue, cell: Cell) -> SheetFault:
    message = f"{cell.label} holds none of the page's words: {', '.join(value.words)}"
    return SheetFault("warning", message, cell.line, cell.column, _leaf(described))


def _holds_secret(cell: Cell) -> bool:
    text = cell.value if isinstance(cell.value, str) else " ".join(cell.value or ())
    return text.strip().lower() not in _BLANK | {"set", "*set*"} and not text.startswith("the value of")


def _secret(described: Tree, cell: Cell) -> SheetFault:
    message = f"{cell.label} holds a text: a sheet is no place for a secret; write set or leave it out, and change it"
    return SheetFault("error", message, cell.line, cell.column, _leaf(described))
