# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What a schema found, in people's words: what is wrong, and what would be right.

jsonschema's own messages contain the value, so none of them is ever passed on: each sentence is written here, and a
value stands in it only when it is known to be no secret.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import choices, did_you_mean, show

from .host_cures import host_cure
from .paths import JSON, Steps, Tree
from .secrets import Secrets


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the way to it, the rule that it breaks and a sentence for people.

    `at` says what to point to: the `value`, the `key` (an unknown one) or the mapping that lacks it (`missing`).
    `suggestion` is the end of the message that names what was probably meant, for those who know better. `filter` is
    Jinja's, where the message ends with UNQUOTED and the value may not stand in YAML. `subject` is the application's
    label where the message names it, `left_open` what its documentation does not say.
    """

    path: Steps
    rule: str
    message: str
    at: str = "value"
    suggestion: str = ""
    filter: str = ""
    subject: str = ""
    left_open: str = ""


@dataclass(frozen=True)
class SchemaError:
    """What the schema engine found: narrow, so that the engine can be exchanged."""

    path: Steps
    keyword: str
    limit: JSON
    value: JSON
    schema: Tree
    context: tuple[SchemaError, ...] = ()


TYPE_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
}

# The words that mean at least two different things among applications, and what they may stand for here.
AMBIGUOUS_WORDS = dict.fromkeys(("tls", "ssl", "ssl/tls", "on", "yes", "true", "required"), "starttls or implicit_tls")

# The words of other programs and of daily speech that mean one of ours.
OTHER_WORDS = {
    "implicit_tls": ("smtps", "imaps", "ssmtp", "wrappermode", "implicit"),
    "starttls": ("encrypt", "explicit", "explicit_tls", "mandatory"),
    "starttls_opportunistic": ("may", "opportunistic", "if_available", "auto"),
    "none": ("plain", "plaintext", "clear", "cleartext", "unencrypted", "disabled", "smtp", "imap"),
}

IN_CLEAR_TEXT = "stands in a file in clear text: vault it, or have a template get it from elsewhere"

UNQUOTED = "; write it without quotes"

_A_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")


def type_name(value: JSON) -> str:
    """What a value is, in people's words."""
    if value is None:
        return TYPE_NAMES["null"]
    if isinstance(value, bool):
        return TYPE_NAMES["boolean"]
    if isinstance(value, (int, float)):
        return TYPE_NAMES["number"]
    if isinstance(value, str):
        return TYPE_NAMES["string"]
    if isinstance(value, datetime.date):
        return "a date"
    return TYPE_NAMES["object" if isinstance(value, Mapping) else "array"]


