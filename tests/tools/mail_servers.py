# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack Exim, OpenSMTPD, sendmail, Courier, Cyrus and nginx under build/, for the tests that check them.

The packages of Debian and Ubuntu refuse to be installed beside Postfix, for a system has one mail server. Unpacked,
with the libraries that apt would install with them, they harm nobody: nothing outside the folder is written.

Run as a program, with the folder to unpack into, it needs apt-get and dpkg-deb, and root only where apt's lists of
packages are missing or old.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "build" / "mail-servers"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PUBLIC_MIRROR = "http://deb.debian.org/debian"


@dataclass(frozen=True)
class Server:
    """A package, and the first major version of it that will do; an older one is taken from Debian's backports.

    `beside` are packages that lie in the same folder, for their tools. `alone`: what they stand on is left out.
    """

    package: str
    since: int = 0
    beside: tuple[str, ...] = ()
    alone: bool = False


# By the folder that each is unpacked into. OpenSMTPD 6.8 cannot do TLS with the OpenSSL 3 that Debian 12 has.
SERVERS = {
    "exim": Server("exim4-daemon-light"),
    "opensmtpd": Server("opensmtpd", since=7),
    "cyrus": Server("cyrus-imapd", beside=("sasl2-bin",)),
    "courier": Server("courier-mta", beside=("courier-imap", "courier-authdaemon", "courier-authlib-userdb")),
    "nginx": Server("libnginx-mod-mail"),
    "sendmail": Server("sendmail-bin", beside=("sasl2-bin",)),
}

# "Inst NAME [VERSION NOW] (VERSION THEN ORIGIN [ARCHITECTURE])", an epoch before the version if it has one
_INSTALL = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((?:\d+:)?(\d+)", re.MULTILINE)


class NotUnpacked(Exception):
    """A package could not be had or unpacked; the sentence has the tool's own words."""


def unpack(server: Server, folder: Path) -> None:
    """Unpack a package, and all that apt would install with it here, unless the folder is there already."""
    folder = folder.resolve()
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    # What is unpacked half never bears the name.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        work = Path(made)
        _download(server, work)
        for archive in sorted(work.glob("*.deb")):
            _run(["dpkg-deb", "--extract", archive.name, "unpacked"], work)
        (work / "unpacked").rename(folder)


def major_versions(plan: str) -> dict[str, int]:
    """What `apt-get install --simulate` would install: the major version by the package's name."""
    return {name: int(version) for name, version in _INSTALL.findall(plan)}


def _download(server: Server, work: Path) -> None:
    options: list[str] = []
    plan = {} if server.alone else _plan(server, options, work)
    if plan.get(server.package, server.since) < server.since:
        options = _backports(work)
        plan = _plan(server, options, work)
    # Root may read everywhere, and apt's own user may not read where a checkout lies. What is installed already is
    # not planned, but the server itself is wanted all the same.
    packages = sorted({server.package, *server.beside, *plan})
    _apt(["-o", "APT::Sandbox::User=root", "download", "-qq", *packages], options, work)


def _plan(server: Server, options: list[str], work: Path) -> dict[str, int]:
    command = ["install", "--simulate", "--no-install-recommends", server.package, *server.beside]
    return major_versions(_apt(command, options, work))


def _apt(command: list[str], options: list[str], work: Path) -> str:
    """What apt-get says; asked once more with fresh lists if those that it has do not lead to the packages."""
    try:
        return _run(["apt-get", *options, *command], work)
    except NotUnpacked:
        _run(["apt-get", *options, "update", "-qq"], work)
        return _run(["apt-get", *options, *command], work)


def _backports(work: Path) -> list[str]:
    """apt's options for this Debian and its backports, with lists of their own: the system's stay as they are."""
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    mirror = _mirror(suite, work)
    lines = [f"deb [signed-by={_KEYRING}] {mirror} {each} main\n" for each in (suite, f"{suite}-backports")]
    (work / "sources.list").write_text("".join(lines), encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
    }
    options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    options += ["--target-release", f"{suite}-backports"]
    _run(["apt-get", *options, "update", "-qq"], work)
    return options


def _mirror(suite: str, work: Path) -> str:
    """Where this machine has Debian from, which may be the one place that it can reach."""
    debian = ["Origin: Debian", "Label: Debian", f"Codename: {suite}"]
    known = _run(["apt-get", "indextargets", "--format", "$(SITE)", *debian], work)
    return next(iter(known.splitlines()), _PUBLIC_MIRROR)


def _run(command: list[str], folder: Path) -> str:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise NotUnpacked(f"{command[0]} is not here: only Debian and Ubuntu have these packages") from None
    except subprocess.CalledProcessError as failure:
        raise NotUnpacked(f"{' '.join(command)}: {failure.stderr.strip()}") from None


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    # One that cannot be had is no reason to do without the other.
    unpacked = [_is_unpacked(server, folder / name) for name, server in SERVERS.items()]
    return 0 if all(unpacked) else 1


def _is_unpacked(server: Server, folder: Path) -> bool:
    try:
        unpack(server, folder)
    except NotUnpacked as reason:
        print(reason, file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
