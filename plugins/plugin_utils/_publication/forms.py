# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The forms that a record is published in: a table of them, and the files that they are written to.

Each is a pure function of the record, so the same record gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._record.files import record_text, same_text
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import Record
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import write_report
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .csv_tables import csv_tables
from .findings import as_junit, as_sarif
from .lock import LOCK_FILE, lock
from .markdown_page import markdown
from .ocsf import ocsf
from .page import page
from .prometheus import METRICS_FILE, prometheus

MANIFEST = "SHA256SUMS"

# format -> the files that it is, by name; the manifest is of all the others.
FORMS: Mapping[str, Callable[[Record], Mapping[str, str]]] = {
    "csv": csv_tables,
    "html": lambda record: {"email-record.html": page(record)},
    "json": lambda record: {"email-record.json": record_text(record)},
    "junit": lambda record: {"email-record.junit.xml": as_junit(record)},
    "lock": lambda record: {LOCK_FILE: lock(record["intended"])},
    "markdown": lambda record: {"email-record.md": markdown(record)},
    "ocsf": lambda record: {"email-record.ocsf.jsonl": ocsf(record)},
    "prometheus": lambda record: {METRICS_FILE: prometheus(record)},
    "sarif": lambda record: {"email-record.sarif": as_sarif(record)},
}


def written_as(record: Record, formats: Sequence[str]) -> dict[str, str]:
    """name -> text, less the last line's end, of every file of the formats."""
    files = {name: text for form in formats if form in FORMS for name, text in FORMS[form](record).items()}
    if "manifest" in formats:
        files[MANIFEST] = manifest(files)
    return files


def manifest(files: Mapping[str, str]) -> str:
    """The files' SHA-256 sums, as `sha256sum --check` reads them."""
    sums = {name: hashlib.sha256(f"{text}\n".encode()).hexdigest() for name, text in files.items()}
    return "\n".join(f"{sums[name]}  {name}" for name in sorted(sums))


def publish(record: Record, formats: Sequence[str], dest: str | None, *, write: bool) -> list[dict[str, JSON]]:
    """Write the files into a folder, where one is given; each with whether it changed. Raises ReportError."""
    if dest is None:
        return []
    return [publish_text(Path(dest, name), text, write=write) for name, text in written_as(record, formats).items()]


def publish_text(file: Path, text: str, *, write: bool) -> dict[str, JSON]:
    """Write one file, where it is not so already; its name, and whether it changed. Raises ReportError."""
    changed = not same_text(file, text)
    if changed and write:
        write_report(file, text)
    return {"path": str(file), "changed": changed}
