# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive for Galaxy: what is in it and what is not, the same bytes twice, its manifests, and no password."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import tarfile
from pathlib import Path

import pytest

from tests.tools import archive as tool
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

TIME = 1_790_000_000
# Everything at the top of the checkout: whoever adds a name decides here, and in galaxy.yml, whether users get it.
IN = {
    ".ansible-lint",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "LICENSE",
    "LICENSES",
    "README.md",
    "SECURITY.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "examples",
    "meta",
    "page",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
    "schemas",
    "targets",
}
OUT = {
    ".ci",
    ".github",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    ".yamllint",
    "CONTRIBUTING.md",
    "Makefile",
    "extensions",
    "galaxy.yml",
    "hooks",
    "pyproject.toml",
    "requirements",
    "tests",
}
# What of the folders that are in it is not.
PARTS_OUT = {
    "changelogs/fragments",
    "docs/record.png",
    "docs/site",
    "examples/demo.py",
    "examples/vault-password-of-the-example",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", str(TIME))
        return tool.build(ROOT, tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def files(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {name: tool.read_member(tar, tar.getmember(name)) for name in tool.names_in(archive)}


def below(names: set[str], folder: str) -> set[str]:
    return {name for name in names if name == folder or name.startswith(f"{folder}/")}


def test_each_name_at_the_top_is_a_decision(files: dict[str, bytes]) -> None:
    there = {name.partition("/")[0] for name in tool.known_files(ROOT)}
    assert there == IN | OUT
    assert {name.partition("/")[0] for name in files} == IN | {tool.MANIFEST, tool.FILES}


def test_of_the_folders_that_are_in_it_all_is_but_for_what_is_named(files: dict[str, bytes]) -> None:
    known = set(tool.known_files(ROOT))
    wanted = {name for top in IN for name in below(known, top)}
    missing = wanted - set(files)
    assert missing == {name for part in PARTS_OUT for name in below(known, part)}
    # And no name here is one that is gone.
    assert [part for part in PARTS_OUT if not below(known, part)] == []


def test_every_file_is_as_it_is_here(files: dict[str, bytes]) -> None:
    changed = [name for name in set(files) - {tool.MANIFEST, tool.FILES} if files[name] != (ROOT / name).read_bytes()]
    assert changed == []


def test_no_password_of_the_examples_is_in_it(files: dict[str, bytes]) -> None:
    password = (ROOT / "examples/vault-password-of-the-example").read_bytes().strip()
    forms = (password, base64.b64encode(password).rstrip(b"="))
    assert [name for name, data in files.items() if any(form in data for form in forms)] == []
    said = files["examples/README.md"].decode() + files["examples/ansible.cfg"].decode()
    assert "in the repository alone" in said
    assert "not in the archive" in said


def test_the_manifests_list_all_that_is_in_it(files: dict[str, bytes]) -> None:
    listed = json.loads(files[tool.FILES])["files"]
    sums = {entry["name"]: entry["chksum_sha256"] for entry in listed if entry["ftype"] == "file"}
    assert sums == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name not in (tool.MANIFEST, tool.FILES)
    }
    described = json.loads(files[tool.MANIFEST])
    assert described["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(files[tool.FILES]).hexdigest()
    assert described["collection_info"]["name"] == "settings"


def test_nothing_tells_who_built_it_when_and_where(archive: Path) -> None:
    assert int.from_bytes(archive.read_bytes()[4:8], "little") == TIME
    assert not archive.read_bytes()[3] & 0x08, "the gzip header names a file"
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    assert {(member.mtime, member.uid, member.gid, member.uname, member.gname) for member in members} == {
        (TIME, 0, 0, "", "")
    }
    assert {oct(member.mode) for member in members} <= {"0o644", "0o755"}
    names = [member.name for member in members]
    assert names == [tool.FILES, tool.MANIFEST, *sorted(names[2:])]


CLONES = {"here": (0o022, "first"), "there": (0o077, "second/and/deeper")}


def test_two_clones_give_the_same_bytes(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At other paths, written under another umask and at another time, their files made in another order."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TIME))
    sums = set()
    for umask, path in CLONES.values():
        clone = tmp_path / path
        clone.parent.mkdir(parents=True, exist_ok=True)
        tool.run(["git", "-c", "safe.directory=*", "clone", "--quiet", str(ROOT), str(clone)], tmp_path, umask)
        # What is not committed yet is tested as well.
        for name in tool.known_files(ROOT)[:: -1 if umask == 0o077 else 1]:
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).unlink(missing_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
            (clone / name).chmod((ROOT / name).stat().st_mode & ~umask)
        for name in set(tool.known_files(clone)) - set(tool.known_files(ROOT)):
            (clone / name).unlink()
        sums.add(hashlib.sha256(tool.build(clone, tmp_path / "made" / path).read_bytes()).hexdigest())
    assert sums == {hashlib.sha256(archive.read_bytes()).hexdigest()}


def test_another_time_gives_another_archive(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TIME + 1))
    assert tool.written_again(archive, TIME) == archive.read_bytes()
    assert tool.written_again(archive, tool.epoch(ROOT)) != archive.read_bytes()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert tool.epoch(ROOT) == int(tool.git(["log", "-1", "--format=%ct"], ROOT))


@pytest.mark.parametrize("said", ["", "yesterday", "-1", "1.5"])
def test_a_time_that_is_none_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", said)
    with pytest.raises(tool.ArchiveError, match="SOURCE_DATE_EPOCH is no number of seconds"):
        tool.epoch(ROOT)


def test_no_page_in_it_leads_to_a_file_that_is_not(files: dict[str, bytes]) -> None:
    pages = {name: data.decode() for name, data in files.items() if name.endswith(".md")}
    links = {(name, link) for name, page in pages.items() for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page)}
    relative = {(name, link) for name, link in links if "://" not in link}
    assert relative
    paths = {(name, os.path.normpath(Path(name).parent / link)) for name, link in relative}
    assert {(name, path) for name, path in paths if not below(set(files), path)} == set()
