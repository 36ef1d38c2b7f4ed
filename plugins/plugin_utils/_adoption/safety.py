# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What people set by hand and did not mean: what of an application's settings is unsafe, in sentences with a place."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import Coverage, TargetAtVersion

from .adopted import Adopted, Remark, SeenFile

_READ_BY_OTHERS = 0o004


def safety_of(at: TargetAtVersion, adopted: Adopted) -> list[Remark]:
    """A remark for each thing that is unsafe."""
    return [*_in_clear(at, adopted), *_not_verified(at, adopted), *_readable(at, adopted)]


def _in_clear(at: TargetAtVersion, adopted: Adopted) -> Iterator[Remark]:
    for protocol in ("smtp", "imap"):
        encryption = adopted.settings.get(f"{protocol}.encryption")
        logs_in = {f"{protocol}.auth.password", f"{protocol}.auth.username"} & adopted.settings.keys()
        if encryption is None or not logs_in:
            continue
        said = {
            "none": "sends its password in clear text",
            "starttls_opportunistic": "sends its password in clear text to whoever takes STARTTLS out of the answer",
        }.get(str(encryption.value))
        if said:
            message = f"{at.label}: {said}: {_better(at, encryption.leaf)}"
            yield Remark("warning", "password_in_clear", message, encryption.file, encryption.line, encryption.leaf)


def _better(at: TargetAtVersion, leaf: str) -> str:
    """What the application can do in place of sending a password in clear text."""
    modes = [mode for mode in ("starttls", "implicit_tls") if _accepts(at.coverage[leaf], value=mode)]
    return f"take {' or '.join(modes)}" if modes else "it knows no better"


def _accepts(coverage: Coverage, *, value: JSON) -> bool:
    return coverage.accepts is None or value in coverage.accepts


def _not_verified(at: TargetAtVersion, adopted: Adopted) -> Iterator[Remark]:
    for protocol in ("smtp", "imap"):
        verify = adopted.settings.get(f"{protocol}.tls.verify")
        if verify is not None and verify.value is False:
            coverage = at.coverage[verify.leaf]
            cure = "say tls.verify true" if _accepts(coverage, value=True) else str(coverage.reason)
            message = (
                f"{at.label}: takes any certificate, so whoever stands between reads the mail and the login: {cure}"
            )
            yield Remark("warning", "not_verified", message, verify.file, verify.line, verify.leaf)


def _readable(at: TargetAtVersion, adopted: Adopted) -> Iterator[Remark]:
    secret = {setting.file: setting for setting in adopted.settings.values() if setting.leaf in SECRET_LEAVES}
    for file in adopted.files:
        if file.path in secret and _for_everybody(file):
            message = f"{at.label}: every user of the host may read the password in it (mode {file.mode}): chmod o-r"
            yield Remark("warning", "readable_by_everybody", message, file.path, secret[file.path].line)


def _for_everybody(file: SeenFile) -> bool:
    return file.mode is not None and bool(int(file.mode, 8) & _READ_BY_OTHERS)
