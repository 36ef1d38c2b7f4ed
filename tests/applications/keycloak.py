# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jakarta Mail that Keycloak sends with, given the properties that Keycloak makes of a realm's smtpServer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications import java
from tests.applications.java import why_not
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written

__all__ = ["ALONE", "PACKAGES", "TRAPS", "USERS", "read", "send", "version", "why_not"]

PACKAGES = ("libjakarta-mail-java", "libjakarta-activation-java")
ALONE = True
USERS = (User("keycloak", 64_914),)
TRAPS = {
    "a truth that is no text": Trap("realm-mail.json", '"ssl": "true"', '"ssl": true', "implicit_tls"),
    "no TLS": Trap("realm-mail.json", '"ssl": "true"', '"ssl": "false"', "implicit_tls"),
}
_MODES = {
    (False, False): "none",
    (False, True): "starttls_opportunistic",
    (True, False): "implicit_tls",
}


def version() -> str:
    """Such as 2.0.0, of Jakarta Mail."""
    (jar,) = Path("/usr/share/java").glob("jakarta-mail-[0-9]*.jar")
    return jar.stem.removeprefix("jakarta-mail-")


def _server(written: Written) -> dict[str, str]:
    """The realm's map, of which every value has to be a text."""
    realm = json.loads(written.files["realm-mail.json"].read_text(encoding="utf-8"))
    server: dict[str, str] = realm["smtpServer"]
    assert all(isinstance(value, str) for value in server.values()), "smtpServer is a map of texts"
    return server


def _properties(server: Mapping[str, str]) -> dict[str, str]:
    """The session's properties: buildEmailProperties of DefaultEmailSenderProvider.java at 003569c."""
    switches = {"auth": "auth", "ssl": "ssl.enable", "starttls": "starttls.enable"}
    values = {"host": server["host"], "port": server["port"], "ssl.checkserveridentity": "true"}
    values.update({name: "true" for key, name in switches.items() if server.get(key) == "true"})
    waits = {"timeout": "timeout", "connectionTimeout": "connectiontimeout", "writeTimeout": "writetimeout"}
    values.update({name: server.get(key, "10000") for key, name in waits.items()})
    return {"mail.from": server["from"], **{f"mail.smtp.{name}": value for name, value in values.items()}}


def read(written: Written) -> dict[str, JSON]:
    """What Keycloak takes from the map."""
    server = _server(written)
    properties = _properties(server)
    flags = tuple(f"mail.smtp.{name}.enable" in properties for name in ("ssl", "starttls"))
    waits = {value for name, value in properties.items() if name.endswith("timeout")}
    login = "mail.smtp.auth" in properties
    return {
        "smtp.host": properties["mail.smtp.host"],
        "smtp.port": int(properties["mail.smtp.port"]),
        "smtp.encryption": _MODES.get((flags[0], flags[1])),
        "smtp.timeout": int(waits.pop()) / 1000 if len(waits) == 1 else None,
        "smtp.auth.username": server["user"] if login else None,
        "smtp.auth.password": server["password"] if login else None,
        "sender.address": server["from"],
        "sender.display_name": server.get("fromDisplayName"),
        "sender.reply_to": server.get("replyTo"),
    }


def send(written: Written, letter: Letter) -> str | None:
    """Send one message; what Jakarta Mail says if it could not."""
    server = _server(written)
    login = (server["user"], server["password"]) if server["auth"] == "true" else ("", "")
    properties = (part for pair in _properties(server).items() for part in pair)
    words = [
        base64.b64encode(word.encode()).decode() for word in (server["from"], letter.recipient, *login, *properties)
    ]
    return java.ask(java.program("SessionMail", "jakarta-mail", "jakarta-activation"), *words).get("failed")
