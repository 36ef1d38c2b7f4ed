# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the collection says of itself: where it is at home, and its version, as `galaxy.yml` has them."""

from __future__ import annotations

NAME = "appmail.settings"
VERSION = "1.0.0"
REPOSITORY = "https://github.com/appmail/ansible-settings"


def page(name: str) -> str:
    """The address of a page of the documentation, such as `policies.md`."""
    return f"{REPOSITORY}/blob/main/docs/{name}"
