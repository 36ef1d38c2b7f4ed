# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proofs of PHP's applications share: PHP itself, and the settings that all of them hand to its streams."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs

Values = Mapping[str, Any]
_MECHANISMS = {"PLAIN": "plain", "LOGIN": "login", "CRAM-MD5": "cram-md5"}


def why_not(*extensions: str) -> str | None:
    """Say why PHP, with these extensions, cannot be asked here, or nothing."""
    if shutil.which("php") is None:
        return "PHP is not installed (apt-get install php-cli)"
    there = programs.said(["php", "-m"]).split()
    missing = [name for name in extensions if name not in there]
    return f"PHP has no {', '.join(missing)} (apt-get install php-{' php-'.join(missing)})" if missing else None


def evaluated(code: str, *arguments: str | Path) -> Any:  # noqa: ANN401
    """What an expression in PHP comes to."""
    return json.loads(programs.said(["php", "-r", f"echo json_encode({code}, JSON_THROW_ON_ERROR);", *arguments]))


def constant(file: str, name: str) -> str:
    """A constant that a file defines."""
    return str(evaluated(f"[require '{file}', {name}][1]"))


def variables(file: Path) -> Values:
    """What a file assigns."""
    return programs.read(["php", programs.READERS / "read_variables.php", file])


def mechanism(word: str | None, username: str | None) -> JSON:
    """The mechanism that a word of PHP's libraries stands for; none without a login."""
    return None if not username else _MECHANISMS[word] if word else "auto"


def tls(kind: str, options: Values) -> dict[str, JSON]:
    """The TLS of smtp or imap, of a stream's context (PHP manual, SSL context options)."""
    assert options.get("verify_peer") == options.get("verify_peer_name")
    return {
        f"{kind}.tls.verify": options.get("verify_peer"),
        f"{kind}.tls.ca_file": options.get("cafile"),
        f"{kind}.tls.server_name": options.get("peer_name"),
        f"{kind}.tls.client_certificate": options.get("local_cert"),
        f"{kind}.tls.client_key": options.get("local_pk"),
    }
