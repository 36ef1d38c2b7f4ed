# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The formats by name. Each is imported when it is first asked for."""

from __future__ import annotations

from typing import Callable

from .format import Format

Loader = Callable[[str], Format]


def _ini(dialect: str) -> Format:
    from .ini import DIALECTS

    return DIALECTS[dialect]


def _dotenv(dialect: str) -> Format:
    from .dotenv import DIALECTS

    return DIALECTS[dialect]


def _properties(dialect: str) -> Format:
    from .properties import DIALECTS

    return DIALECTS[dialect]


def _lines(dialect: str) -> Format:
    if dialect == "msmtp":
        from .msmtp import DIALECT

        return DIALECT
    from .lines import DIALECTS

    return DIALECTS[dialect]


def _json(dialect: str) -> Format:
    from .json_text import DIALECTS

    return DIALECTS[dialect]


def _text(dialect: str) -> Format:
    if dialect == "msmtp":
        from .msmtp import PASSWORD

        return PASSWORD
    from .text import DIALECTS

    return DIALECTS[dialect]


def _mailrc(dialect: str) -> Format:
    from .mailrc import DIALECTS

    return DIALECTS[dialect]


def _words(dialect: str) -> Format:
    from .words import DIALECTS

    return DIALECTS[dialect]


# A format's name -> what loads it, and its dialects, of which the first is taken where none is named.
FORMATS: dict[str, tuple[Loader, tuple[str, ...]]] = {
    "ini": (_ini, ("go", "grafana", "python", "raw", "git", "fail2ban")),
    "dotenv": (_dotenv, ("compose", "dotenvy", "systemd", "shell", "symfony", "laravel")),
    "properties": (_properties, ("java", "spring")),
    "lines": (_lines, ("equals", "blank", "ssmtp", "set", "msmtp")),
    "json": (_json, ("nested", "flat")),
    "text": (_text, ("exact", "trimmed", "first_line", "jcasc", "msmtp")),
    "mailrc": (_mailrc, ("wysh",)),
    "words": (_words, ("dashes",)),
}
