# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Alertmanager: one of our own on loopback, what it understood of its files, and sending with it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import RECIPIENT, Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written
from tests.integration.real.daemons import Log, free_ports, listens, running, trying_again, wait_until

PACKAGES = ("prometheus-alertmanager",)
USERS = (User("prometheus", 64_913),)
OPTIONS: dict[str, JSON] = {"route": {"receiver": "email", "group_wait": "0s"}, "recipients": [RECIPIENT]}
TRAPS = {
    "TLS that is not required": Trap("alertmanager.yml", "require_tls: true", "require_tls: false"),
    "a certificate that nobody verifies": Trap(
        "alertmanager.yml", "insecure_skip_verify: false", "insecure_skip_verify: true"
    ),
}
PROGRAM = "prometheus-alertmanager"
_OUTCOME = re.compile("Notify success|Notify attempt failed|Notify for alerts failed")
# As they are written, and as 0.25 shows them (crypto/tls, Constants).
_VERSIONS = {"TLS10": "1.0", "TLS11": "1.1", "TLS12": "1.2", "TLS13": "1.3"} | {
    0x0301: "1.0",
    0x0302: "1.1",
    0x0303: "1.2",
    0x0304: "1.3",
}
_TLS = ("verify", "ca_file", "server_name", "minimum_version", "client_certificate", "client_key")


def why_not() -> str | None:
    """Say why Alertmanager cannot be asked here, or nothing."""
    if shutil.which(PROGRAM) is None or shutil.which("amtool") is None:
        return "Alertmanager is not installed (apt-get install prometheus-alertmanager)"
    return None


def version() -> str:
    """Such as 0.25.0."""
    done = subprocess.run(["amtool", "--version"], capture_output=True, check=True, text=True)
    return re.search(r"version ([0-9.]+)", done.stdout)[1]  # type: ignore[index]


@dataclass(frozen=True)
class Alertmanager:
    """A running Alertmanager; `url` is its API."""

    url: str
    log: Log

    def configuration(self, *, as_text: bool = False) -> dict[str, Any]:
        """The configuration as the daemon understood it, with its defaults; secrets stand there as `<secret>`.

        With `as_text` every scalar is text: the daemon writes some without quotes that PyYAML takes for something else.
        """
        with urllib.request.urlopen(f"{self.url}/api/v2/status") as answer:
            original = json.load(answer)["config"]["original"]
        configuration: dict[str, Any] = yaml.load(original, Loader=yaml.BaseLoader if as_text else yaml.SafeLoader)
        return configuration

    def reload(self) -> None:
        """Read the file again; a file that it does not like raises."""
        self._post("/-/reload", b"")

    def alert(self, name: str) -> None:
        """Tell of something; a mail follows."""
        self._post("/api/v2/alerts", json.dumps([{"labels": {"alertname": name}}]).encode())

    def wait_for_the_end(self) -> str | None:
        """Wait for the first attempt to send; None if the relay took the mail, else what Alertmanager says of it."""
        wait_until("Alertmanager to send", lambda: _OUTCOME.search(self.log.since(0)) is not None)
        said = self.log.since(0)
        return None if "Notify success" in said else said

    def _post(self, path: str, body: bytes) -> None:
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()


def alertmanager(configuration: Path) -> AbstractContextManager[Alertmanager]:
    """Start an Alertmanager on loopback that is alone in its cluster."""
    return trying_again(lambda: _alertmanager(configuration))


@contextlib.contextmanager
def _alertmanager(configuration: Path) -> Iterator[Alertmanager]:
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory() as storage:
        log = Log(Path(storage) / "log")
        command = [
            *("sh", "-c", f'exec "$0" "$@" 2>{log.path}', PROGRAM),
            f"--config.file={configuration}",
            f"--storage.path={storage}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=debug",
        ]
        with running(command, log, lambda: listens("127.0.0.1", port)):
            yield Alertmanager(f"http://127.0.0.1:{port}", log)


def read(written: Written) -> dict[str, JSON]:
    """What an Alertmanager that is started for it made of its files."""
    with alertmanager(written.files["alertmanager.yml"]) as daemon:
        return understood(written, daemon)


def send(written: Written, _letter: Letter) -> str | None:
    """Tell an Alertmanager that is started for it of something, of which it sends a message."""
    with alertmanager(written.files["alertmanager.yml"]) as daemon:
        daemon.alert("something")
        return daemon.wait_for_the_end()


def understood(written: Written, daemon: Alertmanager) -> dict[str, JSON]:
    """What Alertmanager made of its files, in the spec's own terms: every leaf that the target carries."""
    whole = daemon.configuration()
    common, email = whole["global"], whole["receivers"][0]["email_configs"][0]
    host, _colon, port = email["smarthost"].rpartition(":")
    name, address = parseaddr(_without_template(email["from"]))
    helo = email["hello"]
    return {
        "smtp.host": host.strip("[]"),
        "smtp.port": int(port),
        "smtp.encryption": _encryption(email, common, int(port)),
        "smtp.helo_name": None if helo == "localhost" else helo,
        **_tls(email),
        **_login(email, written),
        "sender.address": address,
        "sender.display_name": str(make_header(decode_header(name))) or None,
        "sender.reply_to": _without_template(email.get("headers", {}).get("Reply-To")),
        "contacts.administrator": _without_template(email["to"]).split(", ")[0],
    }


def _encryption(email: dict[str, Any], common: dict[str, Any], port: int) -> str:
    implicit = common.get("smtp_force_implicit_tls", port == 465)
    if implicit:
        assert email["require_tls"] is False
        return "implicit_tls"
    return "starttls" if email["require_tls"] else "none"


def _tls(email: dict[str, Any]) -> dict[str, JSON]:
    tls = email.get("tls_config") or {}
    if "min_version" not in tls:
        return {f"smtp.tls.{name}": None for name in _TLS}
    key, certificate = tls.get("key_file"), tls.get("cert_file")
    return {
        "smtp.tls.verify": not tls["insecure_skip_verify"],
        "smtp.tls.ca_file": tls.get("ca_file"),
        "smtp.tls.server_name": tls.get("server_name"),
        "smtp.tls.minimum_version": _VERSIONS[tls["min_version"]],
        "smtp.tls.client_certificate": certificate,
        "smtp.tls.client_key": None if key == certificate else key,
    }


def _login(email: dict[str, Any], written: Written) -> dict[str, JSON]:
    if "auth_username" not in email:
        return {f"smtp.auth.{name}": None for name in ("username", "password", "mechanism")}
    if "auth_secret" in email:
        # The daemon shows no secret; what stands in its file is what it read.
        file = yaml.safe_load(written.files["alertmanager.yml"].read_text(encoding="utf-8"))
        password, mechanism = file["global"]["smtp_auth_secret"], "cram-md5"
    else:
        password, mechanism = Path(email["auth_password_file"]).read_text(encoding="utf-8"), "auto"
    return {
        "smtp.auth.username": email["auth_username"],
        "smtp.auth.password": password,
        "smtp.auth.mechanism": mechanism,
    }


def _without_template(text: Any) -> Any:  # noqa: ANN401
    return text.replace('{{"{{"}}', "{{") if isinstance(text, str) else text
