# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacking mail servers with a made-up apt: which packages are taken, from where, and what is left when it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tools.mail_servers import NotUnpacked, Server, major_versions, unpack

# Writes down how it is called. If its lists are stale, it knows the package only once it was told to update them; the
# newer version comes from backports only. It has Debian from $MIRROR, if that is set.
APT_GET = """#!/bin/sh
echo "$*" >> "$CALLS"
list=$(printf '%s\\n' "$@" | sed -n 's/^Dir::Etc::sourcelist=//p')
[ -z "$list" ] || cat "$list" > "$CALLS.list" || exit 100
case "$*" in
*indextargets*) [ -z "$MIRROR" ] || printf '%s\\n' "$MIRROR" "$MIRROR" ;;
*update*) touch "$CALLS.updated" ;;
*--simulate*)
    [ -e "$CALLS.updated" ] || [ -z "$STALE" ] || { echo 'E: Unable to locate package' >&2; exit 100; }
    echo 'Remv other [3.7.11-0+deb12u1]'
    case "$*" in *backports*) version=7.4.0p1-1~bpo12+1 ;; *) version=6.8.0p2-4+b4 ;; esac
    echo 'Inst libneeded2 (2.1-1 Debian:12.15/oldstable [amd64])'
    echo "Inst server ($version Debian:12.15/oldstable [amd64])"
    ;;
*download*)
    [ -z "$BROKEN" ] || { echo 'E: Failed to fetch' >&2; exit 100; }
    touch server_1_amd64.deb libneeded2_2_amd64.deb
    ;;
esac
"""
DPKG_DEB = """#!/bin/sh
mkdir -p "$3" && touch "$3/${2%%_*}"
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the made-up apt-get, the first on PATH, writes how it was called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {"apt-get": APT_GET, "dpkg-deb": DPKG_DEB}.items():
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    for name in ("STALE", "BROKEN", "MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "calls"


def test_the_package_and_what_comes_with_it_are_unpacked(tmp_path: Path, calls: Path) -> None:
    unpack(Server("server"), tmp_path / "build" / "server")
    assert {path.name for path in (tmp_path / "build" / "server").iterdir()} == {"server", "libneeded2"}
    assert [path.name for path in (tmp_path / "build").iterdir()] == ["server"]
    assert "backports" not in calls.read_text()
    assert "update" not in calls.read_text()


def test_what_is_there_is_left_alone(tmp_path: Path, calls: Path) -> None:
    (tmp_path / "server").mkdir()
    unpack(Server("server"), tmp_path / "server")
    assert not calls.exists()


def test_a_version_too_old_is_taken_from_backports(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unpack(Server("server", since=7), Path("server"))
    assert (tmp_path / "server").exists()
    assert "backports" in calls.read_text().splitlines()[-1]


@pytest.mark.parametrize(
    ("mirror", "expected"),
    [
        pytest.param("http://mirror.example.edu/debian", "http://mirror.example.edu/debian", id="its own"),
        pytest.param("", "http://deb.debian.org/debian", id="none that apt knows"),
    ],
)
def test_backports_come_from_where_the_machine_has_its_packages(
    mirror: str, expected: str, tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRROR", mirror)
    unpack(Server("server", since=7), tmp_path / "server")
    sources = calls.with_name("calls.list").read_text().splitlines()
    assert [line.split()[2] for line in sources] == [expected, expected]
    assert [line.split()[3].partition("-")[2] for line in sources] == ["", "backports"]


def test_lists_that_do_not_know_the_package_are_renewed(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STALE", "yes")
    unpack(Server("server"), tmp_path / "server")
    assert (tmp_path / "server").exists()
    assert calls.read_text().count("update") == 1


def test_a_failure_has_the_words_of_apt_and_leaves_nothing(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "yes")
    with pytest.raises(NotUnpacked, match=r"apt-get .*: E: Failed to fetch"):
        unpack(Server("server"), tmp_path / "build" / "server")
    assert not list((tmp_path / "build").iterdir())
    assert calls.exists()


def test_another_system_has_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotUnpacked, match="only Debian and Ubuntu"):
        unpack(Server("server"), tmp_path / "server")


@pytest.mark.parametrize(
    ("line", "versions"),
    [
        pytest.param("Inst opensmtpd (6.8.0p2-4+b4 Debian:12.15/oldstable [amd64])", {"opensmtpd": 6}, id="new"),
        pytest.param("Inst libc6 [2.36-9] (2.41-1 Debian:13.0/stable [amd64])", {"libc6": 2}, id="renewed"),
        pytest.param("Inst libdb (5:5.3.28 Debian:13.0/stable [amd64]) []", {"libdb": 5}, id="epoch"),
        pytest.param("Remv postfix [3.7.11-0+deb12u1]", {}, id="removed"),
        pytest.param("Conf opensmtpd (6.8.0p2-4+b4 Debian:12.15/oldstable [amd64])", {}, id="configured"),
    ],
)
def test_what_apt_plans(line: str, versions: dict[str, int]) -> None:
    assert major_versions(f"Reading package lists...\n{line}\n") == versions
