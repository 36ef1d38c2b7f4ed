# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as a site: made without a warning, whole, and read in Chromium on a desk and on a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from tests.tools.site import PLUGINS
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

PYTHON = ROOT / "build" / "venv-site" / "bin" / "python"
MODULES = ROOT / "build" / "browser" / "node_modules"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (PYTHON.parent / "sphinx-build").exists():
        pytest.skip("sphinx is not there: make site installs it under build/venv-site")
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [str(PYTHON), "-m", "tests.tools.site", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def texts(site: Path) -> dict[Path, str]:
    return {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}


def test_every_page_and_plugin_is_there(site: Path) -> None:
    names = {page.stem for page in (ROOT / "docs").glob("*.md")} | {f"{PLUGINS}/email_role"}
    for folder, kind in (("modules", "module"), ("lookup", "lookup"), ("filter", "filter")):
        files = (ROOT / "plugins" / folder).glob("[a-z]*.py")
        names |= {f"{PLUGINS}/{file.stem}_{kind}" for file in files}
    assert names - {str(page.relative_to(site).with_suffix("")) for page in texts(site)} == set()


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    pages = texts(site)
    ids = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in pages.items()}
    broken = []
    for page, text in pages.items():
        for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', text):
            parts = urllib.parse.urlsplit(link.replace("&amp;", "&"))
            if parts.scheme:
                continue
            to = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
            fragment = urllib.parse.unquote(parts.fragment)
            if not to.exists() or (fragment and to in ids and fragment not in ids[to]):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loads = re.compile(
        r'<(?:script|img|iframe)\b[^>]*\bsrc="(?:https?:)?//[^"]+"|<link\b[^>]*rel="stylesheet"[^>]*"https?:'
    )
    assert [str(page) for page, text in texts(site).items() if loads.search(text)] == []
    styles = [sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css")]
    assert [sheet for sheet in styles if re.search(r"url\(['\"]?https?:", sheet)] == []


def test_it_can_be_read_by_everyone_on_a_desk_and_on_a_phone(site: Path) -> None:
    if shutil.which("node") is None or not (MODULES / "playwright-core").is_dir():
        pytest.skip("playwright-core is not there: node, and make browser, install it")
    if BROWSER is None:
        pytest.skip("chromium is not installed")
    command = ["node", str(Path(__file__).with_name("look.js")), str(MODULES), BROWSER, str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen["pages"] == len(texts(site)), "a page was not looked at"
    assert (seen["requests"], seen["errors"], seen["wide"], seen["barriers"]) == ([], [], [], [])
    assert seen["passes"] > 100
