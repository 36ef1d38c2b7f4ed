# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a task says of all hosts is said once a run.

With `serial` Ansible comes to a task that runs once again with each batch, and with each host under the strategies free
and host_pinned (Ansible, Controlling playbook execution, Running on a single machine with run_once).
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def is_news(run: Path, task: str, words: str) -> bool:
    """Whether nobody has said these words for this task; whoever asks says them.

    `run` is a folder that all workers of the run share and nobody else; Ansible removes it when the run ends.
    """
    said = run / "appmail-said"
    said.mkdir(mode=0o700, exist_ok=True)
    try:
        (said / hashlib.sha256(f"{task} {words}".encode("utf-8", "surrogatepass")).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
