# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message by the Flask-Mail that is installed here, as pgAdmin does: its settings' file, and the recipient."""

from __future__ import annotations

import sys

from flask import Flask  # type: ignore[import-not-found]
from flask_mail import Mail, Message  # type: ignore[import-not-found]

app = Flask("pgadmin")
app.config.from_pyfile(sys.argv[1])
with app.app_context():
    Mail(app).send(Message("hello", [sys.argv[2]], "hello", sender=app.config["SECURITY_EMAIL_SENDER"]))
