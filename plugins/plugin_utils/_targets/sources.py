# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Where the value of an application's key comes from, and back: one class for each way that target.yml has.

`value` is what the key holds, None where it is left out. `settings` takes a value that was read apart again: for each
leaf the values that it may have, of which other keys of the same application leave one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import unquote

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible, Raw, plain
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, get
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAF_SCHEMAS, LEAVES

from .compositions import (
    ascii_address,
    ascii_host,
    host_port,
    mailbox,
    percent,
    split_host_port,
    split_mailbox,
)
from .expressions import evaluate

# A leaf -> the values that it may have had.
Readings = dict[str, list[JSON]]
Context = Mapping[str, object]


class Source(Protocol):
    """Where the value of a key comes from."""

    @property
    def leaves(self) -> tuple[str, ...]:
        """The leaves that stand in the value."""

    def value(self, context: Context, /) -> JSON:
        """What the key holds; NotExpressible where it cannot be written."""

    def settings(self, value: JSON, /) -> Readings:
        """What a value that was read says of the leaves; ValueError where it is none that `value` gives."""


class _OneWay:
    """A source that no leaf is read back from."""

    def settings(self, _value: JSON, /) -> Readings:
        return {}


def tree_of(context: Context) -> Tree:
    """The effective settings."""
    return cast("Tree", context["settings"])


# Units: how many of each are in the unit that the spec has for it.
_UNITS: dict[str, dict[str, float]] = {
    "seconds": {"ms": 1000, "s": 1, "minutes": 1 / 60},
    "minutes": {"ms": 60000, "s": 60, "minutes": 1},
    "MB": {"bytes": 1048576, "KB": 1024, "MB": 1},
}
LEAF_UNITS = {
    "smtp.timeout": "seconds",
    "imap.timeout": "seconds",
    "delivery.delay": "seconds",
    "delivery.retry_interval": "minutes",
    "attachments.max_size_mb": "MB",
}
UNITS = tuple(sorted({unit for units in _UNITS.values() for unit in units}))


def unit_factor(leaf: str, unit: str) -> float | None:
    """How many of the unit make one of the leaf's own; None where the leaf has no such unit."""
    return _UNITS.get(LEAF_UNITS.get(leaf, ""), {}).get(unit)


def word_name(value: JSON) -> str:
    """A leaf's value as it is named in a table of words."""
    return plain(cast("str", value)) if not isinstance(value, bool) else str(value).lower()


@dataclass(frozen=True)
class Leaf:
    """One leaf of the spec: as it is, in the application's words, in its unit, or with a text around it.

    `also` are other words that the application takes, each with the one that it stands for.
    """

    leaf: str
    words: Mapping[str, JSON] | None = None
    unit: str | None = None
    text: str | None = None
    default: JSON = None
    letters: str | None = None
    also: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def leaves(self) -> tuple[str, ...]:
        return (self.leaf,)

    def value(self, context: Context) -> JSON:
        value = get(tree_of(context), self.leaf)
        if value is None:
            return self.default
        if self.words is not None:
            return self._word(value)
        if self.letters == "ascii" and isinstance(value, str) and not value.isascii():
            raise NotExpressible(value, "it holds letters outside ASCII, with which the application cannot log in")
        written = _checked(self.leaf, self._converted(value))
        return written if self.text is None else self.text.replace("{value}", plain(cast("str", written)))

    def _word(self, value: JSON) -> JSON:
        words = self.words or {}
        if word_name(value) not in words:
            raise NotExpressible(value, f"it takes {', '.join(words)} only")
        return words[word_name(value)]

    def _converted(self, value: JSON) -> JSON:
        factor = unit_factor(self.leaf, self.unit) if self.unit else None
        if factor is None:
            return value
        converted = cast("float", value) * factor
        if round(converted) != converted:
            raise NotExpressible(value, f"it takes whole {self.unit} only")
        return round(converted)

    def settings(self, value: JSON) -> Readings:
        absent: list[JSON] = [None] if self.default is not None and alike(self.default, value) else []
        if self.words is not None:
            value = self.also.get(str(value), value)
            names = [name for name, word in self.words.items() if word is not None and alike(word, value)]
            truth = truth_of(value) if not names else None
            names = names or [name for name, word in self.words.items() if truth is not None and word is truth]
            return {self.leaf: self.settings_named(names) + absent}
        if absent:
            return {self.leaf: absent}
        text = _seconds(value) if self.leaf.endswith(".timeout") and not self.unit else value
        text = text if self.text is None or isinstance(text, int) else _inside(self.text, text)
        if self.leaf == "sender.address" and "<" in str(text):
            address, name = split_mailbox(str(text))
            return {"sender.address": [address], "sender.display_name": [name]}
        if self.leaf.endswith(".host"):
            _one_host(text)
        typed = _typed(self.leaf, text)
        factor = unit_factor(self.leaf, self.unit) if self.unit else None
        return {self.leaf: [typed if factor is None else _whole(cast("float", typed) / factor)]}

    def settings_named(self, names: Iterable[str]) -> list[JSON]:
        """The leaf's values that stand under these names in the table of words."""
        return [_typed(self.leaf, name) for name in names]


