# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PHP runs what adopt only reads, and sets the same."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.php_code import Code, read_php, resolved

HERE = Path(__file__).parent
SITUATIONS = sorted((HERE.parents[1] / "unit/plugins/plugin_utils/_adoption/wordpress").glob("*.yml"))
# What is defined in PHPMailer itself.
CONSTANTS = {"PHPMailer::ENCRYPTION_STARTTLS": "tls", "PHPMailer::ENCRYPTION_SMTPS": "ssl"}

pytestmark = pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")


def set_by_php(folder: Path, files: Mapping[str, str]) -> Mapping[str, object]:
    paths = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        paths.append(str(path))
    done = subprocess.run(["php", str(HERE / "wordpress.php"), *paths], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def read(files: Mapping[str, str]) -> Mapping[str, object]:
    """What is read, and is a plain value."""
    entries = resolved([entry for text in files.values() for entry in read_php(text)], CONSTANTS)
    return {entry.name: entry.value for entry in entries if not isinstance(entry.value, Code)}


# PHP does not run what does not end.
RUN_BY_PHP = [situation for situation in SITUATIONS if "does-not-end" not in situation.stem]


@pytest.mark.parametrize("situation", RUN_BY_PHP, ids=lambda path: path.stem)
def test_php_sets_what_is_read(situation: Path, tmp_path: Path) -> None:
    files = yaml.safe_load(situation.read_text(encoding="utf-8"))["files"]
    values, php = read(files), set_by_php(tmp_path, files)
    assert {name: php.get(name) for name in values} == values


def test_php_reads_texts_of_all_letters_alike(tmp_path: Path) -> None:
    """Texts of what means something in PHP, in any order."""
    parts = [
        "\\",
        "\\\\",
        "'",
        "\\'",
        '\\"',
        "\\n",
        "\\x41",
        "\\101",
        "\\u{e9}",
        "\\$",
        "#",
        "//",
        "/*",
        "é",
        "{",
        "a",
        " ",
    ]
    chance = random.Random(7)
    texts = []
    for number in range(400):
        inner = "".join(chance.choice(parts) for _part in range(6))
        quote = chance.choice("'\"")
        # The text must end where it is meant to, which is what an odd number of backslashes keeps it from.
        # A brace behind a dollar begins code.
        unbraced = inner.replace("{a", "a").replace("{ ", " ").replace("${", "$")
        inner = inner.replace("'", "\\'") if quote == "'" else unbraced
        texts.append(f"$phpmailer->K{number} = {quote}{inner} {quote};\n")
    whole = [text for text in texts if _ends(text)]
    files = {"functions.php": "<?php $phpmailer = new Mailer(); $phpmailer->isSMTP();\n" + "".join(whole)}
    values, php = read(files), set_by_php(tmp_path, files)
    assert len(values) > 200
    assert {name: php.get(name) for name in values} == values


def _ends(text: str) -> bool:
    """Whether PHP takes the line for one statement."""
    body = text.partition(" = ")[2].rstrip(";\n")
    escaped = False
    for letter in body[1:-1]:
        if letter == body[0] and not escaped:
            return False
        escaped = letter == "\\" and not escaped
    return not escaped
