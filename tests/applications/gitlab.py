# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ruby made of GitLab's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs, ruby
from tests.applications.proof import Trap
from tests.applications.written import Written

OPTIONS: dict[str, JSON] = {"incoming_address": "incoming+%{key}@example.edu"}
SETTINGS = Path("/etc/gitlab/gitlab.rb")
TRAPS = {
    "STARTTLS, which another may strip": Trap(
        SETTINGS.name, "['smtp_tls'] = true", "['smtp_tls'] = false", "implicit_tls"
    ),
    "a certificate that nobody verifies": Trap(SETTINGS.name, "'peer'", "'none'", "implicit_tls"),
    "a key that nobody knows": Trap(SETTINGS.name, "smtp_tls", "smtp_force_ssl", "implicit_tls"),
}
_SMTP: dict[tuple[JSON, ...], str] = {
    (False, False): "none",
    (True, False): "starttls_opportunistic",
    (False, True): "implicit_tls",
}
_IMAP = {**_SMTP, (True, False): "starttls"}


def why_not() -> str | None:
    """Say why Ruby cannot be asked here, or nothing."""
    return ruby.why_not()


def version() -> str:
    """Of Ruby, such as 3.1.2."""
    return programs.said(["ruby", "-e", "print RUBY_VERSION"])


def prepare() -> None:
    """Leave a file of others."""
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text("external_url 'https://gitlab.example.edu'\n", encoding="utf-8")


def read(written: Written) -> dict[str, JSON]:
    """What Ruby made of gitlab_rails."""
    values: dict[str, Any] = programs.read(
        ["ruby", "-Ku", programs.READERS / "gitlab.rb", written.files[SETTINGS.name]]
    )
    assert values["smtp_enable"]
    assert values["smtp_open_timeout"] == values["smtp_read_timeout"]
    word = values.get("smtp_authentication")
    return {
        "smtp.host": values["smtp_address"],
        "smtp.port": values["smtp_port"],
        "smtp.encryption": _SMTP[values["smtp_enable_starttls_auto"], values["smtp_tls"]],
        "smtp.timeout": values["smtp_open_timeout"],
        "smtp.helo_name": values.get("smtp_domain"),
        "smtp.tls.verify": {"peer": True, "none": False, None: None}[values.get("smtp_openssl_verify_mode")],
        "smtp.tls.ca_file": values.get("smtp_ca_file"),
        "smtp.auth.username": values.get("smtp_user_name"),
        "smtp.auth.password": values.get("smtp_password"),
        "smtp.auth.mechanism": (word or "auto").replace("_", "-") if "smtp_user_name" in values else None,
        "sender.address": values["gitlab_email_from"],
        "sender.display_name": values.get("gitlab_email_display_name"),
        "sender.reply_to": values.get("gitlab_email_reply_to"),
        **_mailbox(values),
    }


def _mailbox(values: dict[str, Any]) -> dict[str, JSON]:
    there = values["incoming_email_enabled"]
    mode = (values.get("incoming_email_start_tls"), values.get("incoming_email_ssl"))
    return {
        "imap.host": values.get("incoming_email_host"),
        "imap.port": values.get("incoming_email_port"),
        "imap.encryption": _IMAP[mode] if there else None,
        "imap.mailbox": values.get("incoming_email_mailbox_name"),
        "imap.auth.username": values.get("incoming_email_email"),
        "imap.auth.password": values.get("incoming_email_password"),
    }
