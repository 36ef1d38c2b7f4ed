# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nextcloud's values through a small PHP script that stands for occ: what is read and set, and what never shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._host.half import HostError
from ansible_collections.appmail.settings.plugins.module_utils._host.write import write
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from tests.servers.leaks import leaks

OCC = Path(__file__).parents[1] / "applications" / "readers" / "occ.php"
SECRET, OLD_SECRET = 'S3cret/Wörd+"42', "0ld/Secret+17"
THEIRS = {"instanceid": "oc1", "trusted_domains": ["a", "b"], "secret": "their+own/Secret9"}
STREAM = {"ssl": {"verify_peer": True, "verify_peer_name": True}}
OURS = {
    "mail_smtpmode": "smtp",
    "mail_smtphost": "smtp.example.edu",
    "mail_smtpport": 465,
    "mail_smtpsecure": "ssl",
    "mail_smtpauth": True,
    "mail_smtpname": "svc-mail",
    "mail_smtppassword": SECRET,
    "mail_smtptimeout": 30,
    "mail_from_address": "noreply",
    "mail_domain": "example.edu",
    "mail_smtpstreamoptions": STREAM,
}

pytestmark = pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")


@pytest.fixture(name="config")
def config_fixture(tmp_path: Path) -> Path:
    """Nextcloud's configuration, with its occ beside it."""
    shutil.copy(OCC, tmp_path / "occ")
    tmp_path.chmod(0o755)
    config = tmp_path / "config.json"
    before = {**THEIRS, "mail_smtphost": "old.example.edu", "mail_smtppassword": OLD_SECRET, "mail_smtpname": "old"}
    config.write_text(json.dumps(before))
    return config


def letter(config: Path, *, further: tuple[dict[str, Any], ...] = (), login: bool = True, **others: object) -> Any:  # noqa: ANN401
    spec: dict[str, Any] = {
        "schema_version": 1,
        "smtp": {"host": "smtp.example.edu", "encryption": "implicit_tls"},
        "sender": {"address": "noreply@example.edu"},
        "contacts": {"administrator": "admin@example.edu"},
    }
    if login:
        spec["smtp"]["auth"] = {"username": "svc-mail", "password": SECRET}
    target = {"app": "nextcloud", "options": {"occ": str(config.parent / "occ"), "user": ""}}
    judged = judge(Request(settings=spec, targets=[target, *further]))
    assert judged.errors == ()
    payload = files_payload(judged.targets, dest_root=None, backup=False, diff=True)
    return {**json.loads(json.dumps(payload)), **others}


def held(config: Path) -> Any:  # noqa: ANN401
    return json.loads(config.read_text())


def test_what_differs_is_set_once_and_theirs_stays(config: Path) -> None:
    before = held(config)
    checked = write(letter(config), check_mode=True)
    assert held(config) == before
    done, again = (write(letter(config), check_mode=False) for _time in range(2))
    assert held(config) == {**THEIRS, **OURS}
    assert [result["changed"] for result in (checked, done, again)] == [True, True, False]
    assert checked["set_values"] == done["set_values"]
    assert sorted(done["set_values"][0]["names"]) == sorted(OURS)
    assert again["set_values"] == [{"target": "nextcloud", "name": "config.php", "changed": False, "names": []}]
    assert again["diff"] == []


def test_a_value_that_is_not_set_any_more_is_taken_away(config: Path) -> None:
    write(letter(config), check_mode=False)
    done = write(letter(config, login=False), check_mode=False)
    assert sorted(done["set_values"][0]["names"]) == ["mail_smtpauth", "mail_smtpname", "mail_smtppassword"]
    without = {key: value for key, value in OURS.items() if key not in ("mail_smtpname", "mail_smtppassword")}
    assert held(config) == {**THEIRS, **without, "mail_smtpauth": False}


