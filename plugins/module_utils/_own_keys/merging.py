# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Our keys in a file of lines that others own: changed, added and taken out, and all else as it was.

Our own text of these keys gives the lines to be written: a value goes into the line that stands there, so that its
indentation and the comment behind it stay; a key that is missing comes with its line, below its section.
"""

from __future__ import annotations

import re
from typing import Mapping, Sequence, Tuple

from .layout import Header, KeysError, Layout, Place, Syntax, lines_said

# From an offset to another, and what comes in between.
Edit = Tuple[int, int, str]


def merged(text: str, content: str, names: Sequence[str], syntax: Syntax) -> str:
    """`text` with our keys as they stand in `content`; of `names` those that do not stand there are taken out.

    Raises KeysError where a key of ours stands twice, or where it is open what a line sets.
    """
    changed = _edited(text, content, names, syntax, tails=True)
    if not _holds(changed, content, names, syntax):
        # What stands around a value would now be read as a part of it.
        changed = _edited(text, content, names, syntax, tails=False)
    if not _holds(changed, content, names, syntax):
        raise KeysError("its lines around our keys cannot be read; write the file anew, or let ours be block")
    return changed


def standing(text: str, content: str, names: Sequence[str], syntax: Syntax) -> str:
    """Our keys as they stand in `text`, written as `content` writes them, in the order of `names`."""
    there, wanted = _own(text, names, syntax), _own(content, names, syntax)
    lines: list[str] = []
    section = ""
    for name in map(syntax.fold, names):
        place = there.get(name)
        if place is None:
            continue
        if place.section != section:
            lines.append(_header_line(text, content, place, syntax))
            section = place.section
        lines.append(_line(text, place, content, wanted.get(name)))
    return "".join(f"{line}\n" for line in lines)


def _line(text: str, place: Place, content: str, ours: Place | None) -> str:
    if ours is None or ours.start is None or place.start is None:
        return place.lines_in(text).strip()
    return ours.lead_in(content) + place.value_in(text).replace("\r\n", "\n")


def _header_line(text: str, content: str, place: Place, syntax: Syntax) -> str:
    for source in (content, text):
        for header in syntax.scan(source).headers:
            if header.section == place.section:
                return header.lines_in(source).strip()
    return ""


def _own(text: str, names: Sequence[str], syntax: Syntax) -> dict[str, Place]:
    """Our keys by their folded names; KeysError where one stands twice, or may stand where we cannot change it."""
    layout = syntax.scan(text)
    folded = {syntax.fold(name): name for name in names}
    places: dict[str, list[Place]] = {}
    for place in layout.places:
        if syntax.fold(place.name) in folded:
            places.setdefault(syntax.fold(place.name), []).append(place)
    for name, several in places.items():
        if len(several) > 1:
            where = lines_said(text, (place.first for place in several))
            raise KeysError(f"{folded[name]} is set {len(several)} times, at {where}; delete all but one of them")
    for name, offset in layout.doubts:
        if syntax.fold(name) in folded:
            where = lines_said(text, iter([offset]))
            raise KeysError(f"{where} may set {folded[syntax.fold(name)]}; give that key a line of its own")
    return {name: several[0] for name, several in places.items()}


def _holds(text: str, content: str, names: Sequence[str], syntax: Syntax) -> bool:
    """Whether our keys read in `text` as in `content`, and no other of `names` does."""
    there, wanted = _own(text, names, syntax), _own(content, names, syntax)
    return _values(text, there) == _values(content, wanted)


def _values(text: str, places: Mapping[str, Place]) -> dict[str, str | None]:
    return {name: None if place.start is None else place.value_in(text) for name, place in places.items()}


def _edited(text: str, content: str, names: Sequence[str], syntax: Syntax, *, tails: bool) -> str:
    there, wanted = _own(text, names, syntax), _own(content, names, syntax)
    edits = [
        (place.first, place.end, "") if name not in wanted else _replaced(text, place, content, wanted[name], tails)
        for name, place in there.items()
    ]
    edits += _added(text, content, [place for name, place in wanted.items() if name not in there], syntax)
    gone = {place.section for name, place in there.items() if name not in wanted}
    return _without_empty_sections(_applied(text, edits), gone - {place.section for place in wanted.values()}, syntax)


def _applied(text: str, edits: Sequence[Edit]) -> str:
    line_end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    for start, stop, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + new.replace("\n", line_end) + text[stop:]
    return text


def _replaced(text: str, place: Place, content: str, ours: Place, tails: bool) -> Edit:  # noqa: FBT001
    if place.start is None or ours.start is None or not tails:
        return place.first, place.end, ours.lines_in(content)
    value = ours.value_in(content)
    same_line = "\n" not in place.lines_in(text).rstrip("\r\n")
    if value == place.value_in(text):
        return place.start, place.start, ""
    if same_line:
        return place.start, place.stop, value
    return place.first, place.end, f"{place.lead_in(text)}{value}\n"


def _added(text: str, content: str, missing: Sequence[Place], syntax: Syntax) -> list[Edit]:
    """What is put in: the lines of a section that is there below its keys, other sections at the end."""
    layout = syntax.scan(text)
    lines: dict[str, str] = {}
    for place in missing:
        lines[place.section] = lines.get(place.section, "") + place.lines_in(content)
    edits: list[Edit] = []
    tail = ""
    for section, new in lines.items():
        at = _end_of_section(text, section, layout, syntax)
        if at is None:
            header = next(header for header in syntax.scan(content).headers if header.section == section)
            blank = "\n" if (text or tail) and not (text + tail).endswith("\n\n") else ""
            tail += blank + header.lines_in(content) + new
        else:
            edits.append((at, at, _begun(text, at) + new))
    return [*edits, (len(text), len(text), _begun(text, len(text)) + tail)] if tail else edits


def _begun(text: str, at: int) -> str:
    """What has to stand before a new line."""
    return "\n" if at and not text[:at].endswith("\n") else ""


def _end_of_section(text: str, section: str, layout: Layout, syntax: Syntax) -> int | None:
    """Where a key is added: behind the last key of the section's last part; None where there is no such section."""
    fold = syntax.fold
    headers = [header for header in layout.headers if fold(f"{header.section}.x") == fold(f"{section}.x")]
    if not section:
        first = layout.headers[0].first if layout.headers else len(text)
        ends = [place.end for place in layout.places if place.first < first]
        return ends[-1] if ends and layout.headers else min(first, len(text))
    if not headers:
        return None
    last = headers[-1]
    return max([last.end, *(place.end for place in layout.places if _is_below(place, last, layout.headers))])


def _is_below(place: Place, header: Header, headers: Sequence[Header]) -> bool:
    following = [other.first for other in headers if other.first > header.first]
    return header.first < place.first and (not following or place.first < following[0])


def _without_empty_sections(text: str, sections: set[str], syntax: Syntax) -> str:
    """The text less the sections in which nothing is left, not even a comment."""
    if not sections:
        return text
    headers = syntax.scan(text).headers
    ends = [*(header.first for header in headers[1:]), len(text)]
    for header, end in reversed(list(zip(headers, ends))):
        first, below = header.first, header.end
        if header.section in sections and not text[below:end].strip():
            before = _without_blank_line(text[:first]) if end == len(text) else text[:first]
            text = before + text[end:]
    return text


def _without_blank_line(text: str) -> str:
    return re.sub(r"(\n)\r?\n\Z", r"\1", text)
