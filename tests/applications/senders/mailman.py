# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message by Mailman's own connection: its configuration, and the recipient; without one, print its settings."""

from __future__ import annotations

import json
import sys

from mailman.config import config  # type: ignore[import-not-found]
from mailman.mta.base import BaseDelivery  # type: ignore[import-not-found]

config.load(sys.argv[1])
if len(sys.argv) > 2:
    sender = config.mailman.site_owner
    message = f"From: {sender}\nTo: {sys.argv[2]}\nSubject: hello\n\nhello\n"
    BaseDelivery()._connection.sendmail(sender, [sys.argv[2]], message)
else:
    names = ("smtp_host", "smtp_port", "smtp_secure_mode", "smtp_verify_cert", "smtp_verify_hostname")
    values = {name: getattr(config.mta, name) for name in (*names, "smtp_user", "smtp_pass")}
    json.dump({**values, "site_owner": config.mailman.site_owner}, sys.stdout)
