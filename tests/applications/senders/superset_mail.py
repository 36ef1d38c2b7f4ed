# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message by Superset's own send_email_smtp: its package, the file with its settings, and the recipient.

Superset weighs 800 MB with all that it stands on, so of its two files in the folder named first only what mail
needs is run, by name; the settings stand over the defaults of its config.py.
"""

from __future__ import annotations

import ast
import logging
import sys
from collections.abc import Callable
from pathlib import Path

STANDARD = ("__future__", "email", "logging", "os", "re", "smtplib", "ssl", "typing")
FUNCTIONS = ("send_email_smtp", "send_mime_email", "recipients_string_to_list")
Scope = dict[str, object]


def is_standard(node: ast.stmt) -> bool:
    """Whether a statement imports what Python itself has."""
    if isinstance(node, ast.ImportFrom):
        return str(node.module).partition(".")[0] in STANDARD
    return isinstance(node, ast.Import) and all(alias.name in STANDARD for alias in node.names)


def is_mail(node: ast.stmt) -> bool:
    """Whether a statement is what send_email_smtp stands on."""
    return is_standard(node) or (isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS)


def is_setting(node: ast.stmt) -> bool:
    """Whether a statement is a default of a mail setting."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("SMTP_")


def run(path: Path, wanted: Callable[[ast.stmt], bool], scope: Scope) -> None:
    """Run the statements of a file that are wanted."""
    body = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if wanted(node)]
    exec(compile(ast.Module(body, []), str(path), "exec", dont_inherit=True), scope)


package, settings, recipient = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
config: Scope = {"EMAIL_HEADER_MUTATOR": lambda message: message}
run(package / "config.py", is_setting, config)
run(settings, lambda _node: True, config)
mail: Scope = {"HeaderDataType": dict, "logger": logging.getLogger("superset")}
run(package / "utils" / "core.py", is_mail, mail)
mail["send_email_smtp"](recipient, "hello", "hello", config)  # type: ignore[operator]
