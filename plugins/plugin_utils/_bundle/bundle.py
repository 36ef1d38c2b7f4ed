# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The host's half of every module as one program, made of the files in module_utils as they are.

Ansible sends a module as an archive, from which Python compiles each file twice, Ansible's own 56 files among them. A
program that asks for its arguments in the JSONARGS style is sent as it is, with the arguments put in
(https://docs.ansible.com/projects/ansible/latest/dev_guide/developing_program_flow_modules.html#jsonargs-modules).
It holds the sources, and compiles what is imported, once.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from functools import cache
from pathlib import Path
from typing import Protocol

from ansible_collections.appmail.settings.plugins.plugin_utils._kept.store import STORE, maker

MODULE_UTILS = Path(__file__).parents[2] / "module_utils"
_NAME = "appmail_settings_host_half"
#: The name by which Ansible finds the program once it is placed.
HOST_HALF = f"ansible.legacy.{_NAME}"

_PACKAGE = "ansible_collections.appmail.settings.plugins.module_utils"
TOO_OLD = "the Python of this host is too old: Python 3.8 or newer is needed there (see ansible_python_interpreter)"

# Python's own dataclasses take a fifth of the host's time.
_DATACLASSES = ("\nfrom dataclasses import ", f"\nfrom {_PACKAGE}._plain.dataclass import ")

# Old Pythons read it too, to say that they are too old. Ansible puts the arguments in at the first marker as a Python
# literal; the second marker, in a comment, is what tells it that the program wants them so.
_PROGRAM = """\
#!/usr/bin/python
# -*- coding: utf-8 -*-
# Made from plugins/module_utils of the collection appmail.settings; the sources are there.
import sys

if sys.version_info < (3, 8):
    sys.stdout.write(%(too_old)r)
    sys.exit(1)
# Python puts the folder of the program, or the one it stands in, before its own library.
if sys.path and (sys.path[0] in ("", ".") or sys.argv[0].startswith(sys.path[0])):
    del sys.path[0]

import json
import zlib
from binascii import a2b_base64
from importlib import import_module
from importlib.machinery import ModuleSpec

SOURCES = json.loads(zlib.decompress(a2b_base64(b"%(sources)s")).decode("utf-8"))
PACKAGES = {name.rpartition(".")[0] for name in SOURCES}
PACKAGES.update(["%(parents)s"])


class Finder(object):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in SOURCES or name in PACKAGES:
            return ModuleSpec(name, cls, is_package=name in PACKAGES, origin=name)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name = module.__name__
        if name in SOURCES:
            exec(compile(SOURCES[name], name, "exec", dont_inherit=True), module.__dict__)


sys.meta_path.insert(0, Finder)
# Ansible takes a program with an import statement for this for one of its own kind.
half = import_module("%(package)s._host.standalone")
half.run_standalone(json.loads("<<INCLUDE_ANSIBLE_MODULE_COMPLEX_ARGS>>"))
# <<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>
"""


class ModuleLoader(Protocol):
    """What is needed of Ansible's loader of modules."""

    def add_directory(self, directory: str) -> None:
        """Look for modules in this folder, too."""


def host_half(folder: Path = MODULE_UTILS) -> bytes:
    """The program, the same bytes for the same sources."""
    sources = {
        f"{_PACKAGE}.{path.parent.name}.{path.stem}": path.read_text(encoding="utf-8").replace(*_DATACLASSES)
        for path in sorted(folder.glob("_*/*.py"))
    }
    text = json.dumps(sources, sort_keys=True)
    return STORE.get(maker(__file__), text, make=lambda: _program(text))


def _program(sources: str) -> bytes:
    parts = _PACKAGE.split(".")
    parents = '", "'.join(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    packed = base64.b64encode(zlib.compress(sources.encode("utf-8"), 6)).decode("ascii")
    too_old = json.dumps({"failed": True, "msg": TOO_OLD})
    program = _PROGRAM % {"sources": packed, "parents": parents, "package": _PACKAGE, "too_old": too_old}
    return program.encode("utf-8")


@cache
def place_host_half(loader: ModuleLoader, folder: Path) -> None:
    """Write the program below `folder`, which this run has alone, for the loader to find it as HOST_HALF."""
    own = folder / _NAME
    own.mkdir(mode=0o700, exist_ok=True)
    staged = own / f".{os.getpid()}"
    staged.write_bytes(host_half())
    staged.replace(own / f"{_NAME}.py")
    loader.add_directory(str(own))
