# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What else people write where a host belongs: a port, a scheme, a login, several hosts; and where that belongs."""

from __future__ import annotations

import re

# smtp://user@[host]:587/path, and all of it but the host may be left out (RFC 3986, 3).
_WRITTEN = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:(?P<login>[^@/\s]*)@)?"
    r"(?:\[(?P<bracketed>[^\]\s]+)\]|(?P<host>[^\s:/\[\]@,;]+))(?::(?P<port>[0-9]{1,5}))?(?:/[^\s,;]*)?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\S*\.\S*?(?:\s*[,;]\s*|\s+)\S*\.\S*")
# A host name has no more than 253 characters (RFC 1035, 2.3.4); what is far longer is no host with something else.
_LONGEST = 500
_IMPLICIT = frozenset({"smtps", "ssl", "tls", "imaps", "submissions"})


def host_cure(written: str, section: str) -> str:
    """What would be right, from a semicolon on; nothing where that is not known. `section` is smtp or imap."""
    if len(written) > _LONGEST:
        return ""
    parts = _WRITTEN.fullmatch(written.strip())
    if parts is None:
        return f"; {section}.host is one host alone" if _SEVERAL.fullmatch(written.strip()) else ""
    moved = []
    if parts["port"]:
        moved.append(f"{section}.port: {int(parts['port'])}")
    if parts["scheme"]:
        word = "implicit_tls" if parts["scheme"].lower() in _IMPLICIT else "starttls or none"
        moved.append(f"{section}.encryption: {word}")
    if parts["login"] is not None:
        moved.append(f"the login into {section}.auth")
    host = parts["bracketed"] or parts["host"]
    if not moved and host == written:
        return ""
    return f"; write {section}.host: {host}" + (f", and {', '.join(moved)}" if moved else "")