def alike(written: JSON, read: JSON) -> bool:
    """Whether a value that was written and one that was read are the same; a format without types reads text."""
    if isinstance(read, str) and not isinstance(written, str):
        return plain(cast("str", written)) == read
    return written == read and isinstance(written, bool) == isinstance(read, bool)


_TRUE, _FALSE = ("true", "yes", "on", "1", "t", "y"), ("false", "no", "off", "0", "f", "n")


def truth_of(value: JSON) -> bool | None:
    """A truth in any of the words that applications take for one; None for another value."""
    word = str(value).lower()
    return True if word in _TRUE else False if word in _FALSE else None


_DURATION = re.compile(r"(\d+)\s*(?:(s|sec|seconds?)|m|min|minutes?)")


def _seconds(value: JSON) -> JSON:
    """A duration in the words of Go and others, such as 5s and 2m, in seconds; another value as it is."""
    duration = _DURATION.fullmatch(str(value))
    return int(duration[1]) * (1 if duration[2] else 60) if duration else value


def _inside(text: str, value: JSON) -> str:
    before, _value, after = text.partition("{value}")
    held = plain(cast("str", value))
    if not held.startswith(before) or not held.endswith(after):
        raise ValueError("it is not written as this target writes it")
    return held[len(before) : len(held) - len(after)]


def _whole(number: float) -> int | float:
    return round(number) if round(number) == number else number


_READ_AS: Mapping[str, Callable[[str], JSON]] = {
    "integer": int,
    "number": float,
    "boolean": lambda text: {True: True, False: False}[truth_of(text)],  # type: ignore[index]
    "array": lambda text: text.split(",") if text else [],
}


def _typed(leaf: str, value: JSON) -> JSON:
    """A value as the leaf's schema has it; a format without types reads text."""
    if not isinstance(value, str):
        return value
    kind = LEAF_SCHEMAS[leaf].get("type")
    try:
        return _READ_AS.get(str(kind), str)(value)
    except (ValueError, KeyError):
        raise ValueError(f"it is not of the type {kind}") from None


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "host": ascii_host,
    "helo_name": ascii_host,
    "server_name": ascii_host,
    "address": ascii_address,
    "reply_to": ascii_address,
    "administrator": ascii_address,
    "helpdesk": ascii_address,
}


def _checked(leaf: str, value: JSON) -> JSON:
    """Names and addresses as they are on the wire, which is ASCII."""
    check = _CHECKS.get(leaf.rpartition(".")[2])
    return check(value) if check and isinstance(value, str) else value


@dataclass(frozen=True)
class AddressPart:
    """What of an address stands before or behind its last @ (RFC 5321, section 4.1.2): `local` or `domain`.

    A part alone says nothing of the leaf; it is read back under a name of its own, and joined with the other one.
    """

    leaf: str
    part: str

    @property
    def leaves(self) -> tuple[str, ...]:
        return (self.leaf,)

    def value(self, context: Context) -> JSON:
        address = get(tree_of(context), self.leaf)
        if address is None:
            return None
        local, _at, domain = str(_checked(self.leaf, address)).rpartition("@")
        return local if self.part == "local" else domain

    def settings(self, value: JSON) -> Readings:
        return {part_name(self.leaf, self.part): [value]}


