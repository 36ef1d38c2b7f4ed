# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of dataclasses on a host gives what Python's own give."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, ClassVar

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._plain import dataclass as plain

# Python's own look for it among the names of the file that a class says it is from, which is this one.
assert ClassVar
MODULE_UTILS = Path(plain.__file__).parents[1]

CLASSES = """
from __future__ import annotations
from typing import ClassVar

@dataclass(frozen=True)
class Server:
    KIND: ClassVar[str] = "relay"
    host: str
    port: int = 25
    password: str | None = field(default=None, repr=False)
    name: str = field(default="", compare=False)

    @property
    def place(self): return f"{self.host}:{self.port}"

@dataclass(frozen=True)
class Named(Server):
    more: list[str] = field(default_factory=list, compare=False)

@dataclass
class Facts:
    stage: str = "connect"
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self): self.began = True

@dataclass
class Quiet:
    secret: str
    def __repr__(self): return "Quiet()"
"""

CASES: dict[str, Callable[[Any], object]] = {
    "by position": lambda made: repr(made.Server("h", 587)),
    "by name": lambda made: repr(made.Server(port=587, host="h")),
    "what is not shown": lambda made: repr(made.Server("h", password="geheim")),
    "equal": lambda made: made.Server("h") == made.Server("h"),
    "another value": lambda made: made.Server("h") == made.Server("h", 26),
    "what is not compared": lambda made: made.Server("h", name="a") == made.Server("h", name="b"),
    "another class": lambda made: made.Server("h") == made.Named("h"),
    "a key": lambda made: {made.Server("h"): 1}[made.Server("h")],
    "no key": lambda made: hash(made.Facts()),
    "inherited": lambda made: repr(made.Named("h", 1, more=["x"])),
    "its own list": lambda made: made.Facts().warnings is made.Facts().warnings,
    "a list that is given": lambda made: made.Facts(warnings=["w"]).warnings,
    "changed": lambda made: setattr_and_show(made.Facts()),
    "replaced": lambda made: repr(made.replace(made.Server("h", 25, "p"), port=465)) + str(made.Server("h").place),
    "after it was made": lambda made: made.Facts().began,
    "a repr of its own": lambda made: repr(made.Quiet("geheim")),
    "a class's constant": lambda made: (made.Server.KIND, made.Server.port, hasattr(made.Facts, "warnings")),
    "too few": lambda made: made.Server(),
    "unknown": lambda made: made.Server("h", colour="red"),
}


def setattr_and_show(facts: SimpleNamespace) -> str:
    facts.stage = "tls"
    return repr(facts)


def classes(source: ModuleType) -> SimpleNamespace:
    namespace: dict[str, Any] = {
        "dataclass": source.dataclass,
        "field": source.field,
        "replace": source.replace,
        "__name__": __name__,
    }
    exec(compile(CLASSES, "classes", "exec", dont_inherit=True), namespace)
    return SimpleNamespace(**namespace)


def outcome(case: Callable[[Any], object], source: ModuleType) -> object:
    try:
        return case(classes(source))
    except TypeError:
        return TypeError


@pytest.mark.parametrize("name", CASES)
def test_answers_as_pythons_own(name: str) -> None:
    assert outcome(CASES[name], plain) == outcome(CASES[name], dataclasses)


def test_has_all_that_the_hosts_half_asks_for() -> None:
    asked = {
        alias.name
        for path in MODULE_UTILS.glob("_*/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        for alias in node.names
    }
    assert {name for name in asked if not hasattr(plain, name)} == set()
    assert asked
