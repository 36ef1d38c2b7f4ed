# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Exim as Debian configures it: what its own configuration came to, and sending with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from ansible_collections.appmail.settings.plugins.module_utils._formats.registry import FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.applications.installed import packaged_version
from tests.applications.proof import Letter, Trap
from tests.applications.world import User
from tests.applications.written import Written
from tests.integration.real.daemons import Log

PACKAGES = ("exim4-daemon-light",)
USERS = (User("Debian-exim", 64_901),)
TRAPS = {
    "TLS that may be left out": Trap(
        "exim4.conf.localmacros", "REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *", "# REMOTE_SMTP_SMARTHOST"
    ),
    "a certificate that nobody verifies": Trap(
        "exim4.conf.localmacros", "TLS_VERIFY_HOSTS = *", "TLS_VERIFY_HOSTS = :"
    ),
    "macros of a split configuration": Trap(
        "update-exim4.conf.conf", "dc_use_split_config=false", "dc_use_split_config=true"
    ),
    "a login for another host": Trap("passwd.client", "*:", "other.example.edu:"),
}

_SPOOL = Path("/var/spool/exim4")
_LOG = Log(Path("/var/log/exim4/mainlog"))
# What the package's own questions leave in it when nothing is changed.
_CONFIGURATION = """dc_eximconfig_configtype='local'
dc_other_hostnames=''
dc_local_interfaces='127.0.0.1 ; ::1'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='true'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='false'
dc_hide_mailname='true'
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""


def version() -> str:
    """Such as 4.96."""
    return packaged_version("exim4-base")


def prepare() -> None:
    """What the package makes when it is installed."""
    Path("/etc/exim4/update-exim4.conf.conf").write_text(_CONFIGURATION, encoding="utf-8")
    for folder in (_SPOOL, _LOG.path.parent):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, "Debian-exim", "Debian-exim")


def read(_written: Written) -> dict[str, JSON]:
    """What Exim's transport and router came to, and the login that it would find."""
    _update()
    _tells_its_macros()
    own, router = _driver("transport", "remote_smtp_smarthost"), _driver("router", "smarthost")
    host, port = re.fullmatch(r"\* (\S+)::(\d+) byname", router["route_list"]).groups()  # type: ignore[union-attr]
    username, _colon, password = _expanded(f"${{lookup{{{host}}}nwildlsearch{{/etc/exim4/passwd.client}}}}").partition(
        ":"
    )
    sender = own.get("headers_rewrite", "").removeprefix("*@* ").removesuffix(" fs")
    assert own.get("return_path", "") == (f"${{if def:return_path{{{sender}}}{{}}}}" if sender else "")
    return {
        "smtp.host": host,
        "smtp.port": int(port),
        "smtp.encryption": _encryption(own),
        "smtp.helo_name": _other_than(own["helo_data"], "$primary_hostname"),
        "smtp.tls.verify": own["tls_verify_hosts"] == "*",
        "smtp.tls.ca_file": _other_than(own["tls_verify_certificates"], "system"),
        "smtp.tls.client_certificate": own.get("tls_certificate"),
        "smtp.tls.client_key": own.get("tls_privatekey"),
        "smtp.auth.username": username or None,
        "smtp.auth.password": password or None,
        "sender.address": sender or None,
    }


def _tells_its_macros() -> None:
    """What adopting asks Exim for, `-bP macros`, has every macro of the file as it stands there."""
    read_lines = FORMATS["lines"][0]("equals").read
    said = dict(read_lines(_exim("-bP", "macros")))
    for name, value in read_lines(Path("/etc/exim4/exim4.conf.localmacros").read_text(encoding="utf-8")):
        assert said[name] == value, name


def _driver(kind: str, name: str) -> dict[str, str]:
    """The options of a driver that have a value, as Exim read them."""
    said = _exim("-bP", kind, name)
    return dict(re.findall(r"^(\w+) = (.+)$", said, re.MULTILINE))


def _expanded(text: str) -> str:
    return _exim("-be", text).rstrip("\n")


def _exim(*arguments: str) -> str:
    return subprocess.run(["exim4", *arguments], capture_output=True, check=True, text=True).stdout


def _encryption(own: dict[str, str]) -> str:
    if own.get("hosts_avoid_tls") == "*":
        return "none"
    if own.get("hosts_require_tls") != "*":
        return "starttls_opportunistic"
    return "implicit_tls" if own["protocol"] == "smtps" else "starttls"


def _other_than(value: str, default: str) -> str | None:
    return None if value == default else value


def _update() -> None:
    """What Debian's script does before Exim reads its configuration anew."""
    done = subprocess.run(["update-exim4.conf"], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr


def send(_written: Written, letter: Letter) -> str | None:
    """Send one message in the foreground; what Exim's log says if the relay did not take it."""
    _update()
    for folder in _SPOOL.iterdir():
        # Also what it remembers of a host that could not be reached.
        shutil.rmtree(folder)
    mark = _LOG.mark()
    command = ["exim4", "-odf", "-f", "root", letter.recipient]
    subprocess.run(command, input=letter.message, capture_output=True, check=True)
    said = _LOG.since(mark)
    return None if " => " in said else said