def part_name(leaf: str, part: str) -> str:
    """Under what a part of a leaf is read back."""
    return f"{leaf}/{part}"


@dataclass(frozen=True)
class Present(_OneWay):
    """Whether a section of the spec is there, such as smtp.auth."""

    section: str
    words: Mapping[str, JSON] = field(default_factory=lambda: {"true": True, "false": False})
    leaves: tuple[str, ...] = ()

    def value(self, context: Context) -> JSON:
        return self.words[word_name(get(tree_of(context), self.section) is not None)]

    def is_off(self, value: JSON) -> bool:
        """Whether a value that was read says that the section is not there."""
        off = self.words["false"]
        return value is not None and (alike(off, value) or value == "" or (off is False and truth_of(value) is False))


@dataclass(frozen=True)
class Option(_OneWay):
    """An option of the target."""

    option: str
    words: Mapping[str, JSON] | None = None
    leaves: tuple[str, ...] = ()

    def value(self, context: Context) -> JSON:
        value = cast("Tree", context["options"]).get(self.option)
        return value if self.words is None or value is None else self.words[word_name(value)]

    def option_of(self, value: JSON) -> JSON:
        """The option's value by what a key holds; None where that is none of its words."""
        if self.words is None:
            return value
        names = [name for name, word in self.words.items() if alike(word, value)]
        return {"true": True, "false": False}.get(names[0], names[0]) if names else None


@dataclass(frozen=True)
class Constant(_OneWay):
    """The same value always; a Raw one is written without quoting."""

    constant: JSON
    leaves: tuple[str, ...] = ()

    def value(self, _context: Context, /) -> JSON:
        return self.constant


@dataclass(frozen=True)
class FilePath(_OneWay):
    """The path of another file of the target, raw, with a text around it: the application's own reference."""

    file: str
    text: str = "{file}"
    leaves: tuple[str, ...] = ()

    def value(self, context: Context) -> JSON:
        path = cast("Mapping[str, str]", context["files"])[self.file]
        return path if self.text == "{file}" else Raw(self.text.replace("{file}", path))


@dataclass(frozen=True)
class Expression(_OneWay):
    """A Jinja expression; the leaves that it names stand in its value, and it is not read back."""

    expression: str

    @property
    def leaves(self) -> tuple[str, ...]:
        named = set(re.findall(r"settings\.([a-z_0-9.]+)", self.expression))
        return tuple(leaf for leaf in LEAVES if leaf in named)

    def value(self, context: Context) -> JSON:
        return cast("JSON", evaluate(self.expression, context))


@dataclass(frozen=True)
class Mailbox:
    """`"Name" <address>` (RFC 5322): the leaf of the address, and that of the name."""

    leaves: tuple[str, ...]

    def value(self, context: Context) -> JSON:
        address, name = (get(tree_of(context), leaf) for leaf in self.leaves)
        return None if address is None else mailbox(str(address), cast("str | None", name))

    def settings(self, value: JSON) -> Readings:
        address, name = split_mailbox(str(value))
        return {self.leaves[0]: [address], self.leaves[1]: [name]}


def _one_host(value: JSON) -> None:
    """Raises ValueError for a list of servers, of which a spec has one."""
    if re.search(r"[;,\s]", str(value)):
        raise ValueError("says more than one server, and a spec has one")


@dataclass(frozen=True)
class HostPort:
    """`host:port`, an IPv6 address in brackets: the leaf of the host, and that of the port."""

    leaves: tuple[str, ...]
    # What the application takes where a host stands alone; None where it takes no such host.
    port: int | None = None

    def value(self, context: Context) -> JSON:
        host, port = (get(tree_of(context), leaf) for leaf in self.leaves)
        return None if host is None else host_port(str(host), cast("int", port))

    def settings(self, value: JSON) -> Readings:
        alone = self.port is not None and re.fullmatch(r"[^:\[\]]+", str(value))
        host, port = split_host_port(f"{value}:{self.port}" if alone else str(value))
        _one_host(host)
        return {self.leaves[0]: [host], self.leaves[1]: [port]}


