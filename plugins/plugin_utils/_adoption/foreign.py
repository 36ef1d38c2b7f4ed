# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Formats that are read to adopt, and never written: master.cf, smtpd.conf, an environment in a Compose file, pairs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.yaml_text import composed
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON

from .main_cf import main_cf
from .muttrc import muttrc


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
    root = composed(text)
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
        own = {str(key.value) for key, _value in node.value}
        for key, value in node.value:
            if key.value == "<<":
                # What is merged in gives way to what stands here, and the first of several to none (YAML, merge keys).
                merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                said = {name: entry for other in reversed(merged) for name, *entry in _environment(other)}
                yield from ((name, *entry) for name, entry in said.items() if name not in own)  # type: ignore[misc]
            else:
                yield str(key.value), _plain(str(value.value)), key.start_mark.line + 1


def _plain(value: str) -> str | None:
    """Compose's own spelling: `$$` is a dollar sign, and a single one begins a variable."""
    return None if re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", value) else value.replace("$$", "$")


def _below(node: yaml.Node | None, key: str | None = None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    below = {str(name.value): value for name, value in node.value}
    return below if key is None else _below(below.get(key))


def colon(text: str, _dialect: str | None) -> Iterator[Said]:
    """A key, a colon and a value on each line, as Exim's lsearch and sSMTP read them; `#` begins a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        name, _colon, value = line.partition(":")
        if name.strip() and not line.lstrip().startswith("#"):
            yield name.strip().strip('"'), value.strip(), number


def dma_auth(text: str, _dialect: str | None) -> Iterator[Said]:
    """dma(8), auth.conf: USER|HOST:PASSWORD on each line, as USER:PASSWORD by the host."""
    for number, line in enumerate(text.splitlines(), 1):
        user, _bar, rest = line.partition("|")
        host, _colon, password = rest.partition(":")
        if not line.lstrip().startswith("#") and host:
            yield host.strip(), f"{user.strip()}:{password}", number


def ssmtp(text: str, _dialect: str | None) -> Iterator[Said]:
    """ssmtp.c, read_config(): a key in any case, and a value up to a blank or a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*([A-Za-z]+)\s*[= \t]\s*([^#\s]*)", line)
        if match is not None:
            yield match[1].lower(), match[2], number


_SMTPD_WORDS = re.compile(r'"[^"]*"|[^\s"]+')
# What smtpd.conf(5) has with a value behind it in a relay action.
_VALUED = (
    "host",
    "auth",
    "helo",
    "mail-from",
    "pki",
    "src",
    "backup",
    "filter",
    "helo-src",
    "user",
    "ttl",
    "ca",
    "tls",
)
_STATEMENTS = [
    "action",
    "admd",
    "bounce",
    "ca",
    "filter",
    "include",
    "listen",
    "match",
    "mta",
    "pki",
    "proc",
    "queue",
    "smtp",
    "srs",
    "table",
    "accept",
    "reject",
    "limit",
]
# What says where mail to local users goes, and what every one of these files has.
_COMMON = (
    "table aliases file:/etc/aliases",
    "listen on socket",
    "match for local action local",
    "action local maildir alias <aliases>",
    "action local_users maildir alias <aliases>",
    "match for local action local_users",
    "match from local for local action local_users",
    "listen on localhost",
    "listen on lo",
    "listen on lo0",
)


def smtpd(text: str, _dialect: str | None) -> Iterator[Said]:
    """OpenSMTPD's smtpd.conf(5): `relay.` and a word for the action of the last rule for any recipient.

    Other relay actions are `action.NAME.` and a word, tables `table.NAME`; what else stands there is named by its first
    words. What every such file has is passed by.
    """
    lines = [(words, number) for words, number in _smtpd_lines(text) if " ".join(words) not in _COMMON]
    chosen = next((words[-1] for words, _number in reversed(lines) if words[0] == "match" and "any" in words), None)
    for words, number in lines:
        if words[0] == "action" and len(words) > 2 and words[2] == "relay":
            before = "relay" if words[1] == chosen else f"action.{words[1]}"
            yield from ((f"{before}.{name}", value, number) for name, value in _relay(words[3:]))
        elif words[0] == "table" and len(words) > 2:
            inline = list(_inline(words[2:])) or [("", " ".join(words[2:]))]
            yield from ((f"table.{words[1]}.{label}".rstrip("."), said, number) for label, said in inline)
        elif words[0] == "pki" and len(words) > 3:
            yield f"pki.{words[1]}.{words[2]}", words[3], number
        elif words[:1] != ["match"] or words[-1] != chosen or "local" not in words:
            # What is no statement may be anything, a login too.
            said = 2 if words[0] in _STATEMENTS else 0
            yield " ".join(words[:said]), " ".join(words[2:]), number


def _inline(words: list[str]) -> Iterator[tuple[str, str]]:
    """The pairs of a table that stands in the file itself: `{ label = value, ... }`."""
    inner = [word.rstrip(",") for word in words if word not in ("{", "}", ",")]
    if words[0] == "{":
        yield from ((inner[at - 1], inner[at + 1]) for at, word in enumerate(inner[1:-1], 1) if word in ("=", "=>"))


def _smtpd_lines(text: str) -> Iterator[tuple[list[str], int]]:
    """The words of each line, macros in their place; a backslash at its end goes on in the next."""
    macros: dict[str, str] = {}
    held, begins = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        begins = begins if held else number
        held += line.split("#")[0] if '"' not in line else line
        if held.endswith("\\"):
            held = f"{held[:-1]} "
            continue
        macro = re.fullmatch(r'\s*(\w+)\s*=\s*"?([^"]*)"?\s*', held)
        words = [macros.get(word[1:], word) if word.startswith("$") else word for word in _unquoted(held)]
        held = ""
        if macro:
            macros[macro[1]] = macro[2]
        elif words and not words[0].startswith("#"):
            yield words, begins


def _unquoted(line: str) -> list[str]:
    return [word.strip('"') for word in _SMTPD_WORDS.findall(line)]


def _relay(words: list[str]) -> Iterator[tuple[str, str]]:
    """What a relay action says; of its host the protocol, the label of the login, the name and the port."""
    rest = iter(words)
    for word in rest:
        value = next(rest, "") if word in _VALUED else ""
        if word == "host":
            yield from _relay_host(value)
        else:
            yield (value, "yes") if word == "tls" and value == "no-verify" else (word, value)


def _relay_host(url: str) -> Iterator[tuple[str, str]]:
    match = re.fullmatch(r"(?:([a-z+]+)://)?(?:([^@/]*)@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?", url)
    if match is None:
        yield "host", url
        return
    protocol = match[1] or "smtp"
    yield "protocol", protocol
    yield "hostname", match[3]
    yield "port", match[4] or ("465" if protocol == "smtps" else "25")
    if match[2]:
        yield "label", match[2]


_APT = re.compile(
    r"""(?P<comment>//[^\n]*|\#(?!clear|include)[^\n]*|/\*.*?\*/)|"(?P<quoted>[^"\n]*)"|(?P<sign>[{};])|(?P<word>[^\s"{};]+)""",
    re.DOTALL,
)


def apt_conf(text: str, _dialect: str | None) -> Iterator[Said]:
    """apt.conf(5): values by their whole names, those of lists by the name of the list and two colons."""
    scopes: list[str] = []
    words: list[str] = []
    begins = 0
    for match in _APT.finditer(text):
        if match["comment"] is not None:
            continue
        begins = begins if words else text.count("\n", 0, match.start()) + 1
        if match["sign"] is None:
            words.append(match["word"] if match["quoted"] is None else match["quoted"])
            continue
        if match["sign"] == "{":
            scopes.append("".join(words[:1]))
        elif words:
            name = words[0] if len(words) > 1 else ""
            yield "::".join([*scopes, name]), words[-1], begins
        if match["sign"] == "}" and scopes:
            scopes.pop()
        words = []


FOREIGN: Mapping[str, Callable[[str, str | None], Iterator[Said]]] = {
    "apt_conf": apt_conf,
    "colon": colon,
    "compose": compose,
    "dma_auth": dma_auth,
    "main_cf": main_cf,
    "master_cf": master_cf,
    "muttrc": muttrc,
    "smtpd": smtpd,
    "ssmtp": ssmtp,
}
