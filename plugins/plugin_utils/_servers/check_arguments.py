# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The arguments of smtp_check and imap_check, checked on the controller.

Ansible's own check repeats values: those that cannot be converted, and at -vvv all that stand under a name that it does
not know, such as a misspelt password. So nothing reaches it but what was checked here, and no sentence holds a value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    TLS_FIELDS,
    EndpointError,
    Field,
    fields_of,
)
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import FAILING_CATEGORIES
from ansible_collections.appmail.settings.plugins.module_utils._host.check import endpoints_of
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.words import not_an_option

# What stands beside the fields of an endpoint. The endpoints themselves are read apart.
_OF_THE_RUN = (
    Field("max_parallel", "int"),
    Field("fail_on", "list", choices=FAILING_CATEGORIES),
)
# The words that Ansible takes for a truth value (ansible.module_utils.parsing.convert_bool).
_TRUE = ("y", "yes", "on", "1", "true", "t", "1.0")
_FALSE = ("n", "no", "off", "0", "false", "f", "0.0")


class ArgumentsError(SentenceError):
    """An argument cannot be right; the sentence names it, never its value."""


def check_arguments(protocol: str, given: Mapping[object, object]) -> dict[str, object]:
    """The arguments of the protocol's module as the host's half takes them, converted as Ansible converts options.

    What was not given is left out. Raises ArgumentsError.
    """
    reader = _Reader(f"{protocol}_check")
    fields = fields_of(protocol)
    endpoints = Field("endpoints", "endpoints")
    read = reader.mapping((*fields, *_OF_THE_RUN, endpoints), given, "")
    listed = read.get("endpoints")
    if isinstance(listed, list):
        if "name" in read:
            raise ArgumentsError(
                "name: give it to each of the endpoints, for beside them it would name all of them alike"
            )
        read["endpoints"] = [
            _endpoint(reader, fields, entry, f"endpoints[{index}]") for index, entry in enumerate(listed)
        ]
    if "host" not in read and "endpoints" not in read:
        raise ArgumentsError("host or endpoints must be given")
    max_parallel = read.get("max_parallel")
    if isinstance(max_parallel, int) and max_parallel < 1:
        raise ArgumentsError("max_parallel: must be at least 1")
    try:
        endpoints_of(protocol, read)
    except EndpointError as error:
        raise ArgumentsError(str(error)) from None
    return read


def _endpoint(reader: _Reader, fields: Iterable[Field], given: object, path: str) -> dict[str, object]:
    """One of the endpoints. A null for its username is kept: it takes back the login that stands beside them."""
    mapping = reader.as_mapping(given, path)
    read = reader.mapping(fields, mapping, f"{path}.")
    return {**read, "username": None} if "username" in mapping and mapping["username"] is None else read


class _Reader:
    """Reads mappings by the tables of fields, for one module."""

    def __init__(self, module: str) -> None:
        self._module = module

    def mapping(self, fields: Iterable[Field], given: Mapping[object, object], prefix: str) -> dict[str, object]:
        """The given values by name, None left out."""
        known = {option.name: option for option in fields}
        unknown = [key for key in given if key not in known]
        if unknown:
            raise ArgumentsError(not_an_option(unknown[0], known, self._module, prefix))
        return {
            str(key): self._value(known[str(key)], value, f"{prefix}{key}")
            for key, value in given.items()
            if value is not None
        }

    def as_mapping(self, value: object, path: str) -> Mapping[object, object]:
        """The value, if it is a mapping at all."""
        if not isinstance(value, Mapping):
            raise ArgumentsError(f"{path}: must be a mapping")
        return value

    def _value(self, described: Field, value: object, path: str) -> object:
        if described.kind == "tls":
            return self.mapping(TLS_FIELDS, self.as_mapping(value, path), f"{path}.")
        if described.kind == "endpoints":
            if not isinstance(value, (list, tuple)):
                raise ArgumentsError(f"{path}: must be a list of mappings")
            return list(value)
        if described.kind == "list":
            return _texts(described, value, path)
        if described.kind == "bool":
            return _truth(value, path)
        return _text(value, path) if described.kind == "str" else _number(described, value, path)


def _text(value: object, path: str) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        raise ArgumentsError(f"{path}: must be a string")
    return str(value)


def _texts(described: Field, value: object, path: str) -> list[str]:
    given = value if isinstance(value, (list, tuple)) else _text(value, path).split(",")
    texts = [_text(entry, f"{path}[{index}]") for index, entry in enumerate(given)]
    if described.choices and not set(texts) <= set(described.choices):
        raise ArgumentsError(f"{path}: must be any of {', '.join(described.choices)}")
    return texts


def _truth(value: object, path: str) -> bool:
    word = _text(value, path).strip().lower()
    if word not in _TRUE + _FALSE:
        raise ArgumentsError(f"{path}: must be true or false")
    return word in _TRUE


def _number(described: Field, value: object, path: str) -> float:
    whole = described.kind == "int"
    try:
        number = float(_text(value, path))
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or (whole and not number.is_integer()) or math.isnan(number):
        raise ArgumentsError(f"{path}: must be a {'whole ' if whole else ''}number") from None
    return int(number) if whole else number
