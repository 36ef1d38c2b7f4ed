# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's picture of the record, taken of the demo's page: python3 -m tests.tools.picture PAGE PICTURE."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = """
const [, modules, chromium, page, picture] = process.argv;
const playwright = require(`${modules}/playwright-core`);
(async () => {
  const args = ["--no-sandbox", "--disable-gpu"];
  const browser = await playwright.chromium.launch({ executablePath: chromium, args });
  const opened = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  await opened.goto(`file://${page}`);
  await opened.screenshot({ path: picture });
  await browser.close();
})();
"""


def main(page: str, picture: str) -> int:
    """Take the picture; the exit status."""
    modules = Path("build/browser/node_modules").resolve()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or not modules.is_dir():
        print("chromium and `make browser` are needed")
        return 1
    command = ["node", "-e", SCRIPT, str(modules), chromium, str(Path(page).resolve()), picture]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
