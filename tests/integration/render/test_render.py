# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""render through real plays: nothing, once, and nothing again; all files or none; no secret anywhere."""

from __future__ import annotations

import grp
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
import yaml

from tests.integration.playbooks import assert_no_secret, run_playbook

OLD_SECRET = "Old+Secret/of_the%host"
SECRET = "New&Secret=for the*relay"


def project(folder: Path, targets: list[dict[str, object]], **options: object) -> Path:
    """A playbook that renders the targets below `root`, its password from a variable."""
    settings = {
        "schema_version": 1,
        "smtp": {
            "host": "smtp.example.edu",
            "encryption": "implicit_tls",
            "auth": {"username": "svc-mail", "password": "{{ vault_smtp_password }}"},
        },
        "sender": {"address": "noreply@example.edu", "reply_to": "noreply@example.edu"},
        "contacts": {"administrator": "admin@example.edu"},
    }
    render = {
        "settings": "{{ email_settings }}",
        "targets": "{{ email_targets }}",
        "target_paths": ["targets"],
        "dest_root": str(folder / "root"),
        **options,
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"name": "render", "appmail.settings.render": render}],
    }
    (folder / "targets").mkdir()
    # Not in the play: Ansible itself shows the lines around a task that failed.
    variables = {"email_settings": settings, "email_targets": targets, "vault_smtp_password": SECRET}
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    (folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return folder


def own_target(folder: Path, name: str, template: str, **file: object) -> None:
    """An application of the user's own: one folder, no code."""
    place = folder / "targets" / name
    place.mkdir()
    description = {
        "label": name,
        "kind": "config_file",
        "documentation": {"title": "none", "product": name, "source": "this test"},
        "files": [{"name": "own.conf", "template": "own.conf.j2", "path": f"/etc/{name}.conf", "mode": "0640", **file}],
        "coverage": {
            "smtp": {"carried": True},
            **{
                section: {"not_carried": "this test needs no more"}
                for section in (
                    "imap",
                    "sender",
                    "contacts",
                    "delivery",
                    "attachments",
                    "error_notifications",
                    "application",
                )
            },
            "sender.address": {"carried": True},
        },
    }
    (place / "target.yml").write_text(json.dumps(description), encoding="utf-8")
    (place / "own.conf.j2").write_text(template, encoding="utf-8")


def tree(root: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder: its content and its mode."""
    files = [file for file in sorted(root.rglob("*")) if file.is_file()]
    return {str(file.relative_to(root)): (file.read_text(), stat.S_IMODE(file.stat().st_mode)) for file in files}


def test_check_mode_then_once_then_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "msmtp"}, {"app": "teamconnect"}])
    root = folder / "root"

    foreseen = run_playbook(folder, "--check")
    assert "changed=1" in foreseen.output
    assert not root.exists()

    done = run_playbook(folder)
    assert "changed=1" in done.output
    written = tree(root)
    assert written["etc/msmtp-password"][1] == 0o640
    assert SECRET in written["etc/msmtp-password"][0]
    assert SECRET not in "".join(content for name, (content, _mode) in written.items() if name != "etc/msmtp-password")
    assert "vault_smtp_password" in written["etc/appmail/teamconnect.settings.yml"][0]

    again = run_playbook(folder)
    assert "changed=0" in again.output
    assert "changed=0" in run_playbook(folder, "--check").output
    assert tree(root) == written


def test_diff_shows_that_a_secret_changed_and_neither_the_old_nor_the_new(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "postfix"}])
    passwords = folder / "root" / "etc" / "postfix" / "sasl_passwd"
    passwords.parent.mkdir(parents=True)
    passwords.write_text(f"[smtp.example.edu]:465 svc-mail:{OLD_SECRET}\n# {OLD_SECRET}\n")
    run = run_playbook(folder, "--diff", "-vvvv")
    assert run.status == 0, run.output
    assert "-********\n" in run.output
    assert "+[smtp.example.edu]:465 svc-mail:******** (changed)" in run.output
    assert_no_secret(run.output, SECRET, OLD_SECRET)
    assert SECRET in passwords.read_text()


def test_a_refusing_verifier_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "msmtp"}, {"app": "strict"}])
    own_target(
        folder,
        "strict",
        "password={{ settings.smtp.auth.password }}\n",
        verify={"command": ["grep", "-c", "nothing", "{file}"]},
    )
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "msmtprc").write_text("# as it was\n")
    before = tree(root)
    run = run_playbook(folder, "-vvvv")
    assert run.status == 2
    assert "verification failed for" in run.output
    assert "every file is as it was" in run.output
    assert tree(root) == before
    assert_no_secret(run.output, SECRET)


BAD_DESTINATIONS = {
    "a folder": lambda place: place.mkdir(parents=True),
    "a folder that is a file": lambda place: place.parent.parent.joinpath("etc").write_text("in the way"),
    "a link that leads to itself": lambda place: (place.parent.mkdir(parents=True), place.symlink_to(place)),
}


@pytest.mark.parametrize("name", BAD_DESTINATIONS)
def test_a_destination_that_cannot_be_written_is_one_sentence_and_nothing_is_done(tmp_path: Path, name: str) -> None:
    folder = project(tmp_path, [{"app": "own"}])
    own_target(folder, "own", "host={{ settings.smtp.host }}\n")
    root = folder / "root"
    root.mkdir()
    BAD_DESTINATIONS[name](root / "etc" / "own.conf")
    before = sorted(root.rglob("*"))
    run = run_playbook(folder)
    assert run.status == 2
    assert "own.conf" in run.output
    assert "Traceback" not in run.output
    assert sorted(root.rglob("*")) == before


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "own"}])
    own_target(folder, "own", "host={{ settings.smtp.host }}\n")
    real, link = folder / "root" / "srv" / "real.conf", folder / "root" / "etc" / "own.conf"
    for place in (real, link):
        place.parent.mkdir(parents=True)
    real.write_text("old\n")
    link.symlink_to(real)
    assert run_playbook(folder).status == 0
    assert link.is_symlink()
    assert real.read_text() == "host=smtp.example.edu\n"


def test_a_shared_file_keeps_what_others_wrote(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "postfix"}], backup=True)
    main = folder / "root" / "etc" / "postfix" / "main.cf"
    main.parent.mkdir(parents=True)
    main.write_bytes(b"# caf\xe9\nmyhostname = here\n")
    assert run_playbook(folder).status == 0
    assert main.read_bytes().startswith(b"# caf\xe9\nmyhostname = here\n# BEGIN appmail.settings postfix")
    backups = [file for file in main.parent.iterdir() if file.name.startswith("main.cf") and file != main]
    assert [file.read_bytes() for file in backups] == [b"# caf\xe9\nmyhostname = here\n"]


def test_two_targets_with_one_destination_are_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "own"}, {"app": "other", "dest": {"own.conf": "/etc/own.conf"}}])
    own_target(folder, "own", "a\n")
    own_target(folder, "other", "b\n")
    run = run_playbook(folder)
    assert run.status == 2
    assert "/etc/own.conf is written by own already" in run.output
    assert not (folder / "root").exists()


def test_a_value_that_a_format_cannot_carry_is_refused_at_its_place(tmp_path: Path) -> None:
    folder = project(tmp_path, [{"app": "postfix"}])
    secret = "first line\nsecond line"
    (folder / "extra.yml").write_text(yaml.safe_dump({"vault_smtp_password": secret}), encoding="utf-8")
    run = run_playbook(folder, "-e", "@extra.yml", "-vvvv")
    assert run.status == 2
    assert "extra.yml:1:22: smtp.auth.password: " in run.output
    assert_no_secret(run.output, "second line")


OCC = Path(__file__).parents[2] / "applications" / "readers" / "occ.php"


def all_ways_in(folder: Path) -> list[dict[str, object]]:
    """Keys in a file of others, values of a command, a version that the host says, and a drop-in of systemd."""
    (folder / "occ").write_text(OCC.read_text())
    (folder / "config.json").write_text(json.dumps({"instanceid": "x", "mail_smtppassword": OLD_SECRET}))
    (folder / "grafana.ini").write_text(
        f"[smtp]\nhost = old:25 ; theirs\npassword = {OLD_SECRET}\n[log]\nmode = file\n"
    )
    paths = ("am.yml", "am.password", "vw.env", "vw.conf")
    yml, password, env, unit = (str(folder / "out" / name) for name in paths)
    return [
        {"app": "grafana", "dest": {"grafana.ini": str(folder / "grafana.ini")}, "group": GROUP},
        {"app": "nextcloud", "options": {"occ": str(folder / "occ"), "user": ""}},
        {
            "app": "alertmanager",
            "version": "installed",
            "dest": {"alertmanager.yml": yml, "smtp_password": password},
            "group": GROUP,
        },
        {"app": "vaultwarden", "as": "systemd", "dest": {"mail.env": env, "vaultwarden.service.d": unit}},
    ]


GROUP = grp.getgrgid(os.getegid()).gr_name


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
@pytest.mark.skipif(shutil.which("amtool") is None, reason="amtool is not installed")
def test_all_ways_in_are_one_module_call(tmp_path: Path) -> None:
    folder = project(tmp_path, all_ways_in(tmp_path), dest_root="")
    first, second = (run_playbook(folder, "--diff", "-vvvv") for _time in range(2))
    for run, changed in ((first, "changed=1"), (second, "changed=0")):
        assert changed in run.output, run.output
        assert run.output.count("Using module file") == 1
        assert_no_secret(run.output, SECRET, OLD_SECRET)
    ini = (folder / "grafana.ini").read_text()
    assert ini.startswith(f"[smtp]\nhost = smtp.example.edu:465 ; theirs\npassword = `{SECRET}`\n")
    assert "\n[log]\nmode = file\n" in ini
    config = json.loads((folder / "config.json").read_text())
    assert (config["instanceid"], config["mail_smtppassword"]) == ("x", SECRET)
    unit = (folder / "out" / "vw.conf").read_text()
    assert f"EnvironmentFile = {folder}/out/vw.env" in unit
