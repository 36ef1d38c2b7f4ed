# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Characters that nobody sees, as copying from a web page or a chat brings them along into host names and addresses."""

from __future__ import annotations

import unicodedata

from .faults import Fault
from .paths import Tree, dotted, placed_scalars
from .settings import SECRET_LEAVES

# The joiners belong to words of several languages, which names may be made of (RFC 5892, appendix A.1 and A.2).
_JOINERS = "\u200c\u200d"
# What a person writes in any language, pictures included; and reasons.
_FREE = ("sender.display_name", "imap.mailbox")


def invisible_faults(written: Tree) -> list[Fault]:
    """A fault for each text that holds an invisible character (Unicode's category Cf) where none can be meant."""
    return [
        Fault(path, "invisible_character", f"holds an invisible character, {_named(found[0])}: write it anew, by hand")
        for path, text in placed_scalars(written)
        if isinstance(text, str)
        for found in [[each for each in text if unicodedata.category(each) == "Cf" and each not in _JOINERS]]
        if found and dotted(path) not in _FREE and dotted(path) not in SECRET_LEAVES and path[0] != "waivers"
    ]


def _named(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X}" + f" ({name})" * bool(name)
