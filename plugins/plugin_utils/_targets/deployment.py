# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""The same keys for another place than the host's own file: a container's environment, a unit of systemd, Kubernetes.

A target whose files are environment variables can be given to all three; one with other files, all of them ours, to
Kubernetes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ansible_collections.appmail.settings.plugins.plugin_utils._formats.kubernetes import CONFIG_MAP, SECRET
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SECRET_LEAVES

from .keys import Key
from .sources import FilePath, Source, options_of
from .target import FileTemplate, Target, TargetAtVersion
from .target_file import TargetError

_FOLDER = "/etc/appmail"
MANIFEST = ".manifest.yml"


class NotDeployable(TargetError):
    """A target that cannot be given to what `as` names."""


def deployed(at: TargetAtVersion, form: str | None) -> TargetAtVersion:
    """The target as `as` wants it; as it is where that is None. Raises NotDeployable."""
    if form is None:
        return at
    if at.kind != "config_file":
        raise NotDeployable(f"{at.label} is set on an admin page, so there is nothing to give to {form}")
    return _FORMS[form](at)


def _compose(at: TargetAtVersion) -> TargetAtVersion:
    files = tuple(replace(file, dialect="compose") for file in _variables(at, "compose"))
    paths = " and ".join(file.path for file in files)
    note = f"Name {paths} under `env_file` in compose.yaml, then `docker compose up -d`."
    return _moved(at, files, {"reload": None, "reload_note": note})


def _systemd(at: TargetAtVersion) -> TargetAtVersion:
    """systemd.unit(5): what lies in the folder UNIT.d is read behind the unit; systemd.exec(5), EnvironmentFile=."""
    service = str((at.target.reload or {}).get("service", at.app)).removesuffix(".service")
    files = [replace(file, dialect="systemd") for file in _variables(at, "systemd")]
    drop_in = FileTemplate(
        name=f"{service}.service.d",
        path=f"/etc/systemd/system/{service}.service.d/appmail.conf",
        format="ini",
        dialect="go",
        keys=tuple(Key("Service.EnvironmentFile", FilePath(file.name)) for file in files),
        mode="0644",
    )
    reload = {"service": service, "state": "restarted", "daemon_reload": True}
    return _moved(at, (*files, drop_in), {"reload": reload, "reload_note": None})


def _kubernetes(at: TargetAtVersion) -> TargetAtVersion:
    for file in at.files:
        if file.commands is not None:
            raise NotDeployable(f"{at.label} is set by a command, and a manifest holds files")
        if file.block is not None or file.own_keys is not None:
            raise NotDeployable(f"{at.label} shares {file.path} with others, and a manifest holds a file as a whole")
    manifest = FileTemplate(
        name=f"{at.app}{MANIFEST}",
        path=f"{_FOLDER}/{at.app}{MANIFEST}",
        format="kubernetes",
        dialect=at.app,
        mode="0600",
    )
    if all(file.format == "dotenv" for file in at.files):
        keys = [_named(key, at.target) for file in at.files for key in file.keys]
        manifest = replace(manifest, keys=tuple(keys))
    else:
        manifest = replace(manifest, parts=at.files)
    note = f"Run `kubectl apply -f {at.app}{MANIFEST}`, and let the container take what is in it; then start it anew."
    return _moved(at, (manifest,), {"reload": None, "reload_note": note})


def _named(key: Key, target: Target) -> Key:
    kind = SECRET if is_secret(key.source, target) else CONFIG_MAP
    return replace(key, name=f"{kind}.{key.name}")


def is_secret(source: Source, target: Target) -> bool:
    """Whether a secret stands in a value, by its kind."""
    return not SECRET_LEAVES.isdisjoint(source.leaves) or not target.secret_options.isdisjoint(options_of(source))


def _variables(at: TargetAtVersion, form: str) -> list[FileTemplate]:
    """The target's files of environment variables, as files of ours; NotDeployable where it has others."""
    strange = [file.path for file in at.files if file.format != "dotenv"]
    if strange:
        raise NotDeployable(f"{at.label} reads {strange[0]} and no environment variables, which {form} could hand over")
    own = [replace(file, owner=None, group=None, mode="0600", block=None, own_keys=None) for file in at.files]
    names = [f"{at.app}.env"] if len(own) == 1 else [f"{at.app}-{file.name}" for file in own]
    return [replace(file, path=f"{_FOLDER}/{name}") for file, name in zip(own, names, strict=True)]


def _moved(at: TargetAtVersion, files: Sequence[FileTemplate], changes: Mapping[str, object]) -> TargetAtVersion:
    return replace(at, files=tuple(files), target=replace(at.target, **changes))  # type: ignore[arg-type]


_FORMS: Mapping[str, Callable[[TargetAtVersion], TargetAtVersion]] = {
    "compose": _compose,
    "kubernetes": _kubernetes,
    "systemd": _systemd,
}
