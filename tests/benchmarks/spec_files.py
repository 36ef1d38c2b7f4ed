# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge spec files by the spec's schema, all in this one process: python -m tests.benchmarks.spec_files ENGINE FILE...

ENGINE is `jsonschema`, or `jsonschema-rs` for the optional first pass.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.schema import settings_schema
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets


def main(engine: str, files: list[str]) -> int:
    """How many faults there are; each is printed."""
    if engine == "jsonschema":
        # As if it were not installed.
        sys.modules["jsonschema_rs"] = None  # type: ignore[assignment]
    found = 0
    for file in files:
        spec = yaml.load(Path(file).read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for fault in settings_schema().faults(spec, Secrets()):
            found += 1
            sys.stdout.write(f"{file}: {fault.path}: {fault.message}\n")
    return found


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1], sys.argv[2:])))