@dataclass(frozen=True)
class Joined:
    """Leaves in a row with texts between them, such as `{smtp.auth.username}:{smtp.auth.password}`."""

    pattern: str

    @property
    def leaves(self) -> tuple[str, ...]:
        return tuple(_BRACED.findall(self.pattern))

    def value(self, context: Context) -> JSON:
        values = [_checked(leaf, get(tree_of(context), leaf)) for leaf in self.leaves]
        if any(value is None for value in values):
            return None
        texts = _BRACED.split(self.pattern)[::2]
        for value, behind in zip(values, texts[1:], strict=True):
            if behind and behind in plain(cast("str", value)):
                raise NotExpressible(value, f"it holds {behind!r}, which ends it there")
        parts = [plain(cast("str", value)) for value in values]
        return texts[0] + "".join(part + behind for part, behind in zip(parts, texts[1:], strict=True))

    def settings(self, value: JSON) -> Readings:
        texts = [re.escape(text) for text in _BRACED.split(self.pattern)[::2]]
        match = re.fullmatch("(.*?)".join(texts), str(value), re.DOTALL)
        if match is None:
            raise ValueError("it is not written as this target writes it")
        return {leaf: [_typed(leaf, text)] for leaf, text in zip(self.leaves, match.groups(), strict=True)}


_BRACED = re.compile(r"\{([a-z0-9_.]+)\}")


@dataclass(frozen=True)
class Url:
    """A URL (RFC 3986) of parts, each percent-encoded: scheme, user, password, host, port, and a query."""

    parts: Mapping[str, Source]
    query: Mapping[str, Source]

    @property
    def leaves(self) -> tuple[str, ...]:
        every = (*self.parts.values(), *self.query.values())
        return tuple(dict.fromkeys(leaf for source in every for leaf in source.leaves))

    def value(self, context: Context) -> JSON:
        part = {name: source.value(context) for name, source in self.parts.items()}
        if part.get("host") is None:
            return None
        host = str(part["host"])
        login = ":".join(percent(str(part[name])) for name in ("user", "password") if part.get(name) is not None)
        place = f"[{host}]" if ":" in host else percent(host)
        port = "" if part.get("port") is None else f":{part['port']}"
        values = {name: source.value(context) for name, source in self.query.items()}
        pairs = [f"{name}={percent(plain(cast('str', value)))}" for name, value in values.items() if value is not None]
        query = f"?{'&'.join(pairs)}" if pairs else ""
        return f"{part['scheme']}://{login}{'@' if login else ''}{place}{port}{query}"

    def settings(self, value: JSON) -> Readings:
        scheme = getattr(self.parts.get("scheme"), "also", {}).get("")
        match = _URL.fullmatch(f"{scheme}://{value}" if scheme and "://" not in str(value) else str(value))
        if match is None:
            raise ValueError("it is not a URL as this target writes it")
        if self._is_another(match["scheme"]):
            raise ValueError("it is a URL of something else than a mail server")
        pairs = dict(pair.partition("=")[::2] for pair in (match["query"] or "").split("&") if pair)
        readings: Readings = {}
        for source, text in self._texts(match.groupdict(), pairs):
            for leaf, values in (source.settings(unquote(text)) if text is not None else _left_out(source)).items():
                readings[leaf] = [known for known in readings[leaf] if known in values] if leaf in readings else values
        return readings

    def _is_another(self, scheme: str) -> bool:
        """Whether it has words for its schemes, and this is none of them: what stands behind it is no server then."""
        source = self.parts.get("scheme")
        return isinstance(source, Leaf) and source.words is not None and not any(source.settings(scheme).values())

    def _texts(self, parts: Mapping[str, str | None], pairs: Mapping[str, str]) -> Iterator[tuple[Source, str | None]]:
        yield from ((source, parts[name]) for name, source in self.parts.items())
        yield from ((source, pairs.get(name)) for name, source in self.query.items())


