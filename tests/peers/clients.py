# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients: how each is told of an endpoint, and what it answered. Adding one is adding a row to CLIENTS."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import Endpoint
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints

# A client that is not done by then is ended: five times the timeout that it was given.
KILLED_AFTER = 15
SENDER, RECIPIENT = "app@example.edu", "help@example.edu"
MESSAGE = f"From: {SENDER}\nTo: {RECIPIENT}\nSubject: a test\n\nA test.\n"
_HERE = Path(__file__).parent
_TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")


@dataclass(frozen=True)
class Answer:
    """What a client made of a case. `code` is what a program sees: the exit code, or smtplib's class and code; `words`
    are the client's own, without what differs from run to run; `reply` is what it shows of the server's."""

    succeeded: bool
    hung: bool = False
    code: str = ""
    words: str = ""
    reply: str = ""
    seconds: float = 0.0

    @property
    def names_something(self) -> bool:
        return not (self.succeeded or self.hung)


@dataclass(frozen=True)
class Client:
    """`ask` gives the answer; `version` is a command that prints the client's, and `package` has it."""

    name: str
    ask: Callable[[Endpoint], Answer]
    version: tuple[str, ...]
    package: str = ""

    @property
    def is_installed(self) -> bool:
        return shutil.which(self.version[0]) is not None

    def said_version(self) -> str:
        """Its version, as it says it."""
        done = subprocess.run(self.version, capture_output=True, text=True, check=True)
        return done.stdout.split("\n", 1)[0].replace(" version", "")


@dataclass(frozen=True)
class _Done:
    code: int | None
    output: str
    errors: str
    seconds: float


def ask_ours(endpoint: Endpoint) -> Answer:
    """The check itself; its code is the reason."""
    began = time.monotonic()
    (result,) = check_endpoints([endpoint], 1)
    succeeded = result["category"] == "complete"
    return Answer(succeeded, code=str(result["reason"]), seconds=time.monotonic() - began)


def ask_swaks(endpoint: Endpoint) -> Answer:
    """swaks up to the stage that the settings reach, and no message."""
    command = ["swaks", "--server", endpoint.host, "--port", str(endpoint.port), "--timeout", _seconds(endpoint)]
    command += ["--from", endpoint.sender or SENDER, "--to", ",".join(endpoint.recipients) or RECIPIENT]
    command += ["--quit-after", _last_stage(endpoint), *_swaks_tls(endpoint)]
    if endpoint.helo_name:
        command += ["--helo", endpoint.helo_name]
    if endpoint.source_address:
        command += ["--local-interface", endpoint.source_address]
    secrets = {}
    if endpoint.username is not None:
        command += ["--auth", *([endpoint.mechanism.upper()] if endpoint.mechanism != "auto" else [])]
        # An empty value would be asked for on the terminal.
        secrets = {"SWAKS_OPT_auth_user": endpoint.username, "SWAKS_OPT_auth_password": endpoint.password or "<>"}
    done = _run(command, secrets)
    lines = re.split(r"\r?\n", done.output + done.errors)
    own = [line for line in lines if line.startswith(("***", "===")) or "Timeout (" in line]
    reply = [line for line in lines if line.startswith("<") and line not in own]
    sent = re.findall(r"^ [-~]> (EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT)\b", "\n".join(lines), flags=re.MULTILINE)
    last = [f"last sent {command}" for command in sent[-1:]]
    return _answer(endpoint, done, "\n".join([*own, *last]), "\n".join(reply))


def ask_smtplib(endpoint: Endpoint) -> Answer:
    """A script as users write it; see smtplib_check.py."""
    done = _run([sys.executable, "-I", str(_HERE / "smtplib_check.py")], {}, json.dumps(asdict(endpoint)))
    said = json.loads(done.output or "{}")
    succeeded = done.code == 0 and not said
    if done.code != 0 or succeeded:
        return _answer(endpoint, done, "", "")
    code = f"{said['class']} {said['code'] or ''}".strip()
    words = _normal(endpoint, said["words"])
    return Answer(succeeded=False, code=code, words=words, reply=said["reply"], seconds=done.seconds)


