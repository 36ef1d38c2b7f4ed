# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of variables that Ansible passes over are told, exactly where Ansible itself does not read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.shadowed import shadowed_variables

SET = "---\n# ours\nemail_settings: {}\n"
FOLDER = "is not read: Ansible reads the folder prod beside this file in its place; move the file into it"
# The files below a project (a name that ends in / is an empty folder) -> file, line and sentence of what is not read.
PROJECTS: dict[str, tuple[dict[str, str], list[tuple[str, int, str]]]] = {
    "a file alone": ({"group_vars/prod.yml": SET}, []),
    "a folder alone": ({"group_vars/prod/email.yml": SET}, []),
    "a folder beside a file": (
        {"group_vars/prod.yml": SET, "group_vars/prod/other.yml": "x: 1\n"},
        [("group_vars/prod.yml", 3, FOLDER)],
    ),
    "an empty folder": ({"group_vars/prod.yml": SET, "group_vars/prod/": ""}, [("group_vars/prod.yml", 3, FOLDER)]),
    "a host's": ({"host_vars/prod.yaml": SET, "host_vars/prod/": ""}, [("host_vars/prod.yaml", 3, FOLDER)]),
    "two endings": (
        {"group_vars/prod.yml": SET, "group_vars/prod.yaml": SET},
        [
            (
                "group_vars/prod.yaml",
                3,
                "is not read: Ansible reads the file prod.yml beside this file in its place; make one file of both",
            )
        ],
    ),
    "no ending beside JSON": (
        {"group_vars/prod": "x: 1\n", "group_vars/prod.json": '{\n "email_targets": []}\n'},
        [
            (
                "group_vars/prod.json",
                2,
                "is not read: Ansible reads the file prod beside this file in its place; make one file of both",
            )
        ],
    ),
    "nothing of ours": (
        {"group_vars/prod.yml": "email_banner: x\nx:\n  email_settings: {}\n", "group_vars/prod/": ""},
        [],
    ),
    "another group's": ({"group_vars/prod.yml": SET, "group_vars/prod2/": ""}, []),
    "a kept copy": ({"group_vars/prod.yml": SET, "group_vars/prod.yml.bak": SET, "group_vars/prod.yml~": SET}, []),
    "as Windows writes it": (
        {"group_vars/prod.yml": "\ufeffemail_settings: {}\r\n", "group_vars/prod/": ""},
        [("group_vars/prod.yml", 1, FOLDER)],
    ),
    "no variables at all": ({"hosts.yml": "all:\n"}, []),
}


@pytest.mark.parametrize(("files", "told"), PROJECTS.values(), ids=PROJECTS)
def test_what_is_not_read_is_told(files: dict[str, str], told: list[tuple[str, int, str]], tmp_path: Path) -> None:
    for name, text in files.items():
        file = tmp_path / name
        if name.endswith("/"):
            file.mkdir(parents=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    found = shadowed_variables([tmp_path, tmp_path])
    assert [(str(each.file.relative_to(tmp_path)), each.line, each.message) for each in found] == told
    for each in found:
        folder = each.file.parent
        assert str(each.file) not in DataLoader().find_vars_files(str(folder), each.file.stem)
