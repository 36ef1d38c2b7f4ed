# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack the packages of applications under build/packages, for the tests that adopt what they install.

Nothing is installed, and nothing else that they stand on is fetched. It needs apt-get and dpkg-deb, and root only where
apt's lists of packages are missing or old.
"""

from __future__ import annotations

import sys

from tests.tools.mail_servers import NotUnpacked, Server, unpack
from tests.tools.tree import ROOT

FOLDER = ROOT / "build" / "packages"
PACKAGES = (
    "dma",
    "exim4-config",
    "fail2ban",
    "monit",
    "opensmtpd",
    "prometheus-alertmanager",
    "s-nail",
    "smartmontools",
    "ssmtp",
)


def main() -> int:
    missing = 0
    for package in PACKAGES:
        try:
            unpack(Server(package, alone=True), FOLDER / package)
        except NotUnpacked as reason:
            print(reason, file=sys.stderr)
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
