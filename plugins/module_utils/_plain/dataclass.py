# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Dataclasses in what the host's half asks of them: the program that is sent has these in place of Python's.

Python's own takes a fifth of the host's time: it reads `inspect` and `ast`, and compiles up to eight functions a class.
Here a class gets one, its `__init__`. That nothing changes a frozen one is what the tests, which have Python's, prove.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, TypeVar

_Object = TypeVar("_Object")
_MISSING: Any = object()


class Field(NamedTuple):
    """What `field` says of an attribute."""

    default: Any = _MISSING
    default_factory: Any = _MISSING
    repr: bool = True
    compare: bool = True


def field(**options: Any) -> Any:  # noqa: ANN401 - stands in for the attribute's value, whatever its type
    """What an attribute begins with, and whether `repr` and `==` see it."""
    return Field(**options)


def dataclass(cls: type[_Object] | None = None, *, frozen: bool = False) -> Any:  # noqa: ANN401 - class or decorator
    """Give a class its `__init__`, `__repr__`, `__eq__` and, where it is frozen, `__hash__`."""
    if cls is None:
        return lambda decorated: _process(decorated, frozen=frozen)
    return _process(cls, frozen=frozen)


def replace(instance: _Object, **changes: Any) -> _Object:  # noqa: ANN401 - any field
    """Another instance with some fields changed."""
    return type(instance)(**{**{name: getattr(instance, name) for name in _fields(instance)}, **changes})


def _fields(instance: object) -> dict[str, Field]:
    fields: dict[str, Field] = type(instance)._plain_fields  # type: ignore[attr-defined]  # noqa: SLF001 - given below
    return fields


def _process(cls: type[_Object], *, frozen: bool) -> type[_Object]:
    fields: dict[str, Field] = dict(getattr(cls, "_plain_fields", {}))
    for name, declared in _declared(cls):
        fields[name] = declared
        if declared.default is not _MISSING:
            setattr(cls, name, declared.default)
        elif name in cls.__dict__:
            delattr(cls, name)
    own: dict[str, Any] = {
        "_plain_fields": fields,
        "__init__": _initializer(fields, calls_back=hasattr(cls, "__post_init__")),
        "__repr__": _repr,
        "__eq__": _equal,
        "__hash__": _hash if frozen else None,
    }
    for name, value in own.items():
        # Python's own leaves what a class defines itself, but for `__init__`.
        if name in ("_plain_fields", "__init__") or name not in cls.__dict__ or cls.__dict__[name] is None:
            setattr(cls, name, value)
    return cls


def _declared(cls: type) -> Iterator[tuple[str, Field]]:
    """The fields that the class itself adds. Annotations are texts, for every file puts off evaluating them."""
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():  # noqa: RUF063 - the standard library alone
        if not str(annotation).startswith("ClassVar"):
            value = cls.__dict__.get(name, _MISSING)
            yield name, value if isinstance(value, Field) else Field(value)


def _initializer(fields: dict[str, Field], *, calls_back: bool) -> Callable[..., None]:
    parameters, lines, values = [], [], {}
    for name, declared in fields.items():
        made = declared.default_factory is not _MISSING
        values[f"_{name}"] = declared.default_factory if made else declared.default
        optional = made or declared.default is not _MISSING
        parameters.append(f"{name}=_{name}" if optional else name)
        # What is made anew for each instance is made when nothing else was given.
        value = f"_{name}() if {name} is _{name} else {name}" if made else name
        lines.append(f"    own[{name!r}] = {value}")
    after = "\n    self.__post_init__()" if calls_back else ""
    body = "\n".join(["    own = self.__dict__", *lines])
    exec(f"def __init__(self, {', '.join(parameters)}):\n{body}{after}", values)  # noqa: S102 - names of our own classes
    initializer: Callable[..., None] = values["__init__"]
    return initializer


def _repr(self: object) -> str:
    shown = [f"{name}={getattr(self, name)!r}" for name, declared in _fields(self).items() if declared.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _compared(instance: object) -> tuple[Any, ...]:
    return tuple(getattr(instance, name) for name, declared in _fields(instance).items() if declared.compare)


def _equal(self: object, other: object) -> Any:  # noqa: ANN401 - bool or NotImplemented
    return _compared(self) == _compared(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash(_compared(self))
