# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop closes: what an application's files say makes the spec that those very files are rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.host import to_mapping
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.tree import Host, variable_files
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get, put, without
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import effective
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names

SPECS = Path(__file__).parents[4] / "specs" / "targets"
MODES = ("none", "starttls_opportunistic", "starttls", "implicit_tls")
APPS = [
    app
    for app in target_names()
    if find_target(app).kind == "config_file"
    and (find_target(app).reads or any(file.format is not None for file in find_target(app).files))
    # What a command sets is not written into the file that is read.
    and not any(file.commands for file in find_target(app).files)
]
# What of their files is not read back, and so is told as left: who gets alerts.
PARTLY = {"alertmanager": "alertmanager.yml"}
# Files that a table cannot be read back from, by their nature: what they say is said through something else.
LESS = {"fail2ban", "icinga2", "nagios", "smartmontools", "unattended_upgrades"}


def rendered(app: str, mode: str, *, verify: bool, login: bool) -> tuple[Judgement, Tree]:
    """The target's own spec in one cell of the matrix."""
    spec: Tree = yaml.safe_load((SPECS / f"{app}.yml").read_text(encoding="utf-8"))
    if "smtp" in spec:
        spec = put(without(spec, ("smtp", "port")), "smtp.encryption", mode)
        spec = without(spec, ("smtp", "tls")) if mode == "none" else put(spec, "smtp.tls.verify", verify)
        spec = spec if login else without(spec, ("smtp", "auth"))
    return judge(Request(settings=spec, targets=[{"app": app}])), spec


def adopted(app: str, files: Mapping[str, str]) -> Adopted:
    at = find_target(app).at()
    paths = {file.name: file.path for file in at.files}
    seen = [SeenFile(name, paths[name], "root", "root", "0600", text=text) for name, text in files.items()]
    return read_application(at, None, seen, {})


CELLS = [
    (app, mode, verify, login)
    for app in APPS
    for mode, verify, login in product(MODES, (True, False), (True, False))
    if not rendered(app, mode, verify=verify, login=login)[0].errors
]


@pytest.mark.parametrize(("app", "mode", "verify", "login"), CELLS)
def test_what_is_read_is_what_was_written(app: str, mode: str, verify: bool, login: bool) -> None:
    """What is read is what the spec says; what decides where mail goes is read, or said to be open."""
    judgement, spec = rendered(app, mode, verify=verify, login=login)
    known = adopted(app, {file.name: file.content for file in judgement.targets[0].files})
    read, said = known.values(), {remark.leaf for remark in known.remarks if remark.rule == "left_open"}
    wanted = effective(spec)
    assert {leaf: value for leaf, value in read.items() if value != get(wanted, leaf)} == {}
    if app not in LESS and app not in PARTLY and "smtp" in spec:
        carried = {leaf for leaf, how in find_target(app).at().coverage.items() if how.kind == "carried"}
        for leaf in ("smtp.host", "smtp.encryption", "smtp.auth.username", "smtp.auth.password"):
            if leaf in carried and get(wanted, leaf) is not None:
                assert leaf in read or leaf in said


@pytest.mark.parametrize("app", [app for app in APPS if app not in LESS and app not in PARTLY])
def test_the_spec_that_is_adopted_renders_the_same_files(app: str) -> None:
    """But for what has no place in the files, such as a name of the sender that the application does not take."""
    for mode in MODES:
        judgement, _spec = rendered(app, mode, verify=True, login=True)
        if judgement.errors:
            continue
        files = {file.name: file.content for file in judgement.targets[0].files}
        again = judge(_adopted_request(app, files))
        assert [error.message for error in again.errors if error.rule != "required"] == []
        if not again.errors:
            assert {file.name: file.content for file in again.targets[0].files} == files


@pytest.mark.parametrize("app", PARTLY)
def test_what_is_not_read_back_is_told(app: str) -> None:
    judgement, _spec = rendered(app, "starttls", verify=app != "ssmtp", login=True)
    files = {file.name: file.content for file in judgement.targets[0].files}
    left = [remark.file for remark in adopted(app, files).left]
    assert any(path.endswith(PARTLY[app]) for path in left)


def _adopted_request(app: str, files: Mapping[str, str]) -> Request:
    """The variables that are written, with the secrets in the place of their variables."""
    known = adopted(app, files)
    secrets: dict[str, str] = {}

    def vaulted(text: str) -> tuple[str, str]:
        secrets[text] = text
        return text, text

    text = variable_files([Host("web1", "prod", group=True, found={app: to_mapping(known, vaulted)})])
    trees: dict[str, Any] = {name: yaml.load(content, _Vaulted) for name, content in text.items()}
    variables: dict[str, JSON] = {name: value for tree in trees.values() for name, value in tree.items()}
    return Request(
        settings=_filled(variables["email_settings"], variables),
        base=_filled(variables["email_settings_base"], variables),
        targets=_filled(variables["email_targets"], variables),
    )


class _Vaulted(yaml.SafeLoader):
    """YAML with the vault's tag, whose text stands in clear here."""


_Vaulted.add_constructor("!vault", lambda loader, node: str(loader.construct_scalar(node)).removesuffix("\n"))  # type: ignore[arg-type]
_Vaulted.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))  # type: ignore[arg-type]


def _filled(value: JSON, variables: Mapping[str, JSON]) -> JSON:
    if isinstance(value, Mapping):
        return {name: _filled(below, variables) for name, below in value.items()}
    if isinstance(value, list):
        return [_filled(below, variables) for below in value]
    if isinstance(value, str) and value.startswith("{{ vault_"):
        return variables[value.strip("{} ")]
    return value


def test_the_matrix_is_not_empty() -> None:
    assert len(APPS) > 20
    assert len(CELLS) > 200