def ask_msmtp(endpoint: Endpoint) -> Answer:
    """A message where there is a login or a sender to try, for msmtp logs in only to send; else --serverinfo."""
    command = ["msmtp", f"--host={endpoint.host}", f"--port={endpoint.port}", f"--timeout={_seconds(endpoint)}"]
    command += _msmtp_tls(endpoint)
    if endpoint.helo_name:
        command.append(f"--domain={endpoint.helo_name}")
    if endpoint.source_address:
        command.append(f"--source-ip={endpoint.source_address}")
    secrets = {}
    if endpoint.username is not None:
        # In clear it uses PLAIN only when told so by name.
        by_itself = "plain" if endpoint.encryption == "none" else "on"
        mechanism = by_itself if endpoint.mechanism == "auto" else endpoint.mechanism
        secrets = {"MAIL_PASSWORD": endpoint.password or ""}
        command += [f"--auth={mechanism}", f"--user={endpoint.username}", '--passwordeval=printf %s "$MAIL_PASSWORD"']
    if endpoint.username is None and not endpoint.sender:
        done = _run([*command, "--serverinfo"], secrets)
    else:
        recipients = endpoint.recipients or (RECIPIENT,)
        done = _run([*command, f"--from={endpoint.sender or SENDER}", "--", *recipients], secrets, MESSAGE)
    # That it could not send says how it was asked, not why it failed.
    lines = [line for line in done.errors.split("\n") if "could not send mail" not in line]
    own = [line for line in lines if "server message:" not in line]
    return _answer(endpoint, done, "\n".join(own), "\n".join(line for line in lines if line not in own))


CLIENTS = (
    Client("swaks", ask_swaks, ("swaks", "--version"), "swaks"),
    Client("smtplib", ask_smtplib, (sys.executable, "--version")),
    Client("msmtp", ask_msmtp, ("msmtp", "--version"), "msmtp"),
)


def _swaks_tls(endpoint: Endpoint) -> list[str]:
    if endpoint.encryption == "none":
        return []
    tls = endpoint.tls
    command = ["--tls" if endpoint.encryption == "starttls" else "--tls-on-connect"]
    command += ["--tls-protocol", ",".join(f"tlsv{name.replace('.', '_')}" for name in _accepted(tls.minimum_version))]
    if tls.minimum_version < "1.2":
        command += ["--tls-cipher", "DEFAULT@SECLEVEL=0"]
    if tls.verify:
        command += ["--tls-verify", *(["--tls-ca-path", tls.ca_file] if tls.ca_file else [])]
    if tls.server_name:
        command += ["--tls-sni", tls.server_name]
    if tls.client_certificate:
        command += ["--tls-cert", tls.client_certificate, "--tls-key", tls.client_key or tls.client_certificate]
    return command


def _msmtp_tls(endpoint: Endpoint) -> list[str]:
    if endpoint.encryption == "none":
        return ["--tls=off"]
    tls = endpoint.tls
    command = ["--tls=on", f"--tls-starttls={'on' if endpoint.encryption == 'starttls' else 'off'}"]
    versions = "".join(f":+VERS-TLS{version}" for version in _accepted(tls.minimum_version))
    command.append(f"--tls-priorities=NORMAL:-VERS-ALL{versions}")
    if not tls.verify:
        command.append("--tls-certcheck=off")
    if tls.ca_file:
        command.append(f"--tls-trust-file={tls.ca_file}")
    if tls.server_name:
        command.append(f"--tls-host-override={tls.server_name}")
    if tls.client_certificate:
        command.append(f"--tls-cert-file={tls.client_certificate}")
        command.append(f"--tls-key-file={tls.client_key or tls.client_certificate}")
    return command


def _accepted(minimum: str) -> tuple[str, ...]:
    return tuple(version for version in _TLS_VERSIONS if version >= minimum)


def _last_stage(endpoint: Endpoint) -> str:
    if endpoint.recipients:
        return "RCPT"
    if endpoint.sender:
        return "MAIL"
    return "AUTH" if endpoint.username is not None else "HELO"


def _seconds(endpoint: Endpoint) -> str:
    return str(round(endpoint.timeout))


def _run(command: list[str], secrets: dict[str, str], given: str = "") -> _Done:
    """Run a client in a session of its own, and end it when its time is over. Secrets are in its environment, where
    no process list shows them."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **secrets}
    began = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as client:
        code: int | None
        try:
            output, errors = client.communicate(given.encode(), KILLED_AFTER)
            code = client.returncode
        except subprocess.TimeoutExpired:
            os.killpg(client.pid, signal.SIGKILL)
            output, errors = client.communicate()
            code = None
    return _Done(code, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace"), time.monotonic() - began)


def _answer(endpoint: Endpoint, done: _Done, own: str, reply: str) -> Answer:
    if done.code is None:
        return Answer(succeeded=False, hung=True, seconds=done.seconds)
    return Answer(done.code == 0, code=str(done.code), words=_normal(endpoint, own), reply=reply, seconds=done.seconds)


def _normal(endpoint: Endpoint, words: str) -> str:
    """A client's words without host, addresses, paths and numbers, which are of the case or the run and name no
    reason."""
    for part in endpoint.host.split():
        words = words.replace(part, "*")
    words = re.sub(r'DN="[^"]*"', "DN", words)
    words = re.sub(r"\S+@\S+|(/[\w.+-]+)+", "*", words)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", words)).strip()
