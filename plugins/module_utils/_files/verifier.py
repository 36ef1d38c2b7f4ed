# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Run an application's own parser on a staged file, before the file goes into place."""

from __future__ import annotations

import contextlib
import os
import re
from typing import Sequence

from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import Secrets

from .file_spec import FileSpec, Verify
from .programs import READ_AT_MOST, find_program, run_program

_SHOWN_AT_MOST = 2000


class VerifyError(Exception):
    """The verifier refused the file; the text is a clause that says what it said, without secrets."""


def run_verifier(verify: Verify, staged: str, destination: str, secrets: Secrets) -> str | None:
    """None when the staged file was verified, else a clause saying why it could not be; VerifyError if it is bad."""
    folder = os.path.dirname(staged)
    places = {"{file}": staged, "{dir}": folder, "{dest}": destination}
    command = [re.sub(r"\{(?:file|dir|dest)\}", lambda match: places[match.group()], part) for part in verify.command]
    program = find_program(command[0]) if command else None
    if program is None:
        name = command[0] if command else "an empty command"
        return f"{name} is not installed on this host"
    try:
        status, output = run_program([program, *command[1:]], folder, verify.timeout)
    except OSError as error:
        raise VerifyError(f"{program} could not be started: {error.strerror}") from error
    quote = quoted(output.replace(staged, destination).replace(folder, os.path.dirname(destination)), secrets)
    cure = f"; {verify.hint}" if verify.hint else ""
    if status is None:
        raise VerifyError(f"{program} did not end within {verify.timeout:g} s and was stopped{quote}")
    if status != 0:
        raise VerifyError(f"{program} refused it ({ending(status)}){quote}{cure}")
    if verify.fails_on is not None and re.search(verify.fails_on, output, re.MULTILINE):
        raise VerifyError(f"{program} reported a fault (its output has {verify.fails_on!r}){quote}{cure}")
    return None


def output_of(command: Sequence[str], staged: str, timeout: float) -> str | None:
    """What a command prints of a staged file; None where it is not installed, fails, or does not end in time."""
    folder = os.path.dirname(staged)
    program = find_program(command[0])
    if program is None:
        return None
    places = {"{file}": staged, "{dir}": folder, "{dest}": staged}
    words = [re.sub(r"\{(?:file|dir|dest)\}", lambda match: places[match.group()], part) for part in command[1:]]
    with contextlib.suppress(OSError):
        status, output = run_program([program, *words], folder, timeout)
        return output if status == 0 else None
    return None


# What programs write before a line that is no reason to refuse a file.
_BESIDE_THE_POINT = re.compile(r"(?:^|[:\s\[(<])(?:warning|notice|note|info|debug)(?:[]:)>\s]|$)", re.IGNORECASE)


def fatal_first(text: str) -> str:
    """The lines of a program's output, warnings and the like behind what it refused the file for."""
    lines = text.split("\n")
    beside = [line for line in lines if _BESIDE_THE_POINT.search(line)]
    return "\n".join([line for line in lines if line not in beside] + beside)


# How parsers name a line of the file: `line 19`, `main.cf:19:`.
_LINE = re.compile(r"\bline (\d{1,6})\b")


def line_named(said: str, spec: FileSpec) -> str:
    """The line of a file of ours that a parser names, as nobody else can look at it any more; its secrets masked."""
    match = _LINE.search(said)
    if match is None or spec.block is not None or spec.keys is not None:
        return ""
    lines = (spec.content if spec.masked is None else spec.masked).split("\n")
    number = int(match[1])
    shown = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f" (line {number} is `{shown}`)" if shown else ""


def ending(status: int) -> str:
    """How a program ended, as a clause."""
    return f"exit status {status}" if status > 0 else f"ended by signal {-status}"


def quoted(output: str, secrets: Secrets) -> str:
    """What a program said as the end of a sentence, without secrets and not too long."""
    text = secrets.removed_from(output, is_cut=len(output) >= READ_AT_MOST).strip()
    if not text:
        return ", and said nothing"
    text = fatal_first(text)
    return ": " + (text if len(text) <= _SHOWN_AT_MOST else text[:_SHOWN_AT_MOST] + " [...]")
