# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small programs in Java that read and send for the proofs: compiled once, started once, asked line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from email.header import decode_header, make_header
from email.utils import parseaddr
from functools import cache
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.programs import SENDERS
from tests.applications.world import SYSTEM_CA_FILE

_JARS = Path("/usr/share/java")
_MODES = {
    ("false", "false", "false"): "none",
    ("true", "false", "false"): "starttls_opportunistic",
    ("true", "true", "false"): "starttls",
    ("false", "false", "true"): "implicit_tls",
}

_VERIFY: Mapping[tuple[str | None, str | None], bool] = {("true", None): True, ("false", "*"): False}


def why_not() -> str | None:
    """Say why no Java can be compiled here, or nothing."""
    return None if shutil.which("javac") else "java: javac is not installed (apt-get install default-jdk-headless)"


@cache
def program(name: str, *jars: str) -> subprocess.Popen[str]:
    """A program of `senders` that runs on, trusting whom the system trusts; it ends with this machine."""
    folder = Path(tempfile.mkdtemp(dir="/run"))
    path = ":".join(str(_JARS / f"{jar}.jar") for jar in jars)
    sources = [str(SENDERS / f"{source}.java") for source in (name, "Json")]
    subprocess.run(["javac", "-d", str(folder), "-cp", path, *sources], check=True)
    trusted = folder / "trusted.p12"
    command = ["keytool", "-importcert", "-noprompt", "-alias", "system", "-file", str(SYSTEM_CA_FILE)]
    subprocess.run([*command, "-keystore", str(trusted), "-storepass", "a-password"], check=True, capture_output=True)
    command = [
        "java",
        "-XX:+UseSerialGC",
        "-Xlog:disable",
        "-Djava.io.tmpdir=/run",
        f"-Djavax.net.ssl.trustStore={trusted}",
        "-Djavax.net.ssl.trustStorePassword=a-password",
        "-cp",
        f"{folder}:{path}",
        name,
    ]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def ask(running: subprocess.Popen[str], *words: object) -> dict[str, str]:
    """One request, and its answer."""
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write("\t".join(map(str, words)) + "\n")
    running.stdin.flush()
    answer: dict[str, str] = json.loads(running.stdout.readline())
    return answer


def understood(values: Mapping[str, str]) -> dict[str, JSON]:
    """What a session's properties stand for in the spec's own terms, but for the host and the port."""
    flags = [values.get(f"mail.smtp.{name}", "") for name in ("starttls.enable", "starttls.required", "ssl.enable")]
    verify = (values.get("mail.smtp.ssl.checkserveridentity"), values.get("mail.smtp.ssl.trust"))
    waits = {values.get(f"mail.smtp.{name}", "0") for name in ("connectiontimeout", "timeout", "writetimeout")}
    oldest = values.get("mail.smtp.ssl.protocols", "").partition(" ")[0].removeprefix("TLSv")
    username = values.get("username")
    assert values["mail.smtp.auth"] == str(username is not None).lower()
    name, address = parseaddr(values["mail.from"])
    assert address == values["mail.smtp.from"]
    mechanism = values.get("mail.smtp.auth.mechanisms", "auto").lower()
    return {
        "smtp.encryption": _MODES.get((flags[0], flags[1], flags[2])),
        "smtp.timeout": int(waits.pop()) / 1000 if len(waits) == 1 else None,
        "smtp.helo_name": values.get("mail.smtp.localhost"),
        "smtp.auth.username": username,
        "smtp.auth.password": values.get("password"),
        "smtp.auth.mechanism": mechanism if username else None,
        "smtp.tls.verify": _VERIFY.get(verify),
        "smtp.tls.minimum_version": oldest or None,
        "sender.address": address,
        "sender.display_name": str(make_header(decode_header(name))) or None,
    }
