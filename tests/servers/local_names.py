# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of servers, such as smtp.example.edu:587, that lead to ports of 127.0.0.1 in the programs that a test starts.

What /etc/hosts and a redirection of ports would do, without the rights that they need. The name stays what it is for
TLS, for a proxy and in every message.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

# What Python imports at its start, where it lies on PYTHONPATH.
_SITE = """\
from tests.servers.local_names import lead

lead({names!r})
"""


def environment(folder: Path, names: Mapping[str, int]) -> dict[str, str]:
    """What the environment of a program needs, so that each `name:port` leads to a port of 127.0.0.1."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_SITE.format(names=json.dumps(names)), encoding="utf-8")
    root = str(Path(__file__).resolve().parents[2])
    return {"PYTHONPATH": os.pathsep.join((str(folder), root))}


def lead(text: str) -> None:
    """Resolve the names from now on, and no others than before; a name with another port is not found."""
    names: dict[str, int] = json.loads(text)
    resolve = socket.getaddrinfo

    def getaddrinfo(host: object, port: object, *arguments: int, **options: int) -> object:
        known = names.get(f"{host}:{port}")
        return resolve(*((host, port) if known is None else ("127.0.0.1", known)), *arguments, **options)  # type: ignore[arg-type]

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]
