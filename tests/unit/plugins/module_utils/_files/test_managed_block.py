# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed blocks: what is ours is replaced, what is not stays byte for byte."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import (
    Block,
    BlockError,
    block_content,
    require_read,
    with_block,
    without_block,
)

BLOCK = Block(marker="appmail.settings demo")
BEGIN = "# BEGIN appmail.settings demo (managed by appmail.settings; changes here are overwritten)"
END = "# END appmail.settings demo"

WRITTEN = {
    "an empty file": ("", "a = 1\n", f"{BEGIN}\na = 1\n{END}\n"),
    "no content": ("x\n", "", f"x\n{BEGIN}\n{END}\n"),
    "content without a final newline": ("x\n", "a = 1", f"x\n{BEGIN}\na = 1\n{END}\n"),
    "the end of a file": ("x\ny\n", "a = 1\n", f"x\ny\n{BEGIN}\na = 1\n{END}\n"),
    "a file without a final newline": ("x\ny", "a = 1\n", f"x\ny\n{BEGIN}\na = 1\n{END}\n"),
    "a file with CRLF": ("x\r\ny\r\n", "a\nb\n", f"x\r\ny\r\n{BEGIN}\r\na\r\nb\r\n{END}\r\n"),
    "a file with CRLF, without a final one": ("x\r\ny", "a\n", f"x\r\ny\r\n{BEGIN}\r\na\r\n{END}\r\n"),
    "content with CRLF in a file without": ("x\n", "a\r\nb\r\n", f"x\n{BEGIN}\na\nb\n{END}\n"),
    "bytes that are no UTF-8": ("caf\udce9\n", "a\n", f"caf\udce9\n{BEGIN}\na\n{END}\n"),
    "a block there already": (f"x\n{BEGIN}\nold\n{END}\ny", "new\n", f"x\n{BEGIN}\nnew\n{END}\ny"),
    "a block at the very end, without a newline": (f"{BEGIN}\nold\n{END}", "new\n", f"{BEGIN}\nnew\n{END}"),
    "a block with CRLF": (
        f"x\r\n{BEGIN}\r\nold\r\n{END}\r\ny\r\n",
        "new\n",
        f"x\r\n{BEGIN}\r\nnew\r\n{END}\r\ny\r\n",
    ),
    "a block whose note is worded otherwise": (
        "# BEGIN appmail.settings demo (an older note)\nold\n# END appmail.settings demo\n",
        "new\n",
        f"{BEGIN}\nnew\n{END}\n",
    ),
    "the block of another target with a longer name": (
        "# BEGIN appmail.settings demo2\nkeep\n# END appmail.settings demo2\n",
        "new\n",
        f"# BEGIN appmail.settings demo2\nkeep\n# END appmail.settings demo2\n{BEGIN}\nnew\n{END}\n",
    ),
}


