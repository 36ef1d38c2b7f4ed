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
