# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Postfix: what it understood of its files, and one of our own that sends."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written
from tests.integration.real.daemons import Log, open_folder, running, wait_until

PACKAGES = ("postfix",)
USERS = (User("postfix", 64_911), User("postdrop", 64_912))
# postconf waits until a file that it reads is two seconds old.
VERIFY = False
TRAPS = {
    "encryption without verification": Trap("main.cf", "security_level = secure", "security_level = encrypt"),
    "TLS where it is offered": Trap("main.cf", "security_level = secure", "security_level = may"),
    "a password for another relay": Trap("sasl_passwd", ":587 ", ":25 "),
}
_OWN_CONFIG, _OWN_FOLDER = Path("/etc/postfix"), Path("/var/lib/appmail")

SYSTEM_CA_FILE = "/etc/ssl/certs/ca-certificates.crt"

# Nothing listens; only what a client of a relay needs.
_MASTER = """postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
tlsmgr    unix - - n 1000? 1 tlsmgr
proxymap  unix - - n - - proxymap
scache    unix - - n - 1 scache
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
error     unix - - n - - error
smtp      unix - - n - - smtp
"""


def why_not(*, to_send: bool = False) -> str | None:
    """Say why Postfix cannot be asked here, or nothing."""
    if shutil.which("postconf") is None:
        return "Postfix is not installed (apt-get install postfix)"
    if to_send and os.geteuid() != 0:
        return "Postfix can only be started by root"
    return None


def version() -> str:
    """Such as 3.7.11."""
    done = subprocess.run(["postconf", "-d", "-h", "mail_version"], capture_output=True, check=True, text=True)
    return done.stdout.strip()


def prepare() -> None:
    """The system's own folder, in a machine of its own."""
    _OWN_FOLDER.mkdir()
    make_ready(_OWN_FOLDER, _OWN_CONFIG)


def make_ready(folder: Path, config: Path | None = None) -> Path:
    """A configuration folder with a main.cf that holds much else already, as the system's own does."""
    (folder / "queue").mkdir(mode=0o755)
    (folder / "data").mkdir(mode=0o755)
    config = config or folder / "config"
    config.mkdir(exist_ok=True)
    main = {
        "compatibility_level": "3.6",
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "maillog_file": str(folder / "postfix.log"),
        "maillog_file_prefixes": str(folder),
        "myhostname": "sender.example.test",
        "mydestination": "",
        "local_transport": "error:nothing is delivered here",
        "inet_interfaces": "loopback-only",
        "alias_maps": "",
        "smtp_host_lookup": "native",
        "relayhost": "",
        "smtp_tls_security_level": "may",
        "smtp_tls_CApath": "/etc/ssl/certs",
    }
    (config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in main.items()), encoding="utf-8")
    (config / "master.cf").write_text(_MASTER, encoding="utf-8")
    return config


def read(written: Written) -> dict[str, JSON]:
    """What Postfix made of its files, in the spec's own terms: every leaf that the target carries."""
    _age(written)
    said = _Settings(written.files["main.cf"].parent)
    relay = said["relayhost"]
    host, port = re.fullmatch(r"\[(.+)\]:([0-9]+)", relay).groups()  # type: ignore[union-attr]
    return {
        "smtp.host": host,
        "smtp.port": int(port),
        "smtp.encryption": _encryption(said),
        "smtp.timeout": _seconds(said, "smtp_connect_timeout", "smtp_helo_timeout", "smtp_starttls_timeout"),
        "smtp.helo_name": said.own("smtp_helo_name"),
        **_tls(said, host),
        **_login(said, relay),
        "sender.address": said.looked_up("anyone@example.org", said.own("sender_canonical_maps")),
        "contacts.administrator": said.own("2bounce_notice_recipient"),
        "delivery.retry_interval": _retry_interval(said),
        "error_notifications.address": _other_than(
            said.own("error_notice_recipient"), said.own("2bounce_notice_recipient")
        ),
    }


class _Settings:
    """Postfix's own answers about a configuration folder."""

    def __init__(self, config: Path) -> None:
        self._config = str(config)
        listed = self._ask("postconf", "-n").splitlines()
        self._own = {line.split(" =")[0] for line in listed}

    def __getitem__(self, name: str) -> str:
        """The value, expanded, be it set or a default."""
        return self._ask("postconf", "-x", "-h", name).rstrip("\n")

    def own(self, name: str) -> str | None:
        """The value where main.cf sets one that is not empty."""
        return (self[name] or None) if name in self._own else None

    def looked_up(self, key: str, table: str | None) -> str | None:
        """What a table has for a key."""
        return self._ask("postmap", "-q", key, table).removesuffix("\n") if table else None

    def _ask(self, program: str, *arguments: str) -> str:
        done = subprocess.run([program, "-c", self._config, *arguments], capture_output=True, check=True, text=True)
        assert "unused parameter" not in done.stderr, done.stderr
        return done.stdout


