# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check beside swaks, smtplib and msmtp: which reasons each tells apart. `make peers` prints it as Markdown.

python -m tests.peers [--each]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.peers.cases import gather
from tests.peers.clients import CLIENTS
from tests.peers.judging import absent_list, compare, each_answer, reason_table, summary_table, wrong_successes
from tests.servers.certificates import Certificates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", action="store_true", help="every client's answer to every case, too")
    options = parser.parse_args()
    missing = [client.package for client in CLIENTS if not client.is_installed]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)} (apt-get install {' '.join(missing)})")
    cases, absent = gather()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = compare(cases, CLIENTS, Certificates(Path(folder)))
    versions = ", ".join(client.said_version() for client in CLIENTS)
    parts = [
        [f"{len(cases)} cases; {versions}."],
        reason_table(outcomes),
        summary_table(outcomes),
        ["Success although it should not:"],
        wrong_successes(outcomes),
        [f"Not compared, {len(absent)} scenarios that"],
        absent_list(cases, absent),
        each_answer(outcomes) if options.each else [],
    ]
    sys.stdout.write("\n\n".join("\n".join(lines) for lines in parts).rstrip() + "\n")


if __name__ == "__main__":
    main()
