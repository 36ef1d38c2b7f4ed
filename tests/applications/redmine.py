# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Redmine's configuration, and sending with the Action Mailer that it has it in."""

from __future__ import annotations

from typing import Any

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import programs, ruby
from tests.applications.proof import Letter, Trap
from tests.applications.written import Written

PACKAGES = ("ruby-actionmailer",)
TRAPS = {
    "STARTTLS where it is offered": Trap("configuration.yml", "enable_starttls: true", "enable_starttls_auto: true"),
    "a certificate that nobody verifies": Trap(
        "configuration.yml", 'openssl_verify_mode: "peer"', 'openssl_verify_mode: "none"'
    ),
    "a key that nobody knows": Trap("configuration.yml", "email_delivery:", "email_delivry:"),
    "a method that is a text": Trap("configuration.yml", "delivery_method: :smtp", "delivery_method: smtp"),
}
_MODES = {
    (False, False, False): "none",
    (False, True, False): "starttls_opportunistic",
    (True, False, False): "starttls",
    (False, False, True): "implicit_tls",
}


def why_not() -> str | None:
    """Say why Redmine's mailer cannot be asked here, or nothing."""
    return ruby.why_not()


def version() -> str:
    """Of the Redmine that Debian has beside this Action Mailer, such as 5.0.4."""
    return programs.package_version("redmine")


def read(written: Written) -> dict[str, JSON]:
    """What Action Mailer got of the configuration."""
    mailer: dict[str, Any] = programs.read(["ruby", "-Ku", *_redmine(written)])
    assert (mailer["delivery_method"], mailer["method"]) == ("smtp", "Symbol"), "a text loses the settings"
    smtp = mailer["smtp_settings"]
    mode = tuple(smtp[name] for name in ("enable_starttls", "enable_starttls_auto", "tls"))
    assert smtp["open_timeout"] == smtp["read_timeout"]
    return {
        "smtp.host": smtp["address"],
        "smtp.port": smtp["port"],
        "smtp.encryption": _MODES[mode],
        "smtp.timeout": smtp["open_timeout"],
        "smtp.helo_name": smtp.get("domain"),
        "smtp.tls.verify": {"peer": True, "none": False, None: None}[smtp.get("openssl_verify_mode")],
        "smtp.tls.ca_file": smtp.get("ca_file"),
        "smtp.auth.username": smtp.get("user_name"),
        "smtp.auth.password": smtp.get("password"),
        "smtp.auth.mechanism": _mechanism(smtp),
    }


def _mechanism(smtp: dict[str, Any]) -> JSON:
    word = smtp.get("authentication")
    return ("auto" if word is None else word.replace("_", "-")) if "user_name" in smtp else None


def _redmine(written: Written) -> list[Any]:
    return [programs.SENDERS / "redmine.rb", written.files["configuration.yml"]]


def send(written: Written, letter: Letter) -> str | None:
    """Send one message by Action Mailer."""
    return programs.failure(["ruby", "-Ku", *_redmine(written), letter.recipient])
