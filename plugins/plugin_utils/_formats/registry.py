# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""All formats by name: those of the managed host, and those that only the controller writes and reads."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import Format
from ansible_collections.appmail.settings.plugins.module_utils._formats.registry import FORMATS as HOST_FORMATS
from ansible_collections.appmail.settings.plugins.module_utils._formats.registry import Loader


def _yaml(dialect: str) -> Format:
    from .yaml_text import DIALECTS

    return DIALECTS[dialect]


def _toml(dialect: str) -> Format:
    from .toml_text import DIALECTS

    return DIALECTS[dialect]


def _xml(dialect: str) -> Format:
    from .xml_attributes import DIALECTS

    return DIALECTS[dialect]


def _blocks(dialect: str) -> Format:
    from .blocks import DIALECTS

    return DIALECTS[dialect]


def _assignments(dialect: str) -> Format:
    from .assignments import DIALECTS

    return DIALECTS[dialect]


FORMATS: dict[str, tuple[Loader, tuple[str, ...]]] = {
    **HOST_FORMATS,
    "yaml": (_yaml, ("nested", "flat", "erb", "jcasc")),
    "toml": (_toml, ("v1",)),
    "xml": (_xml, ("attributes", "elements")),
    "blocks": (_blocks, ("monit", "nagios", "icinga2", "apt")),
    "python": (_assignments, ("python",)),
    "php": (_assignments, ("php",)),
    "ruby": (_assignments, ("ruby",)),
}


def find_format(name: str, dialect: str | None = None) -> Format:
    """The format in that dialect, or in its first one; KeyError where there is none."""
    if name == "kubernetes":
        # No target names it: it is what any of them can be given as, and its dialect is the application.
        from .kubernetes import manifest_format

        return manifest_format(str(dialect))
    load, dialects = FORMATS[name]
    return load(dialect or dialects[0])
