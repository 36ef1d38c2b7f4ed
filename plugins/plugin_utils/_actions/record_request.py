# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the report and the gate make of an inventory: the intended part of its record, and its lock file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, sort_key
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import GateJudgement
from ansible_collections.appmail.settings.plugins.plugin_utils._publication.lock import lock, outdated
from ansible_collections.appmail.settings.plugins.plugin_utils._record.intended import Inventory, intended
from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import merged_intended
from ansible_collections.appmail.settings.plugins.plugin_utils._record.places import Origins
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import Intended
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.git_blame import work_tree
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables, HostVars
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Place, place_of, variable_at

from .inventory_request import review_folders


def intended_of(
    hosts: Sequence[HostVariables],
    judgement: GateJudgement,
    hostvars: HostVars,
    root: str,
    *,
    authors: bool = True,
    blamed: bool = True,
    less: Collection[Path] = (),
) -> Intended:
    """The intended part of an inventory's record. `root` is the playbook's folder, `less` what the record writes."""
    tree = work_tree(Path.cwd(), less=less)
    known = blamed and tree is not None and not tree.shallow
    inventory = Inventory(
        hosts=hosts,
        judgement=judgement,
        tree=tree,
        origins=Origins(review_folders(root), blamed=known, authors=authors),
        name_of=_namer(hostvars),
        search=[root, str(Path.cwd())],
    )
    return merged_intended([intended(inventory)])


def _namer(hostvars: HostVars) -> Callable[[str, object], str | None]:
    """Names the variable that a value was written in; each place is looked for once."""
    known: dict[Place, str | None] = {}

    def name(host: str, value: object) -> str | None:
        place = place_of(value)
        if place is None:
            return None
        if place not in known:
            known[place] = variable_at(place, cast(Mapping[str, object], hostvars.raw_get(host)))
        return known[place]

    return name


def with_lock(judgement: GateJudgement, made: Intended, file: Path, shown: str, *, limited: bool) -> GateJudgement:
    """The judgement, with an error where the lock file is not what the settings are now.

    `limited` says that not all hosts of the inventory were judged.
    """
    try:
        difference = outdated(file.read_text(encoding="utf-8"), lock(made), limited=limited)
        message = f"is out of date from here on: {difference.counted}" if difference else ""
        line = difference.line if difference else None
    except (OSError, ValueError):
        message, line = "cannot be read", 1
    if not message:
        return judgement
    cure = f"ansible-playbook appmail.settings.audit -i INVENTORY -e email_lock_file={shown}"
    finding = Finding(
        path="email_lock_file",
        pointer="",
        message=f"{message}; run {cure}, look at what it changes, and commit it",
        rule="lock",
        file=shown,
        line=line,
        written_in=str(file),
    )
    return replace(judgement, errors=tuple(sorted((*judgement.errors, finding), key=sort_key)))
