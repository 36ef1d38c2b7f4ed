# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/targets-writing.md shows is what comes of it."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.sources import MAKERS

PAGE = (Path(__file__).parents[3] / "docs" / "targets-writing.md").read_text(encoding="utf-8")


def test_the_application_of_your_own_is_written_as_the_page_shows(tmp_path: Path) -> None:
    target, settings, content = re.findall(r"```(?:yaml)?\n(.*?)```", PAGE, flags=re.DOTALL)[:3]
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "target.yml").write_text(target, encoding="utf-8")
    request = Request(settings=yaml.safe_load(settings), targets=[{"app": "ledger"}], target_paths=[str(tmp_path)])
    judgement = judge(request)
    assert not judgement.errors
    (file,) = judgement.targets[0].files
    assert file.content == content
    assert str(file.masked).splitlines()[5] == 'MAIL_PASSWORD="********"'


def test_the_page_names_every_format_dialect_and_source() -> None:
    dialects = {dialect for name, (_load, several) in FORMATS.items() if len(several) > 1 for dialect in several}
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    assert FORMATS.keys() | dialects <= named
    assert {source for source in MAKERS if f"{{{source}: " not in PAGE} == set()
