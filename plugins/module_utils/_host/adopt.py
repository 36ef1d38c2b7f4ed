# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of adopt: read the files of applications, and what their own programs say. It changes nothing.

What it answers holds secrets, so it is sealed with the key of the letter.
"""

from __future__ import annotations

import base64
import glob
import grp
import json
import os
import pwd
import stat
import tempfile
from typing import Any, Dict, Iterator, Sequence

from ansible_collections.appmail.settings.plugins.module_utils._files.programs import find_program, run_program
from ansible_collections.appmail.settings.plugins.module_utils._secrets.sealing import seal

from .half import Result
from .payload import AdoptPayload, DumpPayload, LookedForFile

# No file of settings is nearly as long.
MOST_BYTES = 1024 * 1024
# So many files may one pattern name.
MOST_MATCHES = 100
_TIMEOUT_SECONDS = 30.0

Seen = Dict[str, Any]


def adopt(payload: AdoptPayload, *, check_mode: bool) -> Result:  # noqa: ARG001 - it changes nothing, whatever the mode
    """What stands in the files that the letter names, sealed; `changed` is always false."""
    files = [seen for wanted in payload["files"] for path in _paths(wanted) for seen in _seen(wanted, path)]
    found = {file["target"] for file in files}
    dumps = [_dumped(wanted, files) for wanted in payload["dumps"] if wanted["target"] in found]
    text = json.dumps({"files": files, "dumps": dumps})
    return {"changed": False, "warnings": [], "sealed": seal(bytes.fromhex(payload["key"]), text)}


def _paths(wanted: LookedForFile) -> Iterator[str]:
    """The paths of a file, each once, whichever pattern leads there."""
    paths: list[str] = []
    for pattern in wanted["paths"]:
        matches = sorted(glob.glob(pattern))[:MOST_MATCHES] if glob.has_magic(pattern) else [pattern]
        paths += [path for path in matches if path not in paths]
    return iter(paths)


def _seen(wanted: LookedForFile, path: str) -> Iterator[Seen]:
    """A file that is there, with its content or with the clause that says why it was not read."""
    seen: Seen = {"target": wanted["target"], "name": wanted["name"], "path": path}
    try:
        # To open a device may do something, and a pipe would be waited for.
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            yield {**seen, "fault": f"is {_kind(mode)} and no file"}
            return
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield {**seen, "fault": _why(error)}
        return
    try:
        yield {**seen, **_owned(number), **_content(number)}
    except OSError as error:
        yield {**seen, "fault": _why(error)}
    finally:
        os.close(number)


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"may not be read by {_user(os.geteuid())}: adopt with become"
    return f"cannot be read: {error.strerror}"


def _owned(number: int) -> Seen:
    status = os.fstat(number)
    return {
        "owner": _user(status.st_uid),
        "group": _group(status.st_gid),
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
    }


def _content(number: int) -> Seen:
    status = os.fstat(number)
    if status.st_size > MOST_BYTES:
        return {"fault": f"has {status.st_size} bytes, more than any file of settings (at most {MOST_BYTES} are read)"}
    parts: list[bytes] = []
    while sum(map(len, parts)) <= MOST_BYTES:
        part = os.read(number, 65536)
        if not part:
            return {"content": base64.b64encode(b"".join(parts)).decode("ascii")}
        parts.append(part)
    return {"fault": f"has more than {MOST_BYTES} bytes"}


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _dumped(wanted: DumpPayload, files: Sequence[Seen]) -> Seen:
    """What an application's own program says, or the clause that says why it said nothing.

    `{dir}` in the command is the folder of the file that it is about.
    """
    seen: Seen = {"target": wanted["target"], "name": wanted["name"]}
    own = (file["path"] for file in files if (file["target"], file["name"]) == (wanted["target"], wanted["name"]))
    folder_of_file = os.path.dirname(next(own, ""))
    command = [word.replace("{dir}", folder_of_file) for word in wanted["command"]]
    program = find_program(command[0])
    if program is None:
        return {**seen, "fault": f"{command[0]} is not installed on this host"}
    with tempfile.TemporaryDirectory(prefix="appmail-") as folder:
        try:
            status, output = run_program([program, *command[1:]], folder, _TIMEOUT_SECONDS)
        except OSError as error:
            return {**seen, "fault": f"{program} could not be started: {error.strerror}"}
    if status != 0:
        ended = "did not end in time" if status is None else f"ended with status {status}"
        return {**seen, "fault": f"{' '.join(command)} {ended}"}
    return {**seen, "output": output}