def _encryption(said: _Settings) -> str:
    level, wrapped = said["smtp_tls_security_level"], said["smtp_tls_wrappermode"]
    if level in ("none", "may"):
        assert wrapped == "no"
        return {"none": "none", "may": "starttls_opportunistic"}[level]
    return {"yes": "implicit_tls", "no": "starttls"}[wrapped]


def _tls(said: _Settings, host: str) -> dict[str, JSON]:
    level = said["smtp_tls_security_level"]
    if level == "none":
        return {f"smtp.tls.{name}": None for name in _TLS}
    name = said.own("smtp_tls_servername")
    if level == "secure":
        assert said["smtp_tls_secure_cert_match"] == name
    certificate = said.own("smtp_tls_cert_file")
    assert said["smtp_tls_CApath"] == ""
    assert said["smtp_tls_protocols"] == said["smtp_tls_mandatory_protocols"]
    refused = said["smtp_tls_mandatory_protocols"].replace("!", "").split(", ")
    return {
        "smtp.tls.verify": level == "secure",
        "smtp.tls.ca_file": _other_than(said["smtp_tls_CAfile"], SYSTEM_CA_FILE),
        "smtp.tls.server_name": _other_than(name, host),
        "smtp.tls.minimum_version": next(version for word, version in _VERSIONS.items() if word not in refused),
        "smtp.tls.client_certificate": certificate,
        "smtp.tls.client_key": _other_than(said.own("smtp_tls_key_file"), certificate),
    }


_TLS = ("verify", "ca_file", "server_name", "minimum_version", "client_certificate", "client_key")
_VERSIONS = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}


def _login(said: _Settings, relay: str) -> dict[str, JSON]:
    if said["smtp_sasl_auth_enable"] == "no":
        return {f"smtp.auth.{name}": None for name in ("username", "password", "mechanism")}
    username, _colon, password = str(said.looked_up(relay, said["smtp_sasl_password_maps"])).partition(":")
    return {
        "smtp.auth.username": username,
        "smtp.auth.password": password,
        "smtp.auth.mechanism": said["smtp_sasl_mechanism_filter"] or "auto",
    }


def _seconds(said: _Settings, *names: str) -> int:
    [value] = {said[name] for name in names}
    return int(value.removesuffix("s"))


def _retry_interval(said: _Settings) -> int | None:
    shortest, longest = said.own("minimal_backoff_time"), said.own("maximal_backoff_time")
    assert shortest == longest
    return int(shortest.removesuffix("m")) if shortest else None


def _other_than(value: str | None, default: str | None) -> str | None:
    return None if value == default else value


@dataclass(frozen=True)
class Sender:
    """A Postfix of our own that takes mail from `send` alone."""

    config: Path
    log: Log

    def send(self, recipient: str, message: bytes) -> None:
        """Queue one message as a local program would."""
        command = ["sendmail", "-C", str(self.config), "-f", "root@sender.example.test", recipient]
        subprocess.run(command, input=message, check=True, capture_output=True)

    def wait_for_the_end(self) -> str | None:
        """Wait for the first attempt to send; None if the relay took the mail, else what Postfix says of why not."""
        wait_until("Postfix to send", lambda: "status=" in self.log.since(0))
        said = self.log.since(0)
        return None if "status=sent" in said else said


@contextlib.contextmanager
def postfix_folder() -> Iterator[Path]:
    """A folder for a Postfix of our own, with its configuration folder made ready below it."""
    with open_folder() as folder:
        make_ready(folder)
        yield folder


def send(written: Written, letter: Letter) -> str | None:
    """Send one message with a Postfix that is started for it; what its log says if the relay did not take it."""
    _age(written)
    (_OWN_FOLDER / "postfix.log").unlink(missing_ok=True)
    with sender(_OWN_FOLDER, _OWN_CONFIG) as own:
        own.send(letter.recipient, letter.message)
        return own.wait_for_the_end()


def _age(written: Written) -> None:
    for path in written.files.values():
        os.utime(path, (path.stat().st_atime, path.stat().st_ctime - 10))


@contextlib.contextmanager
def sender(folder: Path, config: Path | None = None) -> Iterator[Sender]:
    """Start the Postfix of that folder."""
    config, log = config or folder / "config", Log(folder / "postfix.log")
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    command = ["postfix", "-c", str(config), "start-fg"]
    with running(command, log, lambda: log.path.exists() and "daemon started" in log.since(0)):
        try:
            yield Sender(config, log)
        finally:
            # The daemon's own way to end, which waits for its children.
            subprocess.run(["postfix", "-c", str(config), "stop"], capture_output=True, check=False)
