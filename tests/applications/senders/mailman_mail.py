# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message by Mailman's own connection: its configuration, the recipient; without one, print its settings."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path


def send(configuration: str, recipient: str) -> None:
    """Start Mailman, but for its database, and send."""
    from mailman.config import config  # type: ignore[import-not-found]
    from mailman.core.initialize import initialize_1  # type: ignore[import-not-found]
    from mailman.mta.base import BaseDelivery  # type: ignore[import-not-found]

    initialize_1(configuration)
    sender = config.mailman.site_owner
    message = f"From: {sender}\nTo: {recipient}\nSubject: hello\n\nhello\n"
    BaseDelivery()._connection.sendmail(sender, [recipient], message)


def settings(configuration: str) -> dict[str, str]:
    """What the parser that Mailman has makes of its schema and the configuration over it."""
    from lazr.config import ConfigSchema  # type: ignore[import-not-found]

    found = find_spec("mailman")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "config"
    config = ConfigSchema(str(folder / "schema.cfg")).load(str(folder / "mailman.cfg"))
    config.push("ours", Path(configuration).read_text(encoding="utf-8"))
    names = ("smtp_host", "smtp_port", "smtp_secure_mode", "smtp_verify_cert", "smtp_verify_hostname")
    values = {name: getattr(config.mta, name) for name in (*names, "smtp_user", "smtp_pass")}
    return {**values, "site_owner": config.mailman.site_owner}


if len(sys.argv) > 2:
    send(*sys.argv[1:])
else:
    json.dump(settings(sys.argv[1]), sys.stdout)
