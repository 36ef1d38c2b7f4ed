# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Formats that are read to adopt, and never written: Postfix' master.cf, and the environment in a Compose file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON


class Word(NamedTuple):
    """A word of a line with the line that it stands on."""

    text: str
    line: int


# A key, its value, and its line.
Said = tuple[str, JSON, int]


def master_cf(text: str, _dialect: str | None) -> Iterator[Said]:
    """`-o` of each service as SERVICE/TYPE/PARAMETER, the way that postconf -P names them (master(5))."""
    for words in _services(text):
        service = "/".join(word.text for word in words[:2])
        options = iter(words[8:])
        for option in options:
            if option.text.startswith("-o"):
                setting = next(options, option) if option.text == "-o" else Word(option.text[2:], option.line)
                name, _equals, value = setting.text.strip("{} ").partition("=")
                yield f"{service}/{name.strip()}", value.strip(), setting.line


_WORDS = re.compile(r"\{[^}]*\}|\S+")


def _services(text: str) -> Iterator[list[Word]]:
    """The words of each logical line: one that begins with a blank goes on with the one before, comments between."""
    words: list[Word] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace() and words:
            yield words
            words = []
        words += [Word(word, number) for word in _WORDS.findall(line)]
    if words:
        yield words


def compose(text: str, dialect: str | None) -> Iterator[Said]:
    """The environment of each service whose image has `dialect` in its name; raises yaml.YAMLError.

    A value that comes from elsewhere, such as `${PASSWORD}`, is None.
    """
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for service in _below(root, "services").values():
        image = _below(service).get("image")
        if dialect and image is not None and dialect in str(image.value):
            yield from _environment(_below(service).get("environment"))


def _environment(node: yaml.Node | None) -> Iterator[Said]:
    """A mapping, or a list of NAME=VALUE."""
    if isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            name, equals, value = str(entry.value).partition("=")
            yield name, _plain(value) if equals else None, entry.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), _plain(str(value.value)), key.start_mark.line + 1


def _plain(value: str) -> str | None:
    """Compose's own spelling: `$$` is a dollar sign, and a single one begins a variable."""
    return None if re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", value) else value.replace("$$", "$")


def _below(node: yaml.Node | None, key: str | None = None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    below = {str(name.value): value for name, value in node.value}
    return below if key is None else _below(below.get(key))


FOREIGN: Mapping[str, Callable[[str, str | None], Iterator[Said]]] = {"compose": compose, "master_cf": master_cf}
