# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Working files that the collection did not write: each in `examples/APP`, by its name in target.yml and a variant.

A file added there is a test. What apply would write then says the same, or the keys are told beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.places import entries_in
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.target import TargetAtVersion
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.sentence_error import SentenceError

EXAMPLES = Path(__file__).parent / "examples"
SECRET = "s3cr3t-pw"
# What sends through the host's sendmail, or has a relay where no spec says one.
WITHOUT_RELAY = {
    "fail2ban": "hands its mail to sendmail",
    "icinga2": "hands its mail to sendmail",
    "nagios": "hands its mail to sendmail",
    "smartmontools": "hands its mail to sendmail",
    "unattended_upgrades": "hands its mail to sendmail",
}
# Files that say it in a way that only running them, or a reader of their own, would tell.
TOLD = {
    "airflow": "a connection's URL, of which other words than ours are in use",
    "javamail": "JavaMail's own names, where the target has Spring's",
    "mediawiki": "an array with a call in it",
    "mutt": "a password by a command",
    "roundcube": "a relay without a scheme, whose default the version decides",
    "tomcat": "a resource of another name",
}


def variants() -> Iterator[tuple[str, str]]:
    """Each application with each variant of its files; one without variants has one, without a name."""
    for folder in sorted(EXAMPLES.iterdir()):
        names = {file.name for file in find_target(folder.name).at().files} | {"code"}
        found = {
            file.name.removeprefix(name).lstrip(".") for file in folder.iterdir() for name in names if _is(file, name)
        }
        yield from ((folder.name, variant) for variant in sorted(found - {""}) or [""])


def _is(file: Path, name: str) -> bool:
    return file.name == name or file.name.startswith(f"{name}.")


def example(app: str, variant: str) -> dict[str, str]:
    """The files of a variant, and those that all have, by their names in target.yml."""
    names = sorted([*(file.name for file in find_target(app).at().files), "code"], key=len)
    files: dict[str, str] = {}
    for name in names:
        for path in (EXAMPLES / app / name, EXAMPLES / app / f"{name}.{variant}"):
            if path.is_file():
                files[name] = path.read_text(encoding="utf-8")
    return files


def adopt(app: str, files: Mapping[str, str]) -> Adopted:
    seen = [SeenFile(name, f"/etc/{name}", "root", "root", "0600", text=text) for name, text in files.items()]
    return read_application(find_target(app).at(), None, seen, {})


def rendered(at: TargetAtVersion, adopted: Adopted) -> dict[str, str]:
    tree: Tree = {}
    for setting in adopted.settings.values():
        tree = put(tree, setting.leaf, setting.value)
    options = {name: option.value for name, option in adopted.options.items()}
    return {file.name: file.content for file in render_target(at, Spec.of(tree), options, {}, {})}


def differing(at: TargetAtVersion, files: Mapping[str, str], again: Mapping[str, str]) -> Iterator[str]:
    """The keys that are not the same in both; of a file with others' keys too, those that apply writes."""
    for file in at.files:
        if file.name not in files or file.name not in again:
            continue
        reads = at.target.reads.get(file.name)
        read_as = (reads.format, reads.dialect) if reads else (str(file.format), file.dialect)
        now, wanted = (
            {entry.name: str(entry.value).strip("\"':").strip().lower() for entry in entries_in(text, *read_as).entries}
            for text in (files[file.name], again[file.name])
        )
        names = {*wanted, *now} if file.block is None and file.own_keys is None else set(wanted)
        yield from (name for name in sorted(names) if now.get(name) != wanted.get(name))


VARIANTS = list(variants())


@pytest.mark.parametrize(("app", "variant"), VARIANTS)
def test_a_working_file_is_adopted(app: str, variant: str) -> None:
    """The relay is carried, or what names it is told."""
    adopted = adopt(app, example(app, variant))
    assert not [remark for remark in adopted.remarks if remark.rule == "unreadable"]
    relay = adopted.values().get("smtp.host")
    told = relay is None and bool([*adopted.remarks, *adopted.left])
    assert app in WITHOUT_RELAY or relay in ("smtp.example.test", "127.0.0.1") or (told and app in TOLD)
    assert not [remark for remark in (*adopted.remarks, *adopted.left) if SECRET in remark.message]
    assert SECRET not in str(adopted.values().get("smtp.auth.password", SECRET)).removeprefix(SECRET)


@pytest.mark.parametrize(("app", "variant"), VARIANTS)
def test_what_apply_would_change_is_told(app: str, variant: str) -> None:
    """Each key that would not be as it is stands in a finding or among what is left, or has the default for a value."""
    at, files = find_target(app).at(), example(app, variant)
    adopted = adopt(app, files)
    told = (*adopted.remarks, *adopted.left)
    missing = [name for name in at.target.required if not any(leaf.startswith(name) for leaf in adopted.settings)]
    if missing:
        # The gate asks for them first.
        assert told
        return
    try:
        again = rendered(at, adopted)
    except (SentenceError, NotExpressible):
        assert told
        return
    said = " ".join(remark.message for remark in told)
    defaults = {name for file in at.files for name in file.defaults}
    assert [name for name in differing(at, files, again) if name not in said and name not in defaults] == []


def test_there_are_examples() -> None:
    assert len(VARIANTS) > 50


# What a variant is called by, as a spec says it.
ENCRYPTION = {
    "implicit-tls": "implicit_tls",
    "none": "none",
    "starttls-opportunistic": "starttls_opportunistic",
    "starttls-required": "starttls",
}
# Of which it is not guessed, so that the gate asks.
ASKED = {
    ("monit", "none"): "other words than those that are read may mean TLS as well",
    ("redmine", "none"): "a key that is not there leaves open which of three is meant, and that is told",
    ("dma", "starttls-opportunistic"): "the target refuses it, for dma does not do what its key says",
}


@pytest.mark.parametrize(
    ("app", "variant"),
    [(app, variant) for app, variant in variants() if variant in ENCRYPTION and app not in (*TOLD, *WITHOUT_RELAY)],
)
def test_the_encryption_is_the_one_that_the_variant_is_called_by(app: str, variant: str) -> None:
    encryption = adopt(app, example(app, variant)).values().get("smtp.encryption")
    assert encryption == (None if (app, variant) in ASKED else ENCRYPTION[variant])
