# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The collection's own modules, imported by Python's loader with code that is kept from run to run.

Ansible's loader of collections compiles each of them in every run: a tenth of a second.
"""

from __future__ import annotations

import gc
import marshal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from .store import STORE

_PLUGINS = __name__.rpartition(".plugin_utils.")[0]
_OWN = (f"{_PLUGINS}.module_utils.", f"{_PLUGINS}.plugin_utils.")


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        kept = STORE.get("code", path, source, make=lambda: marshal.dumps(self.source_to_code(source, path)))
        code: CodeType = marshal.loads(kept)  # noqa: S302 - from the store, which trusts this user alone
        return code


class _Finder(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 - as Python has it
    ) -> ModuleSpec | None:
        """A module's file in the folder of its package. Packages, and the modules of others, are found by Ansible."""
        if path is None or not fullname.startswith(_OWN):
            return None
        file = Path(next(iter(path)), f"{fullname.rpartition('.')[2]}.py")
        return spec_from_file_location(fullname, file, loader=_Loader(fullname, str(file))) if file.is_file() else None


def keep_own_code(home: str) -> None:
    """From now on take the code of what is imported from the store in this folder, which is Ansible's own.

    Actions call it before they import anything else of the collection.
    """
    STORE.open(Path(home, "appmail.settings"))
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(_place_of_the_finder_of_collections(), _Finder())
        # Ansible lives as long as the run: looking for garbage in it takes 25 ms each time that Python does.
        gc.freeze()


def _place_of_the_finder_of_collections() -> int:
    """Whoever comes before it may have a say in all imports, as ansible-test has."""
    places = (place for place, finder in enumerate(sys.meta_path) if _finds_collections(finder))
    return next(places, len(sys.meta_path))


def _finds_collections(finder: object) -> bool:
    return hasattr(finder, "find_spec") and finder.find_spec("ansible_collections", None) is not None
