# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""XML: empty elements with attributes, of which the first dot of a name divides the element from the attribute.

In the dialect `elements` a slash stands between an element and the one that it is in: the file is a whole document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    Format,
    NotExpressible,
    Value,
    plain,
    unicode_text,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


# In place of xml.sax.saxutils, which reads all of urllib, http.client and ssl.
_REFERENCES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"},
)


def attribute(value: Value) -> str:
    """XML 1.0, sections 2.2 and 3.3.3: blanks other than a space need a reference, other control characters have none.

    Tomcat puts a system property in the place of `${...}` (System Property Replacements), and has no escape for it.
    """
    text = unicode_text(plain(value))
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text):
        raise NotExpressible(value, "it holds a control character that XML cannot hold")
    if "${" in text:
        raise NotExpressible(value, "it holds ${, which begins the name of a property")
    written = text.translate(_REFERENCES)
    quote = "'" if '"' in written and "'" not in written else '"'
    return quote + written.replace(quote, "&quot;") + quote


def _write(entries: list[Entry]) -> str:
    lines: list[str] = []
    for path, group in groupby(entries, key=lambda entry: entry[0].partition(".")[0]):
        *around, element = path.split("/")
        lines += [f"<{outer}>" for outer in around]
        lines.append(f"<{element}")
        lines += [f"  {name.partition('.')[2]}={attribute(value)}" for name, value in group]
        lines[-1] += " />"
        lines += [f"</{outer}>" for outer in reversed(around)]
    return "".join(f"{line}\n" for line in lines)


def _read(text: str) -> list[Entry]:
    # What is read was written by this collection's own targets, or is an administrator's own file.
    from xml.etree import ElementTree

    root = ElementTree.fromstring(f"<all>{text}</all>")  # noqa: S314
    return [(f"{part.tag}.{name}", value) for part in root for name, value in part.attrib.items()]


def _read_document(text: str) -> list[Entry]:
    from xml.etree import ElementTree

    return list(_entries(ElementTree.fromstring(text)))  # noqa: S314 (as above)


def _entries(element: Element, around: str = "") -> Iterator[Entry]:
    path = f"{around}{element.tag}"
    yield from ((f"{path}.{name}", value) for name, value in element.attrib.items())
    for part in element:
        yield from _entries(part, f"{path}/")


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
DIALECTS = {
    "attributes": Format(_write, _read, ""),
    "elements": Format(_write, _read_document, "", _DECLARATION),
}
