# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Why there is no token."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError


class TokenError(SentenceError):
    """No access token could be had; the sentence names the cause and its cure."""
