# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Which of our settings take effect: what stands in a block may be set again below it, or be passed over.

A block of keys is read by its format (_own_keys/set_again.py). Without keys, read are lines of `name = value` as
Postfix has them, postconf(5): what stands last counts, a line that begins with a blank continues the one before, and
comments between them do not end it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys

from .file_spec import Effective, FileSpec
from .managed_block import block_lines


@dataclass(frozen=True)
class Setting:
    """One setting of a file, with the numbers of its first line and of those that continue it."""

    name: str
    value: str
    line: int
    continued: tuple[int, ...] = ()


def settings_in(text: str, separator: str) -> list[Setting]:
    """All settings of a text, in its order; a name may come several times."""
    settings: list[Setting] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace():
            settings[-1:] = [_continued(setting, line, number) for setting in settings[-1:]]
            continue
        name, _separator, value = line.partition(separator)
        settings.append(Setting(name.strip(), _one_blank(value), number))
    return settings


def _continued(setting: Setting, line: str, number: int) -> Setting:
    return Setting(setting.name, _one_blank(f"{setting.value} {line}"), setting.line, (*setting.continued, number))


def _one_blank(value: str) -> str:
    return " ".join(value.split())


# An option of a service: `-o name=value`, and since Postfix 3.0 `-o { name = value }`; master(5).
_OPTION = re.compile(
    r"(?:^|\s)-o\s*(?:\{\s*(?P<braced>[^={}]+?)\s*=\s*(?P<inside>[^}]*?)\s*\}|(?P<name>[^\s={}]+)=(?P<value>\S*))"
)


def options_in(text: str, service: str) -> list[Setting]:
    """The options of a service, by its name and type (`smtp/unix`), with their lines; what stands last counts."""
    options: list[Setting] = []
    is_it = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            is_it = "/".join(line.split()[:2]) == service
            options = [] if is_it else options
        for match in _OPTION.finditer(line) if is_it else ():
            name, value = match["braced"] or match["name"], match["inside"] if match["braced"] else match["value"]
            options.append(Setting(name, _one_blank(value), number))
    return options


def overridden(spec: FileSpec, text: str, services: str) -> list[str]:
    """A sentence for each setting of our block that an option of the service defeats; `services` is its file's text."""
    if spec.effective is None or spec.effective.services is None or spec.block is None:
        return []
    lines = block_lines(text, spec.block) or range(0)
    ours = {setting.name: setting for setting in settings_in(text, spec.effective.separator) if setting.line in lines}
    place = f"{spec.path.rpartition('/')[0]}/{spec.effective.services['file']}"
    last = {option.name: option for option in options_in(services, spec.effective.services["service"])}
    return [
        f"{place}:{option.line} wins over {name} of our block: an option of the service counts more; delete it there"
        for name, option in last.items()
        if name in ours and name.startswith(spec.effective.services["begins"]) and option.value != ours[name].value
    ]


def defeats(spec: FileSpec, text: str, output: str | None) -> list[str]:
    """A sentence for each setting of our block that something defeats, with the line; no value is shown.

    `text` is the whole file as it will be, `output` what the application says takes effect, None where it said nothing.
    """
    if spec.effective is None or spec.block is None:
        return []
    lines = block_lines(text, spec.block)
    if lines is None:
        return []
    if spec.effective.keys is not None:
        return _set_again(spec.path, text, lines, spec.effective.keys, spec.effective.under)
    settings = settings_in(text, spec.effective.separator)
    last = {setting.name: setting for setting in settings}
    ours = {setting.name: setting for setting in settings if setting.line in lines}
    sentences = {
        name: _defeat(spec.path, setting, last[name], lines)
        for name, setting in ours.items()
        if last[name].value != setting.value or any(number not in lines for number in setting.continued)
    }
    sentences.update(_said_otherwise(spec, ours, output, sentences))
    return [*sentences.values(), *_elsewhere(spec.path, spec.effective, last, ours)]


def _defeat(path: str, ours: Setting, winner: Setting, lines: range) -> str:
    if winner.line not in lines:
        return f"{path}:{winner.line} wins over {ours.name} of our block: what stands last counts; delete that line"
    line = next(number for number in ours.continued if number not in lines)
    return f"{path}:{line} continues {ours.name} of our block, for it begins with a blank; delete the line or its blank"


def _set_again(path: str, text: str, lines: range, keys: OwnKeys, under: str | None) -> list[str]:
    """What stands below our block in a format with keys, and sets one of those that it sets."""
    from ansible_collections.appmail.settings.plugins.module_utils._own_keys.set_again import settings_of

    settings = list(settings_of(text, keys, under))
    ours = {name for name, line in settings if line in lines}
    return [
        f"{path}:{line} wins over {name} of our block: what stands last counts; delete that line"
        for name, line in settings
        if line >= lines.stop and name in ours
    ]


def _said_otherwise(
    spec: FileSpec, ours: dict[str, Setting], output: str | None, known: dict[str, str]
) -> dict[str, str]:
    """What the application itself reads otherwise than it is written, beside what is known already."""
    if output is None or spec.effective is None:
        return {}
    said = {setting.name: setting.value for setting in settings_in(output, spec.effective.separator)}
    program = spec.effective.command[0]
    return {
        name: f"{spec.path}: {program} says that {name} of our block does not take effect as it is written"
        for name, setting in ours.items()
        if name not in known and said.get(name, setting.value) != setting.value
    }


def _elsewhere(path: str, effective: Effective, last: dict[str, Setting], ours: dict[str, Setting]) -> Sequence[str]:
    rivals = [rival for rival in effective.elsewhere if rival["name"] in last and rival["name"] not in ours]
    return [
        f"{path}:{last[rival['name']].line}: {rival['name']} {rival['because']}"
        for rival in rivals
        if last[rival["name"]].value not in ("", *rival.get("harmless", ()))
    ]