@pytest.mark.parametrize(("text", "content", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_block_is_written_and_the_rest_is_kept(text: str, content: str, expected: str) -> None:
    assert with_block(text, BLOCK, content) == expected
    # A second time nothing changes.
    assert with_block(expected, BLOCK, content) == expected


AT_THE_BEGINNING = {
    "a plain file": ("x\n", "", "x\n"),
    "a file with a byte order mark": ("\ufeffx\n", "\ufeff", "x\n"),
    "a script": ("#!/bin/sh\nx\n", "#!/bin/sh\n", "x\n"),
}


@pytest.mark.parametrize(("text", "top", "rest"), AT_THE_BEGINNING.values(), ids=AT_THE_BEGINNING)
def test_block_at_the_beginning_stands_below_what_must_be_first(text: str, top: str, rest: str) -> None:
    block = Block(marker="appmail.settings demo", anchor="begin")
    written = with_block(text, block, "a\n")
    assert written == f"{top}{BEGIN}\na\n{END}\n{rest}"
    assert with_block(written, block, "a\n") == written
    assert without_block(written, block) == text


def test_a_block_right_behind_a_byte_order_mark_is_found() -> None:
    assert with_block(f"\ufeff{BEGIN}\nold\n{END}\n", BLOCK, "new\n") == f"\ufeff{BEGIN}\nnew\n{END}\n"


OUTSIDE = (
    "would stand outside PHP code, where everybody is shown it; let the file begin with <?php and have no ?> at its"
)
READ: dict[str, tuple[str, str, str | None]] = {
    "PHP": ("php", "<?php\n$a = 1;\n", None),
    "PHP with line ends of another system": ("php", "<?php\r\n$a = 1;\r\n", None),
    "PHP with a short tag": ("php", "<?\n$a = 1;\n", None),
    "PHP that is closed": ("php", "<?php\n$a = 1;\n?>\n", OUTSIDE),
    "PHP that is closed, with line ends of another system": ("php", "<?php\r\n$a = 1;\r\n?>\r\n", OUTSIDE),
    "PHP that is closed without a newline": ("php", "<?php\n$a = 1; ?>", OUTSIDE),
    "PHP that is closed, and more": ("php", "<?php\n$a = 1;\n?>\n<p>\n", OUTSIDE),
    "PHP that is closed by a comment": ("php", "<?php\n// ?>\n", OUTSIDE),
    "PHP that is opened again": ("php", "<?php\n?>\n<p>\n<?php\n", None),
    "a closing tag in a text": ("php", "<?php\n$a = '?>';\n", None),
    "a PHP file that is not there": ("php", "", OUTSIDE),
    "Ruby": ("ruby", "a = 1\n", None),
    "Ruby with data": ("ruby", "a = 1\n__END__\nb\n", "would stand below line 2 (__END__), where nothing is read"),
    "YAML": ("yaml", "---\na: 1\n", None),
    "YAML that has ended": ("yaml", "a: 1\n...\n", "would stand below line 2 (...), where nothing is read"),
    "a format without an end": ("ini", "...\n__END__\n?>\n", None),
}


@pytest.mark.parametrize(("language", "text", "expected"), READ.values(), ids=READ)
def test_a_block_where_nothing_is_read_is_refused(language: str, text: str, expected: str | None) -> None:
    written = with_block(text, BLOCK, "a\n")
    if expected is None:
        require_read(written, BLOCK, language)
        return
    with pytest.raises(BlockError) as raised:
        require_read(written, BLOCK, language)
    assert expected in str(raised.value)


def test_block_takes_the_comment_of_its_file() -> None:
    block = Block(marker="appmail.settings demo", comment=";")
    assert with_block("", block, "a\n") == f";{BEGIN[1:]}\na\n;{END[1:]}\n"


BROKEN = {
    "no end": (f"x\n{BEGIN}\nold\n", "BEGIN at line 2, END is missing"),
    "no begin": (f"x\ny\n{END}\n", "BEGIN is missing, END at line 3"),
    "end before begin": (f"{END}\n{BEGIN}\n", "BEGIN at line 2, END at line 1"),
    "twice": (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", "BEGIN at lines 1, 3, END at lines 2, 4"),
    "two begins": (f"{BEGIN}\n{BEGIN}\n{END}\n", "BEGIN at lines 1, 2, END at line 3"),
}


@pytest.mark.parametrize(("text", "where"), BROKEN.values(), ids=BROKEN)
def test_broken_block_is_refused_with_its_lines(text: str, where: str) -> None:
    with pytest.raises(BlockError, match="repair or delete these lines") as raised:
        with_block(text, BLOCK, "a\n")
    assert where in str(raised.value)


def test_content_cannot_close_its_own_block() -> None:
    with pytest.raises(BlockError, match="looks like a marker"):
        with_block("", BLOCK, f"a\n{END}\nb\n")


READ = {
    "no block": ("x\n", None, "x\n"),
    "an empty block": (f"x\n{BEGIN}\n{END}\ny\n", "", "x\ny\n"),
    "a block": (f"x\n{BEGIN}\na\nb\n{END}\ny\n", "a\nb\n", "x\ny\n"),
    "a block with CRLF": (f"{BEGIN}\r\na\r\nb\r\n{END}\r\n", "a\nb\n", ""),
}


@pytest.mark.parametrize(("text", "content", "rest"), READ.values(), ids=READ)
def test_block_is_read(text: str, content: str | None, rest: str) -> None:
    assert block_content(text, BLOCK) == content
    assert without_block(text, BLOCK) == rest
