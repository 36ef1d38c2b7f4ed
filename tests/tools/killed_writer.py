# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run as a program, write files and die at a step: `killed_writer.py STEP`, with the files as JSON on standard input.

It ends by SIGKILL before the step of that number (from 1), as on a power cut or by the kernel's out-of-memory killer.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import file_spec_from_mapping
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files


def main() -> None:
    left = int(sys.argv[1])

    def die(_name: str, _path: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    files = [file_spec_from_mapping(mapping) for mapping in json.load(sys.stdin)]
    write_files(files, check_mode=False, backup=True, diff=True, _step=die)


if __name__ == "__main__":
    main()
