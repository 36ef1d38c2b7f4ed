# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""A managed block: the part of somebody else's file that is ours, between two lines that say so.

Texts are whole files, decoded with `surrogateescape`, so that bytes which are no UTF-8 survive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Match, Pattern

# What stays at the very top of a file whose block is put at the beginning.
_TOP = re.compile("\ufeff?(?:#![^\n]*\n)?")


class BlockError(ValueError):
    """The file's blocks are not as we left them; the text is a clause with the place and the cure."""


@dataclass(frozen=True)
class Block:
    """`comment` begins a comment in that file, `marker` names the block.

    `anchor` says where a new block goes: "end" or "begin".
    """

    marker: str
    comment: str = "#"
    anchor: str = "end"

    @property
    def begin(self) -> str:
        """The line before the block."""
        return f"{self.comment} BEGIN {self.marker} (managed by appmail.settings; changes here are overwritten)"

    @property
    def end(self) -> str:
        """The line after the block."""
        return f"{self.comment} END {self.marker}"


def with_block(text: str, block: Block, content: str) -> str:
    """`text` with the block's content replaced, or with the block added; all else byte for byte as it was."""
    if _begin_pattern(block).search(content) or _end_pattern(block).search(content):
        raise BlockError(f"the content has a line that looks like a marker of its own block {block.marker!r}")
    line_end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    written = (block.begin + "\n" + normalised(content) + block.end).replace("\n", line_end)
    place = _place(text, block)
    if place is not None:
        start, end = place
        return text[:start] + written + text[end:]
    if block.anchor == "begin":
        top = _TOP.match(text)
        start = top.end() if top else 0
        return text[:start] + written + line_end + text[start:]
    separator = line_end if text and not text.endswith("\n") else ""
    return text + separator + written + line_end


# What stands below is text that is shown, not code that is run: a closing tag, or no opening one at all; php.net, Basic
# syntax. One in the middle of a line may stand in a text.
_PHP_TAG = re.compile(r"<\?(?:php\b|=|\s)|\?>(?=[ \t]*\r?$)", re.MULTILINE)
# Where other formats end before their file does.
_ENDS = {"ruby": re.compile(r"^__END__\r?$", re.MULTILINE), "yaml": re.compile(r"^\.\.\.[ \t]*\r?$", re.MULTILINE)}


def require_read(text: str, block: Block, language: str) -> None:
    """BlockError where the block stands in a part of the file that is no code of this format."""
    place = _place(text, block)
    above = text[: place[0]] if place else ""
    if language == "php":
        tags = _PHP_TAG.findall(above)
        if not tags or tags[-1] == "?>":
            raise BlockError(
                f"its block {block.marker!r} would stand outside PHP code, where everybody is shown it; "
                "let the file begin with <?php and have no ?> at its end"
            )
    end = _ENDS[language].search(above) if language in _ENDS else None
    if end is not None:
        line = above.count("\n", 0, end.start()) + 1
        raise BlockError(
            f"its block {block.marker!r} would stand below line {line} ({end[0].strip()}), where nothing is read; "
            "delete that line, or what follows it"
        )


def block_content(text: str, block: Block) -> str | None:
    """The block's content, its lines ended by a newline, or None where the text has no such block."""
    place = _place(text, block)
    if place is None:
        return None
    start, end = place
    lines = text[start:end].split("\n")[1:-1]
    return normalised("\n".join(lines) + "\n") if lines else ""


def block_lines(text: str, block: Block) -> range | None:
    """The numbers of the block's lines, its markers included; None where the text has no such block."""
    place = _place(text, block)
    if place is None:
        return None
    return range(text.count("\n", 0, place[0]) + 1, text.count("\n", 0, place[1]) + 2)


def normalised(content: str) -> str:
    """A block's content as it is compared and shown: each line ended by one newline."""
    content = content.replace("\r\n", "\n")
    return content if content.endswith("\n") or not content else content + "\n"


def without_block(text: str, block: Block) -> str:
    """What of the text is not ours: the block's last line goes with its end."""
    place = _place(text, block)
    if place is None:
        return text
    start, end = place
    return text[:start] + re.sub(r"\A\r?\n", "", text[end:])


def _place(text: str, block: Block) -> tuple[int, int] | None:
    """Where the block stands, from its first marker to the end of its last one, the line's end left out."""
    begins = list(_begin_pattern(block).finditer(text))
    ends = list(_end_pattern(block).finditer(text))
    if not begins and not ends:
        return None
    if len(begins) == 1 and len(ends) == 1 and begins[0].end() < ends[0].start():
        return begins[0].start(), ends[0].end()
    raise BlockError(
        f"its block {block.marker!r} is broken: BEGIN {_where(text, begins)}, END {_where(text, ends)}; "
        "there must be one of each, in that order: repair or delete these lines, then run again"
    )


def _where(text: str, matches: list[Match[str]]) -> str:
    if not matches:
        return "is missing"
    numbers = [str(text.count("\n", 0, match.start()) + 1) for match in matches]
    return ("at line " if len(numbers) == 1 else "at lines ") + ", ".join(numbers)


def _begin_pattern(block: Block) -> Pattern[str]:
    # The note in brackets is for people and may be worded otherwise one day.
    return _marker_pattern(f"{block.comment} BEGIN {block.marker}", r"(?: \([^\n]*\))?")


def _end_pattern(block: Block) -> Pattern[str]:
    return _marker_pattern(f"{block.comment} END {block.marker}", "")


def _marker_pattern(marker: str, note: str) -> Pattern[str]:
    # A byte order mark may stand before the first line, and is none of ours.
    return re.compile(r"(?:^|(?<=\A\ufeff))[ \t]*" + re.escape(marker) + note + r"[ \t]*(?=\r?$)", re.MULTILINE)
