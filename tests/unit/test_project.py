# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a project has beside its code: its address, its version, its licence, its forms, its pinned actions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tools import address
from tests.tools.tree import ROOT

pytestmark = pytest.mark.once

TEXTS = address.texts()
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
REPOSITORY = str(GALAXY["repository"])
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
CHECK = str(Path(sys.executable).parent / "check-jsonschema")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# -- one address


def test_galaxy_says_that_its_addresses_are_placeholders() -> None:
    comment, _line, addresses = text("galaxy.yml").partition("\nrepository: ")
    assert "Placeholders until the collection is published" in comment
    assert set(re.findall(r"https://github\.com/[\w.-]+/[\w.-]+", f"repository: {addresses}")) == {REPOSITORY}
    assert all(str(GALAXY[name]).startswith(REPOSITORY) for name in ("documentation", "homepage", "issues"))


def test_no_other_file_has_another_address() -> None:
    owner = REPOSITORY.rpartition("/")[0]
    pattern = re.compile(rf"{re.escape(owner)}/[\w.-]+")
    others = {f"{file.relative_to(ROOT)}: {url}" for file, said in TEXTS.items() for url in pattern.findall(said)}
    assert {line for line in others if not line.endswith(f": {REPOSITORY}")} == set()
    assert yaml.safe_load(text("docs/docsite/links.yml"))["edit_on_github"]["repository"] == (
        REPOSITORY.removeprefix("https://github.com/")
    )


@pytest.mark.parametrize(
    ("before", "after"),
    {
        "an address": (f"see {REPOSITORY}/issues", "see https://github.com/they/theirs/issues"),
        "owner and name alone": (f"repository: {REPOSITORY[19:]}\n", "repository: they/theirs\n"),
        "another host": ("https://elsewhere.example/appmail/x", "https://elsewhere.example/appmail/x"),
        "an address that begins alike": (f"see {REPOSITORY}-more", f"see {REPOSITORY}-more"),
        "a name that begins alike": (f"{REPOSITORY[19:]}-more", f"{REPOSITORY[19:]}-more"),
    }.values(),
)
def test_one_command_replaces_it(before: str, after: str) -> None:
    assert address.replaced(before, REPOSITORY, "https://github.com/they/theirs") == after


def test_the_command_refuses_what_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert address.main(["theirs"]) == 2
    assert "python3 -m tests.tools.address" in capsys.readouterr().err


# -- one version


def versions_added() -> dict[str, set[str]]:
    pattern = re.compile(r"\bversion_added: *[\"']?([\w.-]+)")
    found: dict[str, set[str]] = {}
    for file, said in TEXTS.items():
        if file.relative_to(ROOT).parts[0] in ("plugins", "roles"):
            for version in pattern.findall(said):
                found.setdefault(version, set()).add(str(file.relative_to(ROOT)))
    return found


def test_nothing_was_added_in_a_version_that_there_is_not() -> None:
    released = set(yaml.safe_load(text("changelogs/changelog.yaml"))["releases"])
    unknown = {version: files for version, files in versions_added().items() if version not in released}
    assert unknown.keys() <= {str(GALAXY["version"])}, unknown


def test_a_version_is_released_once() -> None:
    """Until it is in the changelog its notes are fragments; behind that, a fragment is for the next one."""
    released = yaml.safe_load(text("changelogs/changelog.yaml"))["releases"]
    fragments = [file.name for file in (ROOT / "changelogs/fragments").glob("*.yml")]
    assert not (GALAXY["version"] in released and fragments), "raise the version in galaxy.yml: that one is released"


# -- the licence


def test_the_licence_at_the_top_is_the_one_of_the_files() -> None:
    assert text("LICENSE") == text("LICENSES/GPL-3.0-or-later.txt")
    assert GALAXY["license"] == ["GPL-3.0-or-later"]


# -- the forms of issues

