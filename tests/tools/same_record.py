# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether every ansible-core makes the same record, byte by byte, of one repository.

python -m tests.tools.same_record VENV...     # environments with an ansible-core each
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.integration.record.university import audit, make

FORMS = ["csv", "html", "json", "junit", "lock", "manifest", "markdown", "ocsf", "prometheus", "sarif"]


def main(environments: Sequence[str]) -> int:
    """Exit status 1 where two of the environments make different files, with the names of those."""
    with tempfile.TemporaryDirectory() as made:
        repository = make(Path(made) / "repository")
        sums = {name: _sums(Path(name), repository, Path(made) / str(n)) for n, name in enumerate(environments)}
    first, *others = sums
    different = {name: sorted(set(sums[first]) ^ set(sums[name])) for name in others}
    for name, lines in different.items():
        files = ", ".join(sorted({line.split()[1] for line in lines}))
        print(f"{first} and {name}: " + (f"{files} differ" if lines else f"the same {len(sums[first])} files"))
    return 1 if any(different.values()) else 0


def _sums(environment: Path, repository: Path, record: Path) -> list[str]:
    """The lines of the record's SHA256SUMS, made by the ansible-core of an environment."""
    command = [str(environment / "bin" / "python"), "-m", "tests.tools.same_record", "--made-by-this-one"]
    subprocess.run([*command, str(repository), str(record)], check=True)
    return (record / "SHA256SUMS").read_text(encoding="utf-8").splitlines()


def _record(repository: str, record: str) -> int:
    run = audit(Path(repository), dest=Path(record), formats=FORMS)
    if run.status:
        print(run.output)
    return run.status


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(_record(*given[1:]) if given[0] == "--made-by-this-one" else main(given))
