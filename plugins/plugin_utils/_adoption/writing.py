# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Write the tree: files that are not there, whole, and none where another one already is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class FilesInTheWay(SentenceError):
    """Files of the project would be overwritten; the sentence names them and the cure."""


def write_files(folder: Path, files: Mapping[str, str], *, dry: bool = False) -> bool:
    """Write what is not there yet; answer whether anything was, or would be in a `dry` run.

    A vault's text is another one each time, so a vault that is there stays. Raises FilesInTheWay before anything is
    written, where a file is there with another content.
    """
    new = {name: text for name, text in files.items() if not (folder / name).exists()}
    other = [name for name in files if name not in new and not _same(folder / name, name, files[name])]
    if other:
        names = ", ".join(str(folder / name) for name in other)
        raise FilesInTheWay(
            f"{names}: there already, with other content; move it away, or name another folder in email_adopt_dest"
        )
    if not dry:
        for name, text in new.items():
            _write(folder / name, text)
    return bool(new)


def _same(path: Path, name: str, text: str) -> bool:
    return name.endswith("_vault.yml") or path.read_text(encoding="utf-8") == text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.write_text(text, encoding="utf-8")
    staged.chmod(0o600 if path.name.endswith("_vault.yml") else 0o644)
    staged.replace(path)