def test_other_options_of_one_value_stay(config: Path) -> None:
    config.write_text(json.dumps({"mail_smtpstreamoptions": {"socket": {"bindto": "0:0"}, "ssl": {"cafile": "/x"}}}))
    write(letter(config), check_mode=False)
    assert held(config)["mail_smtpstreamoptions"] == {"socket": {"bindto": "0:0"}, **STREAM}


def test_no_secret_is_an_argument_or_shown(config: Path) -> None:
    done = write(letter(config), check_mode=False)
    calls = Path(f"{config}.calls").read_text()
    assert [json.loads(call)[0] for call in calls.splitlines()] == ["config:list", "config:import", "config:list"]
    for text in (calls, json.dumps(done, ensure_ascii=False)):
        assert leaks(text, "svc-mail", SECRET) == []
        assert leaks(text, "old", OLD_SECRET) == []
        assert leaks(text, "oc1", THEIRS["secret"]) == []  # type: ignore[arg-type]
    (diff,) = done["diff"]
    assert '"mail_smtphost": "smtp.example.edu"' in diff["after"]
    assert '"mail_smtphost": "old.example.edu"' in diff["before"]
    assert "********" in diff["after"]


def test_a_command_that_fails_leaves_values_and_files_as_they_were(config: Path) -> None:
    other = config.parent / "mail.env"
    other.write_text("# Written by appmail.settings\nA=1\n")
    before = held(config)
    Path(f"{config}.broken").touch()
    further = ({"app": "vaultwarden", "dest": {"mail.env": str(other)}, "group": None},)
    asked = letter(config, further=tuple({k: v for k, v in entry.items() if v is not None} for entry in further))
    for file in asked["files"]:
        file.pop("group", None)
    with pytest.raises(HostError) as raised:
        write(asked, check_mode=False)
    said = str(raised.value)
    assert said.startswith("could not set the values of config.php (nextcloud): php ")
    assert "failed (exit status 1): cannot write config.php: ********" in said
    assert "mail_smtphost" in said
    assert said.endswith("have the values that they had; every file is as it was")
    assert leaks(said, "svc-mail", SECRET) == []
    assert (held(config), other.read_text()) == (before, "# Written by appmail.settings\nA=1\n")


FAILURES = {
    "it is no JSON": ("hello", "php printed no JSON"),
    "no object": ('["a"]', "php printed no JSON object"),
    "a key that stands twice": ('{"system": {"mail_smtphost": 1, "mail_smtphost": 2}}', "mail_smtphost is set 2 times"),
}


@pytest.mark.parametrize(("said", "message"), FAILURES.values(), ids=FAILURES)
def test_a_reading_that_cannot_be_read_changes_nothing(config: Path, said: str, message: str) -> None:
    (config.parent / "occ").write_text(f"<?php echo '{said}';")
    with pytest.raises(HostError) as raised:
        write(letter(config), check_mode=False)
    assert message in str(raised.value)
    assert str(raised.value).endswith("every file is as it was")


def test_what_is_overridden_elsewhere_is_found(config: Path) -> None:
    """Nextcloud reads further files in config/, and what they set wins: what was taken is not what is read."""
    occ = config.parent / "occ"
    override = "$config['mail_smtphost'] = 'other.example.edu';\nif ($argv[1] === 'config:list'"
    occ.write_text(occ.read_text().replace("if ($argv[1] === 'config:list'", override))
    with pytest.raises(HostError, match="took mail_smtphost, and php says something else: look for another place"):
        write(letter(config), check_mode=False)
    assert held(config)["mail_smtppassword"] == OLD_SECRET


def test_below_another_root_no_command_is_run(config: Path, tmp_path: Path) -> None:
    done = write(letter(config, dest_root=str(tmp_path / "root")), check_mode=False)
    assert not Path(f"{config}.calls").exists()
    assert done["warnings"] == [
        "config.php of nextcloud: a command sets these values on the host, not below another root"
    ]