def _left_out(source: Source) -> Readings:
    """What it says that a part is not there, where that is a word for something."""
    without = [name for name, word in (getattr(source, "words", None) or {}).items() if word is None]
    return {source.leaf: source.settings_named(without)} if isinstance(source, Leaf) and without else {}


# People leave an @ in a login as it is, and applications take the last one for what divides it from the host.
_URL = re.compile(
    r"(?P<scheme>[^:]+)://(?:(?P<user>[^:]*?)(?::(?P<password>(?:(?!://).)*?))?@)?"
    r"\[?(?P<host>[^?@]*?)\]?(?::(?P<port>[0-9]+))?/?(?:\?(?P<query>.*))?"
)

_OPTION = re.compile(r"options\.(\w+)")
URL_PARTS = ("scheme", "user", "password", "host", "port")


def options_of(source: Source) -> list[str]:
    """The options that stand in the value."""
    if isinstance(source, Option):
        return [source.option]
    return _OPTION.findall(source.expression) if isinstance(source, Expression) else []


def fixed(words: Mapping[object, JSON] | None) -> Mapping[str, JSON] | None:
    """A table of words with its names as text, for YAML reads true and 587 as other things."""
    return None if words is None else {word_name(cast("JSON", name)): word for name, word in words.items()}


def source_of(entry: JSON) -> Source:
    """The source that a value in `keys` describes: a leaf's name, a constant, or a mapping."""
    if isinstance(entry, str):
        return Leaf(entry)
    if not isinstance(entry, Mapping):
        return Constant(entry)
    kind = next(name for name in MAKERS if name in entry)
    return MAKERS[kind](cast("dict[str, JSON]", entry))


def _url(entry: dict[str, JSON]) -> Source:
    parts = dict(cast("dict[str, JSON]", entry["url"]))
    query = cast("dict[str, JSON]", parts.pop("query", {}))
    return Url(
        {name: source_of(part) for name, part in parts.items()},
        {name: source_of(part) for name, part in query.items()},
    )


def _leaf(entry: dict[str, JSON]) -> Source:
    if "part" in entry:
        return AddressPart(cast("str", entry["leaf"]), cast("str", entry["part"]))
    return Leaf(
        leaf=cast("str", entry["leaf"]),
        words=fixed(cast("Mapping[object, JSON] | None", entry.get("words"))),
        unit=cast("str | None", entry.get("unit")),
        text=cast("str | None", entry.get("text")),
        default=entry.get("default"),
        letters=cast("str | None", entry.get("letters")),
        also=cast("Mapping[str, JSON]", entry.get("also", {})),
    )


def _words(entry: dict[str, JSON]) -> Mapping[str, JSON] | None:
    return fixed(cast("Mapping[object, JSON] | None", entry.get("words")))


# The word that says which kind an entry is -> what is made of it.
MAKERS: Mapping[str, Callable[[dict[str, JSON]], Source]] = {
    "leaf": _leaf,
    "mailbox": lambda entry: Mailbox(tuple(cast(Sequence[str], entry["mailbox"]))),
    "host_port": lambda entry: HostPort(
        tuple(cast(Sequence[str], entry["host_port"])), cast("int | None", entry.get("default"))
    ),
    "joined": lambda entry: Joined(cast("str", entry["joined"])),
    "url": _url,
    "present": lambda entry: Present(cast("str", entry["present"]), _words(entry) or {"true": True, "false": False}),
    "option": lambda entry: Option(cast("str", entry["option"]), _words(entry)),
    "file": lambda entry: FilePath(cast("str", entry["file"]), cast("str", entry.get("text", "{file}"))),
    "raw": lambda entry: Constant(Raw(cast("str", entry["raw"]))),
    "constant": lambda entry: Constant(entry["constant"]),
    "expression": lambda entry: Expression(cast("str", entry["expression"])),
}
