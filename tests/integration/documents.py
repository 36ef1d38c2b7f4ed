# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc knows of the collection."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.tools.tree import COLLECTIONS

Documents = dict[str, dict[str, Any]]
# What Ansible documents itself, for every module.
COMMON = {"changed", "failed", "msg", "warnings", "deprecations", "diff", "invocation", "exception", "skipped"}
TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "raw": (object,),
}
# Returns that have what their document describes once for each name.
BY_NAME = ("coverage", "found")


@functools.cache
def documents_of_the_collection() -> Documents:
    """The documents by `KIND NAME`, such as `module validate`."""
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--metadata-dump", "appmail.settings"]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    known = json.loads(done.stdout)["all"]
    return {
        f"{kind} {name.removeprefix('appmail.settings.')}": document
        for kind, plugins in known.items()
        for name, document in plugins.items()
        if name.startswith("appmail.settings.")
    }


def examples_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tasks and plays that are a document's examples; the role has none."""
    return list(yaml.safe_load(document.get("examples") or "[]"))


def is_of(value: object, documented: Mapping[str, Any]) -> bool:
    """Whether a value has the type that a return has, each element of a list too; a bool is no number."""
    kind = documented["type"]
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind not in ("bool", "raw")):
        return False
    elements = documented.get("elements", "raw")
    return kind != "list" or all(is_of(element, {"type": elements}) for element in value)  # type: ignore[attr-defined]


def fits(value: object, documented: Mapping[str, Any]) -> bool:
    """Whether a value is of the documented type, or null."""
    return value is None or is_of(value, documented)


def undescribed(value: Mapping[str, Any], described: Mapping[str, Any], path: str = "") -> list[str]:
    """Where a real result has a key that its document has not, or a value of another type."""
    strange = [f"{path}{key}" for key in value if key not in described]
    for key in set(value) & set(described):
        about, held = described[key], value[key]
        if not fits(held, about):
            strange.append(f"{path}{key} is no {about['type']}")
        elif about.get("contains") and held is not None:
            parts = held if isinstance(held, list) else held.values() if key in BY_NAME else [held]
            strange += [name for part in parts for name in undescribed(part, about["contains"], f"{path}{key}.")]
    return strange
