# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine of its own for one application, made of this one: it may write where it likes, and reaches nobody.

`unshared` gives the command that runs another in new namespaces (unshare(1)): of mounts, of the network, of the host's
name, and of processes, so that whatever was started in it ends with it. In there, `machine` lays writable overlays over
/etc, /opt, /usr and /var, with the application's unpacked package in them, makes the system trust an authority of ours,
and writes down what goes to the system's log (`SYSLOG`).
What is written to /etc there is gone afterwards; the ports are all free, also those that decide on encryption; and
`relay.example.edu` is this very machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.integration.real.daemons import Log
from tests.integration.real.syslog import syslog

# The relay's address is no interface's: what would send to itself is refused by mail servers, and by some to 127.0.0.1.
RELAY, RELAY_ADDRESS = "relay.example.edu", "192.0.2.25"
HOST = "host.example.net"
SYSTEM_CA_FILE = Path("/etc/ssl/certs/ca-certificates.crt")
OWN_CA_FILE = Path("/etc/ssl/own-ca.pem")
_LOG_FOLDER = Path("/run/appmail")
SYSLOG = Log(_LOG_FOLDER / "syslog")

_NAMESPACES = ("--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child")
_WRITABLE = ("etc", "opt", "usr", "var")
# What a package has outside of /usr lies there on a system of today.
_MERGED = ("bin", "sbin", "lib")


@dataclass(frozen=True)
class User:
    """A user that an application's package would make, with a group of the same name and number."""

    name: str
    number: int
    home: str = "/nonexistent"


@dataclass(frozen=True)
class Authorities:
    """Certificates: of an authority that the system trusts, of one that only a file names, of one that nobody knows."""

    good: trustme.LeafCert
    own: trustme.LeafCert
    misnamed: trustme.LeafCert
    untrusted: trustme.LeafCert
    clients: trustme.CA


def why_not() -> str | None:
    """Say why no machine of its own can be made here, or nothing."""
    if os.geteuid() != 0:
        return "only root may make namespaces with overlays in them"
    try:
        tried = subprocess.run(["unshare", *_NAMESPACES, "--", "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unshare is not installed (util-linux)"
    return f"unshare: {tried.stderr.strip()}" if tried.returncode else None


def unshared(command: list[str]) -> list[str]:
    """The command that runs `command` in namespaces of its own."""
    return ["unshare", *_NAMESPACES, "--", *command]


@contextlib.contextmanager
def machine(scratch: Path, unpacked: Path | None, users: Iterable[User]) -> Iterator[Authorities]:
    """Make this process's namespaces a machine: `scratch` is an empty folder, `unpacked` the application's package."""
    _wake_loopback()
    _own_network()
    socket.sethostname(HOST)
    _mount("-t", "tmpfs", "none", str(scratch))
    for name in _WRITABLE:
        _overlay(name, scratch, unpacked)
    _mount("-t", "tmpfs", "none", "/run")
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {HOST} host\n{RELAY_ADDRESS} {RELAY}\n"
    Path("/etc/hosts").write_text(hosts, encoding="utf-8")
    Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="utf-8")
    Path("/etc/mailname").write_text(f"{HOST}\n", encoding="utf-8")
    _add_users(users)
    _LOG_FOLDER.mkdir()
    with syslog(_LOG_FOLDER) as heard:
        for where, what in heard.mounts.items():
            _mount("--bind", str(what), where)
        yield _authorities()


def _wake_loopback() -> None:
    """Set IFF_UP (netdevice(7)): a new network has its loopback interface asleep."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, 0x8914, struct.pack("16sh14x", b"lo", 0x1))


def _own_network() -> None:
    """Take all of 192.0.2.0/24 for this machine, as `ip route add local 192.0.2.0/24 dev lo` does (rtnetlink(7))."""
    # A local route in the table of such routes, with its destination and its interface as attributes.
    route = struct.pack("=BBBBBBBBI", socket.AF_INET, 24, 0, 0, 255, 3, 254, 2, 0)
    route += struct.pack("=HH4s", 8, 1, socket.inet_aton("192.0.2.0"))
    route += struct.pack("=HHI", 8, 4, socket.if_nametoindex("lo"))
    # RTM_NEWROUTE with NLM_F_REQUEST, NLM_F_ACK and NLM_F_CREATE.
    header = struct.pack("=IHHII", 16 + len(route), 24, 0x1 | 0x4 | 0x400, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.send(header + route)
        (error,) = struct.unpack_from("=i", kernel.recv(4096), 16)
    if error:
        raise OSError(-error, os.strerror(-error))


def _overlay(name: str, scratch: Path, unpacked: Path | None) -> None:
    upper, work = scratch / name, scratch / f"{name}.work"
    upper.mkdir()
    work.mkdir()
    layers = [f"/{name}"] if unpacked is None else [*_layers(unpacked, name), f"/{name}"]
    _mount("-t", "overlay", "overlay", "-o", f"lowerdir={':'.join(layers)},upperdir={upper},workdir={work}", f"/{name}")


def _layers(unpacked: Path, name: str) -> list[str]:
    return [str(unpacked / name)] if (unpacked / name).is_dir() else []


def merge(unpacked: Path) -> None:
    """Move what a package has in /bin, /sbin and /lib below /usr, where those lead to."""
    for name in _MERGED:
        if (unpacked / name).is_dir():
            shutil.copytree(unpacked / name, unpacked / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(unpacked / name)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _add_users(users: Iterable[User]) -> None:
    """Write users and groups down that the system does not have."""
    for file, line in (("passwd", "{0}:x:{1}:{1}::{2}:/usr/sbin/nologin\n"), ("group", "{0}:x:{1}:\n")):
        path = Path("/etc") / file
        text = path.read_text(encoding="utf-8")
        known = {entry.partition(":")[0] for entry in text.splitlines()}
        added = [line.format(user.name, user.number, user.home) for user in users if user.name not in known]
        path.write_text(text + "".join(added), encoding="utf-8")


def _authorities() -> Authorities:
    system, own = trustme.CA(), trustme.CA()
    SYSTEM_CA_FILE.parent.mkdir(parents=True, exist_ok=True)
    system.cert_pem.write_to_path(str(SYSTEM_CA_FILE))
    own.cert_pem.write_to_path(str(OWN_CA_FILE))
    _name_by_hash(SYSTEM_CA_FILE)
    # What the walk over all leaves names for a certificate and its key: some applications look into the files.
    client = own.issue_cert(HOST)
    for name in ("one", "two", "cert"):
        client.private_key_and_cert_chain_pem.write_to_path(f"/etc/ssl/{name}.pem")
        client.private_key_pem.write_to_path(f"/etc/ssl/{name}.key")
        for kind in ("pem", "key"):
            Path(f"/etc/ssl/{name}.{kind}").chmod(0o640)
    return Authorities(
        good=system.issue_cert(RELAY),
        own=own.issue_cert(RELAY),
        misnamed=system.issue_cert("other.example.edu"),
        untrusted=trustme.CA().issue_cert(RELAY),
        clients=own,
    )


def _name_by_hash(certificate: Path) -> None:
    """OpenSSL finds an authority in a folder by a hash for a name (openssl-rehash(1))."""
    if shutil.which("openssl"):
        command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)]
        name = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
        (certificate.parent / f"{name}.0").unlink(missing_ok=True)
        (certificate.parent / f"{name}.0").symlink_to(certificate.name)
