# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the site under build/site, of docs/*.md and of what ansible-doc knows: `make site`.

    python -m tests.tools.site [FOLDER]

Runs with the tools of requirements/site.txt. Nothing is fetched: what Ansible's documentation is linked by stands here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.tools.address import repository
from tests.tools.tree import COLLECTIONS, ROOT, link_collection

DOCS = ROOT / "docs"
PLUGINS = "plugins"
# The way through the site: what stands where. A page that is not named comes under the last heading.
NAVIGATION = {
    "Getting started": ("start", "start-ci", "start-audit", "adopt"),
    "Daily work": ("gate", "policies", "audit", "compare", "oauth2", "editor-and-ci", "where-variables-lie"),
    "Look it up": ("settings", "targets", "reasons", "troubleshooting", f"{PLUGINS}/index"),
    "An application of your own": ("targets-writing", "targets-templates"),
    "Elsewhere": ("awx", "ways-to-run"),
    "More": ("gate-compared", "check-compared"),
}
# Where a page's own heading says too little beside others.
TITLES = {f"{PLUGINS}/index": f"Modules, role and plugins <{PLUGINS}/index>"}
# Where Ansible's documentation explains what plugins' pages refer to, below its address in conf.py.
ANSIBLES_LABELS = {
    "action_plugins": "plugins/action.html#action-plugins",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
    "list_of_collections": "collections/index.html#list-of-collections",
}


def lay_out(source: Path) -> None:
    """All that Sphinx reads, in a folder of its own."""
    shutil.rmtree(source, ignore_errors=True)
    (source / "static").mkdir(parents=True)
    shutil.copy(DOCS / "site" / "conf.py", source)
    shutil.copy(DOCS / "site" / "site.css", source / "static")
    for picture in DOCS.glob("*.png"):
        shutil.copy(picture, source)
    for page in DOCS.glob("*.md"):
        (source / page.name).write_text(for_the_site(page.read_text(encoding="utf-8")), encoding="utf-8")
    names = {page.stem for page in DOCS.glob("*.md")} | {f"{PLUGINS}/index"}
    index = (DOCS / "site" / "index.md").read_text(encoding="utf-8").replace("](../", "](")
    (source / "index.md").write_text("\n".join([index, *navigation(names)]), encoding="utf-8")
    (source / "ansible.inv").write_bytes(inventory(ANSIBLES_LABELS))


def for_the_site(text: str) -> str:
    """A page as the site has it: what lies beside docs/ is linked where the project is at home."""
    return re.sub(r"\]\(\.\./(?!\.)([^)]+)\)", rf"]({repository()}/blob/main/\1)", text)


def navigation(names: set[str]) -> Iterator[str]:
    """The toctrees over all pages, in MyST's words."""
    placed = {name for pages in NAVIGATION.values() for name in pages}
    last = list(NAVIGATION)[-1]
    for caption, pages in NAVIGATION.items():
        rest = sorted(names - placed) if caption == last else []
        yield "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", ""])
        yield from (TITLES.get(name, name) for name in [*pages, *rest] if name in names)
        yield "```\n"


def inventory(labels: dict[str, str]) -> bytes:
    """An inventory of labels, as Sphinx's intersphinx reads it (its version 2)."""
    head = "# Sphinx inventory version 2\n# Project: ansible\n# Version: \n"
    head += "# The remainder of this file is compressed using zlib.\n"
    lines = "".join(f"{label} std:label -1 {place} {label}\n" for label, place in labels.items())
    return head.encode() + zlib.compress(lines.encode())


def without_contents(plugins: Path) -> None:
    """Take the tables of contents out of the plugins' pages: the theme has one beside each page."""
    for page in plugins.rglob("*.rst"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"^\.\. contents::\n(?:[ ]+:.*\n)*", "", text, flags=re.MULTILINE), encoding="utf-8")


# What keeps people out who hear a page or go through it by keyboard, in what the theme and antsibull-docs write.
MENDED = (
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    (' aria-role="button"', ""),
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
)


def mend(site: Path) -> None:
    """Let everything that scrolls be reached by keyboard, and say no role that is none."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for wrong, right in MENDED:
            text = text.replace(wrong, right)
        page.write_text(text, encoding="utf-8")


def run(*command: str) -> None:
    """One of the tools beside this Python; what it says is shown where it fails."""
    tool = Path(sys.executable).parent
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_HOME": str(ROOT / ".ansible"),
        "PATH": f"{tool}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run([str(tool / command[0]), *command[1:]], env=environment, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: see above")


def main(arguments: list[str]) -> int:
    """Lay out, add the plugins' pages, build with warnings as errors."""
    site = Path(arguments[0] if arguments else ROOT / "build" / "site").resolve()
    source = site.with_name(f"{site.name}-source")
    link_collection()
    lay_out(source)
    plugins = source / PLUGINS
    plugins.mkdir()
    run("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--no-breadcrumbs",
        "--dest-dir", str(plugins), "appmail.settings")  # fmt: skip
    without_contents(plugins)
    shutil.rmtree(site, ignore_errors=True)
    run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "-d", f"{source}-doctrees", str(source), str(site))
    mend(site)
    print(f"open {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
