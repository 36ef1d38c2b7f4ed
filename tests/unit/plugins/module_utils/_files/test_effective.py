# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in our block is not always what takes effect; whatever defeats it is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.effective import defeats
from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import Effective, FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import Block
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files

BLOCK = Block("demo")
EFFECTIVE = Effective(
    command=["postconf", "-n"],
    elsewhere=[{"name": "transport_maps", "because": "routes past relayhost", "harmless": ["static:x"]}],
)
SPEC = FileSpec("/etc/main.cf", "demo", "main.cf", "", block=BLOCK, effective=EFFECTIVE)
OURS = f"{BLOCK.begin}\nrelayhost = [new]:587\nlevel = secure\nempty =\n{BLOCK.end}\n"

CASES: dict[str, tuple[str, str | None, list[str]]] = {
    "nothing": (f"a = b\n{OURS}", None, []),
    "set again below": (
        f"a = b\n{OURS}# note\nrelayhost = [old]:25\n",
        None,
        ["/etc/main.cf:8 wins over relayhost of our block: what stands last counts; delete that line"],
    ),
    "set again below, twice": (
        f"{OURS}level=may\n  level = x\nlevel = none\n",
        None,
        ["/etc/main.cf:8 wins over level"],
    ),
    "one that we leave empty": (f"{OURS}empty = x\n", None, ["/etc/main.cf:6 wins over empty"]),
    "set to the same below": (f"{OURS}relayhost  =   [new]:587\n", None, []),
    "set above": (f"relayhost = [old]\n{OURS}", None, []),
    "a comment below": (f"{OURS}#relayhost = [old]\n", None, []),
    "a line that continues our last one": (
        f"{OURS}\n# note\n postmaster@example.org\n",
        None,
        ["/etc/main.cf:8 continues empty of our block, for it begins with a blank; delete the line or its blank"],
    ),
    "a line that continues the one above": (f"a = b\n  c\n{OURS}", None, []),
    "a tab": (f"{OURS}\tx\n", None, ["/etc/main.cf:6 continues empty"]),
    "what sends elsewhere, above": (
        f"transport_maps = hash:/x\n{OURS}",
        None,
        ["/etc/main.cf:1: transport_maps"],
    ),
    "what sends elsewhere, below": (
        f"{OURS}transport_maps = hash:/x\n",
        None,
        ["/etc/main.cf:6: transport_maps"],
    ),
    "what is taken back": (f"transport_maps = hash:/x\n{OURS}transport_maps =\n", None, []),
    "what is harmless": (f"{OURS}transport_maps = static:x\n", None, []),
    "the program agrees": (OURS, "relayhost = [new]:587\nempty = \n", []),
    "the program says otherwise": (
        OURS,
        "relayhost = [old]:25\n",
        ["/etc/main.cf: postconf says that relayhost of our block does not take effect as it is written"],
    ),
    "known already": (f"{OURS}relayhost = x\n", "relayhost = x\n", ["/etc/main.cf:6 wins over relayhost"]),
    "the file has no such block": ("relayhost = x\n", None, []),
    "line ends of another system": (
        OURS.replace("\n", "\r\n") + "level = may\r\n",
        None,
        ["/etc/main.cf:6 wins over level"],
    ),
}


@pytest.mark.parametrize(("text", "output", "expected"), CASES.values(), ids=CASES)
def test_what_defeats_a_setting_is_named_with_its_line(text: str, output: str | None, expected: list[str]) -> None:
    sentences = defeats(SPEC, text, output)
    assert len(sentences) == len(expected), sentences
    assert all(sentence.startswith(start) for sentence, start in zip(sentences, expected))


def test_it_is_said_in_check_mode_by_the_run_and_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    path.write_text("transport_maps = hash:/secret\n")
    effective = Effective(command=["sh", "-c", "cat {file}; echo level = may"], elsewhere=EFFECTIVE.elsewhere)
    spec = FileSpec(str(path), "demo", "main.cf", "level = secure\n", block=BLOCK, effective=effective)
    runs = [write_files([spec], check_mode=mode, backup=False, diff=False).warnings for mode in (True, False, False)]
    elsewhere = f"{path}:1: transport_maps routes past relayhost"
    asked = f"{path}: sh says that level of our block does not take effect as it is written"
    # Where nothing changes the file alone is read: no program has to be started.
    assert runs == [[asked, elsewhere], [asked, elsewhere], [elsewhere]]