SCHEMAS = {form.name: "vendor.github-issue-forms" for form in sorted(FORMS.glob("*.yml"))}
SCHEMAS["config.yml"] = "vendor.github-issue-config"


@pytest.mark.parametrize(("form", "schema"), SCHEMAS.items(), ids=SCHEMAS)
def test_the_service_would_take_the_form(form: str, schema: str, tmp_path: Path) -> None:
    def check(file: Path) -> int:
        return subprocess.run(
            [CHECK, "--builtin-schema", schema, str(file)], check=False, capture_output=True
        ).returncode

    assert check(FORMS / form) == 0
    # The schema tells a right form from a wrong one.
    broken = tmp_path / form
    said = text(f".github/ISSUE_TEMPLATE/{form}")
    broken.write_text(
        said.replace("\nbody:", "\nbodies:").replace("\nblank_issues_enabled: f", "\nblank_issues_enabled: x")
    )
    assert check(broken) == 1


ASKS_FOR_TEXT = sorted(set(SCHEMAS) - {"config.yml"})


@pytest.mark.parametrize("form", ASKS_FOR_TEXT)
def test_every_form_says_to_leave_secrets_out(form: str) -> None:
    said = text(f".github/ISSUE_TEMPLATE/{form}")
    assert re.search(r"Please take passwords|made-up names and passwords|Take your account, addresses", said)


# -- pinned actions


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    lines = re.findall(r"^.*\buses: *(.*)$", text("examples/ci/github-actions.yml"), re.MULTILINE)
    assert len(lines) == 3
    assert [line for line in lines if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


# -- the page that Galaxy shows

SECTIONS = ("Requirements", "Installation", "Using", "Release notes", "Support", "Licence")
DEFINED = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text("README.md"), re.MULTILINE))
LINKED = re.findall(r"\]\(([^)\s]+)\)", text("README.md"))


def test_the_readme_has_the_sections_of_a_collection_in_their_order() -> None:
    headings = re.findall(r"^## (.*)$", text("README.md"), re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)


def test_every_link_of_the_readme_is_an_address() -> None:
    assert [link for link in (*LINKED, *DEFINED.values()) if not re.match(r"https://|#", link)] == []


def test_every_reference_of_the_readme_has_its_address_and_every_address_is_used() -> None:
    body = re.sub(
        r"```.*?```|`[^`\n]*`|<!--.*?-->|^\[[^\]]+\]: .*$", "", text("README.md"), flags=re.DOTALL | re.MULTILINE
    )
    used = {name or shown for shown, name in re.findall(r"\[([^\]\[]+)\](?:\[([^\]]+)\])?(?!\()", body)}
    assert {" ".join(name.split()) for name in used} == set(DEFINED)


def test_what_the_readme_links_to_in_the_repository_is_there() -> None:
    pages = [re.fullmatch(rf"{re.escape(REPOSITORY)}/(?:blob|raw)/main/([^#]+)(#.*)?", url) for url in DEFINED.values()]
    assert [page[1] for page in pages if page and not (ROOT / page[1]).is_file()] == []
    assert len([page for page in pages if page]) > 10


def test_the_project_of_the_readme_lies_in_tests() -> None:
    """tests/project is what ansible-lint judges and what the installed collection is tried with."""
    blocks = re.findall(r"^```yaml\n(# \S+\.yml\n.*?)^```$", text("README.md"), re.DOTALL | re.MULTILINE)
    shown = {
        name: body
        for block in blocks
        for name, body in re.findall(r"^# (\S+\.yml)\n(.*?)(?=^# \S+\.yml\n|\Z)", block, re.DOTALL | re.MULTILINE)
    }
    project = {name: text(f"tests/project/{name}").removeprefix(f"# {name}\n") for name in shown}
    assert {name: body.strip() for name, body in shown.items()} == {
        name: body.strip() for name, body in project.items()
    }
    assert set(shown) == {"group_vars/all/email.yml", "group_vars/production/email.yml", "site.yml"}