def explain(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    """The faults that one finding of the schema engine stands for."""
    yield from _EXPLANATIONS.get(error.keyword, _explain_other)(error, secrets)


def _value(error: SchemaError, secrets: Secrets) -> str:
    hidden = secrets.hides(error.path, error.value) or bool(error.schema.get("writeOnly"))
    if hidden or isinstance(error.value, (Mapping, list)):
        return "the value"
    return show(error.value)


def _tells_a_secret(error: SchemaError, secrets: Secrets) -> bool:
    """Whether what a schema wants is a secret itself, or holds one: then neither it nor the value is shown."""
    inside = any(secret[: len(error.path)] == error.path for secret in secrets.paths)
    below = any(error.path[: len(secret)] == secret for secret in secrets.paths)
    return below or inside or bool(error.schema.get("writeOnly"))


def _fault(error: SchemaError, message: str) -> Fault:
    return Fault(error.path, error.keyword, message)


def _expected(error: SchemaError) -> str:
    """What the schema wants, in its own title."""
    title = error.schema.get("title")
    return f": must be {title}" if isinstance(title, str) else ""


def _explain_unknown_key(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    known = [str(name) for name in cast("Tree", error.schema.get("properties") or {})]
    for key in cast("Tree", error.value):
        if key in known:
            continue
        path = (*error.path, key)
        if not _A_NAME.fullmatch(str(key)) or secrets.hides((), key):
            yield Fault(error.path, "additionalProperties", "has a key that is not the name of a setting", at="value")
        else:
            yield Fault(path, error.keyword, f"is not a known setting{did_you_mean(key, known)}", at="key")


def _explain_required(error: SchemaError, _secrets: Secrets) -> Iterator[Fault]:
    present = cast("Tree", error.value)
    for name in cast("Sequence[str]", error.limit):
        if name not in present:
            message = f"is missing and must be set{_wanted(error, name)}"
            yield Fault((*error.path, str(name)), error.keyword, message, at="missing")


def _wanted(error: SchemaError, name: str) -> str:
    """What a setting that is missing may be, where its schema lists that."""
    properties = cast("Mapping[str, JSON]", error.schema.get("properties") or {})
    schema = properties.get(name)
    if not isinstance(schema, Mapping) or schema.get("writeOnly"):
        return ""
    if "const" in schema:
        return f" to {show(schema['const'])}"
    return f" to {choices(cast('Sequence[JSON]', schema['enum']))}" if isinstance(schema.get("enum"), list) else ""


def _explain_dependent(error: SchemaError, _secrets: Secrets) -> Iterator[Fault]:
    written = cast("Tree", error.value)
    for present, wanted in cast("Mapping[str, Sequence[str]]", error.limit).items():
        for name in wanted:
            if present in written and name not in written:
                message = f"is missing and must be set where {present} is"
                yield Fault((*error.path, str(name)), error.keyword, message, at="missing")


def _explain_type(error: SchemaError, _secrets: Secrets) -> Iterator[Fault]:
    wanted = [error.limit] if isinstance(error.limit, str) else list(error.limit)  # type: ignore[arg-type]
    names = " or ".join(TYPE_NAMES.get(str(name), str(name)) for name in wanted)
    if error.value is None:
        yield _fault(error, f"has no value; must be {names}, or be left out")
        return
    cure = _type_cure(wanted, error.value)
    jinja = ("bool" if "boolean" in wanted else "int") if cure == UNQUOTED else ""
    yield replace(_fault(error, f"must be {names}, not {type_name(error.value)}{cure}"), filter=jinja)


def _type_cure(wanted: Sequence[JSON], value: JSON) -> str:
    """What YAML made of the value, where that is the likely cause."""
    if "string" in wanted and isinstance(value, bool):
        return "; YAML reads no, off, yes and on as false and true: write it in quotes"
    if "string" in wanted and isinstance(value, (int, float, datetime.date)):
        return "; write it in quotes"
    if {"integer", "number"} & set(wanted) and isinstance(value, str):
        return UNQUOTED if _A_NUMBER.fullmatch(value) else _number_cure(value, whole="number" not in wanted)
    if "boolean" in wanted and isinstance(value, str) and value.lower() in ("true", "false", "yes", "no", "on", "off"):
        return UNQUOTED
    return ""


# What is a number to YAML without its quotes, and the same one that people read: 0465 is to base 8 there.
_A_NUMBER = re.compile(r"\s*(0|[1-9][0-9]*)(\.[0-9]*)?\s*")
_WITH_A_UNIT = re.compile(r"\s*[0-9][0-9.,]*\s*[A-Za-z%]+\s*")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+")


def _number_cure(text: str, *, whole: bool) -> str:
    """How to write a number that YAML takes for text, such as 2.5e2: its plus and minus stand for no exponent there."""
    plain = text.strip()
    try:
        number = float(plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain)
    except ValueError:
        number = _based(plain)
    if math.isnan(number) and _WITH_A_UNIT.fullmatch(text):
        return "; write the number alone, without a unit"
    if not math.isfinite(number) or abs(number) >= _MOST:
        return ""
    if number.is_integer():
        return f"; YAML reads it as text: write {int(number)}"
    return "" if whole else f"; YAML reads it as text: write {number}"


# Beyond it the digits of a whole number in floating point are not its own (IEEE 754, binary64).
_MOST = 2.0**53


def _based(text: str) -> float:
    """A number to another base, such as 0o17, which YAML 1.2 knows and Ansible's YAML 1.1 does not; else none."""
    try:
        return float(int(text, 0))
    except (ValueError, OverflowError):
        return math.nan


def _explain_enum(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    allowed = cast("Sequence[JSON]", error.limit)
    if _tells_a_secret(error, secrets):
        yield _fault(error, "is not one of the values that are wanted")
        return
    shown = _value(error, secrets)
    if error.value is None:
        yield _fault(error, f"has no value; must be {choices(allowed)}")
        return
    cure = ""
    word = str(error.value).lower()
    if shown != "the value" and isinstance(error.value, (int, float)) and str(error.value) in allowed:
        cure = "; write it in quotes"
    elif isinstance(error.value, bool) and "implicit_tls" in allowed:
        cure = "; YAML reads no, off, yes and on as false and true: write one of the words"
    elif "implicit_tls" in allowed and word in AMBIGUOUS_WORDS:
        cure = f"; applications mean {AMBIGUOUS_WORDS[word]} by it"
    elif shown != "the value" and re.search("[A-Za-z]", word):
        meant = next((ours for ours, words in OTHER_WORDS.items() if "implicit_tls" in allowed and word in words), None)
        suggestion = f"; did you mean {meant}?" if meant else did_you_mean(error.value, [str(each) for each in allowed])
        yield replace(_fault(error, f"{shown} is not one of {choices(allowed)}{suggestion}"), suggestion=suggestion)
        return
    yield _fault(error, f"{shown} is not one of {choices(allowed)}{cure}")


def _explain_const(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    if _tells_a_secret(error, secrets):
        yield _fault(error, "is not the value that is wanted")
        return
    if isinstance(error.limit, int) and not isinstance(error.limit, bool) and error.value == str(error.limit):
        yield replace(_fault(error, f"must be the number {error.limit}, not text{UNQUOTED}"), filter="int")
        return
    yield _fault(error, f"must be {show(error.limit)}, not {_value(error, secrets)}")


def _explain_pattern(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    expected, shown = _expected(error), _value(error, secrets)
    if not expected:
        yield _fault(error, "the value does not have the form that is wanted")
        return
    cure = ""
    if error.path[1:] == ("host",) and isinstance(error.value, str) and shown != "the value":
        cure = host_cure(error.value, str(error.path[0]))
    yield _fault(error, f"{shown} is not right{expected}{cure}")


def _limit(words: str) -> Callable[[SchemaError, Secrets], Iterator[Fault]]:
    """A sentence about a value and a limit: `70000 is greater than 65535`."""

    def explain_limit(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
        yield _fault(error, f"{_value(error, secrets)} {words} {show(error.limit)}")

    return explain_limit


def _sentence(words: str) -> Callable[[SchemaError, Secrets], Iterator[Fault]]:
    """A sentence with the limit in it and without the value."""

    def explain_sentence(error: SchemaError, _secrets: Secrets) -> Iterator[Fault]:
        yield _fault(error, words.format(limit=show(error.limit)))

    return explain_sentence


def _explain_min_length(error: SchemaError, _secrets: Secrets) -> Iterator[Fault]:
    yield _fault(error, "is empty" if error.value == "" else f"is shorter than {show(error.limit)} characters")


def _explain_choice(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    """The deepest finding of the branches: the one nearest to what was meant."""
    if not error.context:
        yield from _explain_other(error, secrets)
        return
    deepest = max(error.context, key=lambda below: (len(below.path), below.keyword not in ("type", "const", "enum")))
    yield from explain(deepest, secrets)


def _explain_other(error: SchemaError, _secrets: Secrets) -> Iterator[Fault]:
    described = error.schema.get("description") or error.schema.get("title")
    cause = f": {described}" if isinstance(described, str) else f" ({error.keyword})"
    yield _fault(error, f"is not allowed here{cause}")


def _explain_domains(error: SchemaError, secrets: Secrets) -> Iterator[Fault]:
    wanted = [error.limit] if isinstance(error.limit, str) else list(error.limit)  # type: ignore[arg-type]
    yield _fault(error, f"{_value(error, secrets)} is not at {choices(wanted)}")


_EXPLANATIONS: dict[str, Callable[[SchemaError, Secrets], Iterator[Fault]]] = {
    "additionalProperties": _explain_unknown_key,
    "unevaluatedProperties": _explain_unknown_key,
    "required": _explain_required,
    "dependentRequired": _explain_dependent,
    "type": _explain_type,
    "enum": _explain_enum,
    "const": _explain_const,
    "pattern": _explain_pattern,
    "maximum": _limit("is greater than"),
    "exclusiveMaximum": _limit("is not less than"),
    "minimum": _limit("is less than"),
    "exclusiveMinimum": _limit("is not greater than"),
    "multipleOf": _limit("is not a multiple of"),
    "maxLength": _sentence("is longer than {limit} characters"),
    "minLength": _explain_min_length,
    "maxItems": _sentence("has more than {limit} entries"),
    "minItems": _sentence("has fewer than {limit} entries"),
    "uniqueItems": _sentence("has an entry twice"),
    "anyOf": _explain_choice,
    "oneOf": _explain_choice,
    "x-vaulted": _sentence(IN_CLEAR_TEXT),
    "x-domains": _explain_domains,
}
