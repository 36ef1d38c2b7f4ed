# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where a value was written, and whether it was vaulted.

The only file that touches ansible-core's tags. They are internal to ansible-core, so every import is guarded: without
them no place is known, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ansible.parsing.vault import VaultHelper, is_encrypted_file

try:
    from ansible._internal._datatag._tags import Origin
except ImportError:  # an ansible-core that keeps its tags elsewhere: positions are unknown then
    Origin = None  # type: ignore[assignment, misc]


@dataclass(frozen=True)
class Place:
    """A place in a file, lines and columns from 1; or only a description, as for ``-e`` on the command line."""

    file: str | None
    line: int | None = None
    column: int | None = None
    description: str | None = None


def place_of(value: object) -> Place | None:
    """Where this very object was written; None where it bears no tag (true, false, null, computed values)."""
    origin = Origin.get_tag(value) if Origin is not None else None
    if origin is None or origin is Origin.UNKNOWN:
        return None
    return Place(
        file=str(origin.path) if origin.path else None,
        line=origin.line_num,
        column=origin.col_num,
        description=str(origin.description) if origin.description else None,
    )


@lru_cache(maxsize=256)
def _is_encrypted(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the public helper takes an open file
            return bool(is_encrypted_file(file))
    except OSError:
        return False


def is_vaulted(value: object) -> bool:
    """Whether the value came out of a vault: a ``!vault`` scalar, or anything from an encrypted file."""
    if isinstance(value, str) and VaultHelper.get_ciphertext(value, with_tags=False):
        return True
    place = place_of(value)
    return place is not None and place.file is not None and _is_encrypted(place.file)


# Variables that repeat what stands elsewhere, or belong to Ansible itself.
_NOT_A_HOME = frozenset({"hostvars", "vars", "groups", "ansible_facts", "environment"})


def variable_at(place: Place, variables: Mapping[str, object]) -> str | None:
    """The name of the variable whose value was written at the place, such as ``vault_smtp_password``.

    Nested variables are named with dots. None where no variable was written there.
    """
    for name, value in variables.items():
        if name in _NOT_A_HOME or name.startswith("ansible_"):
            continue
        for found, below in _walk(name, value):
            if place_of(below) == place:
                return found
    return None


def _walk(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Every scalar below a variable, with its dotted name."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _walk(f"{name}.{key}", below)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, below in enumerate(value):
            yield from _walk(f"{name}[{index}]", below)
    else:
        yield name, value
