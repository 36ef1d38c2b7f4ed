# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Why a template came to nothing, in sentences of our own: Ansible's and Jinja's may quote a value.

What they name is told only where it is a name, or where it stands in the template itself, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_PLUGIN = rf"{_NAME}(?:\.{_NAME})*"

# What connects to a host is set by people; all else that begins so is a fact, or a play's own.
_FROM_A_PLAY = re.compile(
    r"ansible_(?!(?:host|port|user|password|connection|remote_|ssh_|become|winrm_|psrp_|shell_|paramiko_))\w+"
)
_NOT_THERE_YET = (
    "; facts, and what a play knows of itself, are not there before a play runs: set a variable in its place"
)

# How what has no entry is called, by the type that Ansible names.
_HOLDERS = {"dict": "a mapping", "list": "a list", "str": "a text", "int": "a number", "float": "a number"}
# What the entries are of mappings that every play has.
_OF_THE_PLAY = {"hostvars": "host", "groups": "group"}


def _undefined(told: re.Match[str], _template: str) -> str:
    return f"uses {told[1]}, which is not defined" + (_NOT_THERE_YET if _FROM_A_PLAY.fullmatch(told[1]) else "")


def _no_entry(told: re.Match[str], template: str) -> str:
    holder, key = _HOLDERS.get(told[1], "a value"), told[2].strip("'")
    named = re.escape(key)
    # The key may have been looked up, and be anybody's value.
    if not re.search(rf"(?<!\w){named}(?!\w)", template):
        return f"looks in {holder} for what is not there"
    for mapping, entry in _OF_THE_PLAY.items():
        if re.search(rf"\b{mapping}\s*(?:\.|\[\s*['\"]){named}", template):
            return f"uses the {entry} {key}, which the inventory does not have"
    if re.search(rf"\bansible_facts\s*(?:\.|\[\s*['\"]){named}", template):
        return f"uses the fact {key}, which is not there{_NOT_THERE_YET}"
    return f"looks in {holder} for {key}, which is not there"


def _plugin_failed(told: re.Match[str], _template: str) -> str:
    return f"cannot be templated: the {told[1]} plugin {told[2]} failed"


def _says(sentence: str) -> Callable[[re.Match[str], str], str]:
    """A sentence with what a pattern's groups named."""
    return lambda told, _template: sentence.format(*told.groups())


# Ansible's sentences that tell what failed, those that say most first.
_TELLING: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str], str], str]]] = (
    (re.compile(rf"'({_NAME})' is undefined"), _undefined),
    (re.compile(rf"(?:Mandatory variable|No variable named) '({_NAME})'"), _undefined),
    (re.compile(r".{0,2}hostvars\["), _says("looks in hostvars for a host that the inventory does not have")),
    (re.compile(r"object of type '(\w+)' has no attribute (.+)", re.DOTALL), _no_entry),
    (
        re.compile(r"\S+List object has no element (\d+)"),
        _says("looks for entry {}, from 0, of a shorter list"),
    ),
    (re.compile(r"No (first|last) item, sequence was empty"), _says("takes the {} entry of a list that is empty")),
    (
        re.compile(rf"The (lookup|filter|test) plugin '({_PLUGIN})' was not found"),
        _says("cannot be templated: the {} plugin {} was not found"),
    ),
    (re.compile(rf"No (filter|test) named '({_PLUGIN})'"), _says("cannot be templated: there is no {} named {}")),
    (re.compile(rf"The (lookup|filter|test) plugin '({_PLUGIN})' failed"), _plugin_failed),
    (re.compile(r"Recursive loop detected"), _says("cannot be templated: it leads back to itself")),
)

# Python's and Jinja's own names of what failed, which nobody need know.
_KINDS = {
    "TemplateSyntaxError": (
        "Jinja cannot read what stands in its braces; a text with {{ or {% that is no template needs !unsafe before it"
    ),
    "TypeError": "a value in it is of another type than it is used as, such as text that is added to a number",
    "ValueError": "a value in it has another form than it is used as",
    "ZeroDivisionError": "it divides by zero",
    "OverflowError": "a number in it is too large",
}

_NO_FILE = re.compile(r"file not found|could not be found|no file was found|no such file", re.IGNORECASE)


def failure_sentence(causes: Sequence[BaseException], template: str = "") -> str:
    """Why a template has no value: what failed and all that led to it, and its text where everybody may read that."""
    for pattern, sentence in _TELLING:
        for cause in causes:
            told = pattern.match(str(cause))
            if told is not None:
                said = sentence(told, template)
                return f"{said}{_why_a_plugin_failed(causes, template)}" if sentence is _plugin_failed else said
    names = [type(cause).__name__ for cause in causes]
    # What an author wrote for this very moment, as in undef(hint='...').
    hint = next((str(cause) for cause in causes if "Undefined" in type(cause).__name__), None)
    if hint is not None:
        return "uses something, which is not defined" + (f": {hint}" if hint and hint in template else "")
    kind = next((_KINDS[name] for name in names if name in _KINDS), None)
    if kind is not None:
        return f"cannot be templated: {kind}"
    return f"cannot be templated ({[name for name in names if 'Marker' not in name][-1]})"


def _why_a_plugin_failed(causes: Sequence[BaseException], template: str) -> str:
    """That it did not find its file, the commonest cause, without its name; or what its author wrote for this."""
    written = next((str(cause) for cause in causes if len(str(cause)) > 1 and str(cause) in template), None)
    if written is not None:
        return f": {written}"
    missing = any(isinstance(cause, FileNotFoundError) or _NO_FILE.search(str(cause)) for cause in causes)
    return ": there is no such file" if missing else ""


_NOT_A_VAULT = re.compile(r"not vault encrypted|vault format", re.IGNORECASE)
# `$ANSIBLE_VAULT;1.2;AES256;label`: version 1.1 has no label (Ansible's guide to vaults, encrypted files' format).
_HEADER = re.compile(r"\$ANSIBLE_VAULT;[0-9.]+;\w+;([\w.-]+)\s*")


def vault_sentence(causes: Sequence[BaseException], header: str = "") -> str:
    """Why what is vaulted cannot be opened. `header` is the first line of the encrypted text."""
    if any(_NOT_A_VAULT.search(str(cause)) for cause in causes):
        return "is marked !vault, and is not what ansible-vault wrote, or not all of it: encrypt it again"
    labelled = _HEADER.fullmatch(header)
    cure = f"; it was encrypted for {labelled[1]}: give --vault-id {labelled[1]}@FILE" if labelled else ""
    return f"is vaulted, and none of the vault passwords opens it{cure}"
