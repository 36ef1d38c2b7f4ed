# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The base of errors that are a sentence for people: an action tells any of them as it is."""

from __future__ import annotations


class SentenceError(Exception):
    """Something cannot be done; the sentence says what and why, names what to mend, and never holds a secret."""
