# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Reading and writing records: `email-record.json`, whole or of a slice, and what hosts' checks and applies left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import (
    Schema,
    SchemaFileError,
    compile_schema,
    read_schema,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import COLLECTION_ROOT

from .merging import RecordError
from .shape import Intended, Observed, Record

SCHEMA_FILE = COLLECTION_ROOT / "schemas" / "record.schema.json"


def record_text(record: Record) -> str:
    """The record as it stands in `email-record.json`."""
    return json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True)


def record_files(paths: Iterable[Path]) -> list[Path]:
    """The files of records: each path itself, or the JSON files of a folder and below. Raises RecordError."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(file for file in path.rglob("*.json") if not file.name.startswith(".")))
        elif path.is_file():
            found.append(path)
        else:
            raise RecordError(f"{path} is no file and no folder")
    return found


def read_records(paths: Sequence[Path]) -> tuple[list[Intended], list[Observed]]:
    """The parts that the files hold. Raises RecordError, which names the file and what is wrong with it."""
    intended: list[Intended] = []
    observed: list[Observed] = []
    for file in record_files(paths):
        record = _read(file)
        if "intended" in record:
            intended.append(cast("Intended", record["intended"]))
        observed.append(cast("Observed", record["observed"]))
    return intended, observed


def _read(file: Path) -> Tree:
    try:
        read = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{file} cannot be read as JSON") from error
    for fault in record_schema().faults(read, Secrets()):
        path = "/".join(map(str, fault.path))
        raise RecordError(f"{file} is no record of email settings: {path or 'it'} {fault.message}")
    return cast("Tree", read)


def record_schema() -> Schema:
    """The schema of a record, whole or of one host. Raises RecordError where it is not there."""
    try:
        return compile_schema(read_schema(str(SCHEMA_FILE)), SCHEMA_FILE.name, trusted=True)
    except SchemaFileError as error:
        raise RecordError(str(error)) from error


def same_text(file: Path, text: str) -> bool:
    """Whether a file holds exactly the text."""
    try:
        return file.read_text(encoding="utf-8") == f"{text}\n"
    except (OSError, ValueError):
        return False
