# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""SCRAM-SHA-1 (RFC 5802)."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.appmail.settings.plugins.module_utils._mechanisms._scram import Scram


class ScramSha1(Scram):
    """See Mechanism."""

    NAME: ClassVar[str] = "SCRAM-SHA-1"
    DIGEST: ClassVar[str] = "sha1"
