# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half without AnsibleModule: what Ansible hands over comes in, one JSON text on standard output goes out.

Half of what a module costs is reading Ansible's own code. What users rely on of it is done here: check mode, warnings,
one line in the host's log, and a failure in place of a traceback, which could hold a line with a value.
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from collections.abc import Mapping
from typing import Any, Callable, NoReturn

from .half import run_host_half

#: The modules that have a half on the host, by the last part of their name.
HALVES = ("adopt", "apply", "check", "imap_check", "render", "smtp_check")


def packed(letter: str) -> str:
    """The letter as it travels: short, and without a character that means something to Python, JSON or a shell."""
    return base64.b64encode(zlib.compress(letter.encode("utf-8", "surrogatepass"))).decode("ascii")


def _unpacked(letter: str) -> str:
    return zlib.decompress(base64.b64decode(letter)).decode("utf-8", "surrogatepass")


class StandaloneModule:
    """What the halves need of AnsibleModule; `arguments` are all that Ansible hands over, `_ansible_...` too."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        payload = arguments.get("payload")
        self.params: dict[str, Any] = {"payload": _unpacked(payload) if payload else None}
        self.check_mode = bool(arguments.get("_ansible_check_mode"))
        self.no_log_values: set[str] = set()
        self._warnings: list[str] = []

    def warn(self, warning: str) -> None:
        """Keep a warning for the result."""
        self._warnings.append(warning)

    def exit_json(self, **result: Any) -> NoReturn:  # noqa: ANN401 - as AnsibleModule has it
        """End well."""
        self._answer({"changed": False, **result})
        raise SystemExit(0)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # noqa: ANN401 - as AnsibleModule has it
        """End badly."""
        self._answer({**result, "failed": True, "msg": msg})
        raise SystemExit(1)

    def _answer(self, result: dict[str, Any]) -> None:
        if self._warnings:
            # Since ansible-core 2.21 an action does not get to see a module's warnings by their own name.
            result.update(warnings=self._warnings, host_warnings=self._warnings)
        # A lone surrogate, half of what was no text, would be refused by the controller with all that it stands in.
        text = json.dumps(self._masked(result), ensure_ascii=False).encode("utf-8", "backslashreplace")
        sys.stdout.buffer.write(b"\n" + text + b"\n")
        sys.stdout.flush()

    def _masked(self, part: Any) -> Any:  # noqa: ANN401 - any part of a result
        """The part without the passwords that were used, should one have come past those who know where it stands."""
        if not self.no_log_values:
            return part
        if isinstance(part, str):
            for value in self.no_log_values:
                part = part.replace(value, "********")
            return part
        if isinstance(part, Mapping):
            return {name: self._masked(below) for name, below in part.items()}
        return [self._masked(below) for below in part] if isinstance(part, list) else part


def run_standalone(arguments: Mapping[str, Any]) -> None:
    """Run the half that `arguments` name in `half`, and end the process with its answer."""
    half = str(arguments.get("half"))
    module = StandaloneModule(arguments)
    if not arguments.get("_ansible_no_log"):
        _log(half, arguments, check_mode=module.check_mode)
    try:
        _runner(half)(module)
    except Exception as error:  # noqa: BLE001 - whatever it is, its traceback must not be printed
        module.fail_json(f"a fault of the collection: {half} ended with {type(error).__name__} at {_place(error)}")


def _runner(half: str) -> Callable[[Any], object]:
    """The function that runs a half; what the others need is not imported."""
    if half in ("smtp_check", "imap_check"):
        from .check import run

        return lambda module: run(half.partition("_")[0], module)
    if half == "adopt":
        from .adopt import adopt

        return lambda module: run_host_half(module, adopt)
    if half == "apply":
        from .apply import apply

        return lambda module: run_host_half(module, apply)
    if half == "check":
        from .servers import check

        return lambda module: run_host_half(module, check)
    from .write import write

    return lambda module: run_host_half(module, write)


def _log(half: str, arguments: Mapping[str, Any], *, check_mode: bool) -> None:
    """One line in the host's log: which module ran and for whom, and no value of it."""
    try:
        import syslog
    except ImportError:
        return
    syslog.openlog(f"ansible-appmail.settings.{half}", 0, syslog.LOG_USER)
    information = arguments.get("_ansible_target_log_info")
    before = f"{information} " if information else ""
    syslog.syslog(syslog.LOG_INFO, f"{before}Invoked{' in check mode' if check_mode else ''}")


def _place(error: BaseException) -> str:
    """The file and line where an error arose, without the line's text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown line" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
