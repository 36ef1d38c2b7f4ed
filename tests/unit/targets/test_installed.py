# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`version: installed`: the controller renders for each range of versions, the host reads its own and takes one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files import programs
from ansible_collections.appmail.settings.plugins.module_utils._host.half import HostError
from ansible_collections.appmail.settings.plugins.module_utils._host.installed import compared
from ansible_collections.appmail.settings.plugins.module_utils._host.write import write
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

SPEC: dict[str, Any] = {
    "schema_version": 1,
    "smtp": {"host": "smtp.example.edu", "encryption": "implicit_tls"},
    "sender": {"address": "noreply@example.edu"},
    "contacts": {"administrator": "admin@example.edu"},
}


def judgement(app: str = "alertmanager", **smtp: object) -> Judgement:
    settings = {**SPEC, "smtp": {**SPEC["smtp"], **smtp}}
    return judge(Request(settings=settings, targets=[{"app": app, "version": "installed"}]))


def letter(judged: Judgement, root: Path) -> Any:  # noqa: ANN401
    """What goes to the host, as it comes there."""
    payload = files_payload(judged.targets, dest_root=str(root), backup=False, diff=True)
    return json.loads(json.dumps(payload))


@pytest.fixture(name="tool")
def tool_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for amtool: it says the version in the file beside it, on standard error, and accepts every file."""
    tool = tmp_path / "bin" / "amtool"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\n[ "$1" = --version ] && cat {tmp_path}/said >&2\nexit 0\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    return tool


# What is installed -> whether the file says how TLS begins, which Alertmanager knows from 0.31 on.
INSTALLED = {"0.25.0": False, "0.30.9": False, "0.31.0": True, "0.31": True, "1.2.3": True}


@pytest.mark.parametrize("version", INSTALLED)
def test_the_host_takes_what_is_for_its_version(version: str, tool: Path, tmp_path: Path) -> None:
    (tmp_path / "said").write_text(f"amtool, version {version} (branch: HEAD)\n")
    asked = letter(judgement(), tmp_path / "root")
    assert asked["files"] == []
    dry, done, again = (write(asked, check_mode=check_mode) for check_mode in (True, False, False))
    assert done["installed"] == {"alertmanager": version}
    assert [result["changed"] for result in (dry, done, again)] == [True, True, False]
    assert tool.exists()
    content = (tmp_path / "root/etc/prometheus/alertmanager.yml").read_text()
    assert ("smtp_force_implicit_tls" in content) == INSTALLED[version]


FAILURES = {
    "older than any that is described": (
        "amtool, version 0.20.1",
        "version 0.20.1 is installed, and none before 0.25 is",
    ),
    "no version in what it says": ("hello", "amtool --version ended with status 0 and said no version that matches"),
    "it is not installed": (
        None,
        "amtool, which would say its version, is not installed on this host; name its version",
    ),
}


@pytest.mark.parametrize(("said", "message"), FAILURES.values(), ids=FAILURES)
def test_without_a_version_nothing_is_written(
    said: str | None, message: str, tool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is None:
        tool.unlink()
        monkeypatch.setenv("PATH", str(tool.parent))
        monkeypatch.setattr(programs, "_FOLDERS_OF_TOOLS", ())
    (tmp_path / "said").write_text(said or "")
    with pytest.raises(HostError) as raised:
        write(letter(judgement(), tmp_path / "root"), check_mode=False)
    assert message in str(raised.value)
    assert str(raised.value).endswith("every file is as it was")
    assert not (tmp_path / "root").exists()


def test_what_an_older_version_refuses_is_a_warning_here_and_a_failure_there(tool: Path, tmp_path: Path) -> None:
    judged = judgement(port=2465)
    assert judged.valid
    (warning,) = [finding for finding in judged.warnings if finding.rule == "installed"]
    said = "smtp.port: Alertmanager 0.25 uses implicit_tls on port 465 and on no other; nearest: 465"
    assert (warning.path, warning.message) == (
        "email_targets[0].version",
        f"Alertmanager: where version 0.25 is installed nothing is written: {said}",
    )
    (tmp_path / "said").write_text("amtool, version 0.28.0\n")
    with pytest.raises(HostError, match=r"version 0\.28\.0 is installed, which takes other settings: smtp\.port: Al"):
        write(letter(judged, tmp_path / "root"), check_mode=False)
    (tmp_path / "said").write_text("amtool, version 0.31.0\n")
    assert tool.exists()
    assert write(letter(judged, tmp_path / "root"), check_mode=False)["changed"]


def test_what_no_version_takes_is_an_error() -> None:
    judged = judgement(encryption="starttls_opportunistic")
    assert [error.path for error in judged.errors] == ["smtp.encryption"]


def test_a_target_that_cannot_read_it_says_so() -> None:
    (error,) = judgement("grafana").errors
    assert (error.path, error.message) == (
        "email_targets[0].version",
        "grafana: its target cannot read which version is installed, so name the version",
    )


COMPARED = [("1", "1.0", 0), ("0.9", "0.10", -1), ("3.4", "3.7.11", -1), ("10.0", "9.9.9", 1)]


@pytest.mark.parametrize(("left", "right", "order"), COMPARED)
def test_versions_are_compared_by_their_numbers(left: str, right: str, order: int) -> None:
    assert compared(left, right) == order


@pytest.mark.parametrize("app", [app for app in target_names() if find_target(app).installed])
def test_what_says_the_version_is_asked_of_the_real_one(app: str, tmp_path: Path) -> None:
    installed = find_target(app).installed
    assert installed is not None
    if shutil.which(installed.command[0], path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        pytest.skip(f"{installed.command[0]} is not installed")
    asked = letter(judgement(app, encryption="starttls"), tmp_path / "root")
    version = write(asked, check_mode=True)["installed"][app]
    assert compared(version, find_target(app).versions[0]) >= 0
