# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Whether this host has a service, before anything is written that the service would have to read."""

from __future__ import annotations

import os
from typing import Iterable

# Where systemd is what runs: its own list, systemd.unit(5), and the scripts that it makes units of.
_RUNNING_SYSTEMD = "/run/systemd/system"
_UNITS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/run/systemd/generator.early",
    "/run/systemd/generator.late",
    "/run/systemd/transient",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
# System V and OpenRC, BSD, runit.
_SCRIPTS = ("/etc/init.d", "/etc/rc.d/init.d", "/etc/rc.d", "/usr/local/etc/rc.d", "/etc/sv", "/etc/service")


def is_missing(service: str) -> bool:
    """Whether this host has no such service; False also where nobody can tell, as on a system that we do not know.

    No name at all is no service that could be missing.
    """
    if not service:
        return False
    places = [*(_UNITS if os.path.isdir(_RUNNING_SYSTEMD) else ()), *_SCRIPTS]
    known = [place for place in places if os.path.isdir(place)]
    return bool(known) and not any(os.path.lexists(path) for path in _candidates(service, known))


def _candidates(service: str, places: Iterable[str]) -> Iterable[str]:
    name = service[: -len(".service")] if service.endswith(".service") else service
    template = name.partition("@")[0] + "@"
    for place in places:
        for candidate in (name, f"{name}.service", f"{template}.service"):
            yield os.path.join(place, candidate)
