# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on the installed ansible-core, and prove that it tested something.

ansible-test wants a real folder `ansible_collections/NAMESPACE/NAME` and a git repository in it, takes its files from
git, and answers success where it found none. So the checkout's own files are copied into `build/sanity`, and a run
counts only when every test that ansible-test knows has run on every Python that this machine has.

    python -m tests.tools.sanity [TEST...]
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests.tools.pythons import VERSIONS, find_python
from tests.tools.tree import ROOT

WORK = ROOT / "build" / "sanity"
COPY = WORK / "ansible_collections" / "appmail" / "settings"
HOME = WORK / "home"
ANSIBLE_TEST = Path(sys.executable).parent / "ansible-test"

# ansible-test fills its virtual environments with a script that it downloads from a host of its own. It looks first
# for a kept copy; this one takes the pip that comes with Python, so that only the package index is ever asked.
GET_PIP = """\
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
if any(not word.startswith("-") for word in wanted):
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet"] + wanted)
"""

# What finds nothing to read here, for the collection has no PowerShell, no `.sh` and no `__init__.py`. Any other test
# that finds nothing is a fault.
NOTHING_TO_READ = {"empty-init", "pslint", "shellcheck"}

LOG = WORK / "ansible-test.log"
SAID_BY_PIP = re.compile(
    r" *(Looking in|Collecting|Downloading|Processing|Using cached|Installing collected|Successfully installed"
    r"|Requirement already|Obtaining|Ignoring|WARNING: Location|━|\[notice\])"
)


class SanityError(Exception):
    """ansible-test did not test what it was asked to; the sentence says what is missing."""


def copy_sources() -> int:
    """Copy what git knows or would know of the checkout; answer the number of files."""
    listed = _git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    shutil.rmtree(COPY, ignore_errors=True)
    for name in names:
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, COPY / name, follow_symlinks=False)
    _git(["init", "--quiet"], COPY)
    return len(names)


def _git(arguments: list[str], folder: Path) -> str:
    # A checkout may belong to another user than the one who tests it, as in CI.
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def environment(pythons: Sequence[Path]) -> dict[str, str]:
    """Say what ansible-test may see: a home of its own, and the real interpreters before any shim."""
    folders = [str(ANSIBLE_TEST.parent), *dict.fromkeys(str(python.parent) for python in pythons)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "HOME": str(HOME),
        "PATH": os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)]),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def prepare_home() -> None:
    """Give the home the kept copy of the bootstrap, by the name that this ansible-core asks for, and pip's settings."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in sorted(_bootstrap_versions()):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")
    settings = HOME / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(_pip_settings(), encoding="utf-8")


def _bootstrap_versions() -> set[str]:
    found = importlib.util.find_spec("ansible_test")
    assert found is not None
    assert found.submodule_search_locations is not None
    source = Path(found.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    return set(re.findall(r"\bpip=['\"]([\d.]+)['\"]", source.read_text(encoding="utf-8")))


def _pip_settings() -> str:
    """Write the user's settings of pip as a file: ansible-test passes on neither the environment nor the home."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    lines = ["[global]"]
    for line in listed.stdout.splitlines():
        name, value = line.split("=", maxsplit=1)
        lines.append(f"{name.rpartition('.')[2]} = {ast.literal_eval(value)}".replace("\n", " "))
    return "\n".join(dict.fromkeys(lines)) + "\n"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What ansible-test says of one test on one Python; `skipped` is its reason, or None."""

    test: str
    python: str
    skipped: str | None


def run(variables: dict[str, str], wanted: Sequence[str]) -> list[Outcome]:
    """Run these tests, or all if none is named; raise if one finds a fault."""
    command = [str(ANSIBLE_TEST), "sanity", "--color", "no", "--junit"]
    for test in wanted:
        command += ["--test", test]
    status = _show(command, variables)
    if status != 0:
        raise SanityError(f"ansible-test sanity failed with exit status {status}: see above, and {LOG}.")
    reports = COPY / "tests" / "output" / "junit"
    return [_outcome(report) for report in sorted(reports.glob("*.xml"))]


def _show(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run ansible-test and show what it says, without what pip says of each package; the log has all of it."""
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=COPY, env=dict(variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            if not SAID_BY_PIP.match(line):
                print(line, end="", flush=True)
    return process.returncode


def _outcome(report: Path) -> Outcome:
    name = re.fullmatch(r"ansible-test-sanity-(?P<test>.+?)(?:-python-(?P<python>[\d.]+))?", report.stem)
    assert name is not None
    skipped = ElementTree.parse(report).find(".//skipped")
    reason = None if skipped is None else skipped.get("message") or skipped.text or "no reason given"
    return Outcome(name["test"], name["python"] or "", reason)


def known_tests(variables: Mapping[str, str]) -> set[str]:
    command = [str(ANSIBLE_TEST), "sanity", "--list-tests"]
    done = subprocess.run(command, cwd=COPY, env=dict(variables), check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def supported_pythons() -> set[str]:
    """The Pythons that this ansible-core tests; the host's half itself runs on older ones, too."""
    constants = importlib.import_module("ansible_test._util.target.common.constants")
    return {*constants.REMOTE_ONLY_PYTHON_VERSIONS, *constants.CONTROLLER_PYTHON_VERSIONS}


def prove(outcomes: Sequence[Outcome], known: set[str], pythons: Mapping[str, Path]) -> None:
    """Raise unless every known test read something, on every Python that is here."""
    tested = [outcome for outcome in outcomes if outcome.skipped is None]
    silent = known - {outcome.test for outcome in tested} - NOTHING_TO_READ
    if silent or not tested:
        raise SanityError(f"ansible-test sanity passed without these tests: {', '.join(sorted(silent)) or 'all'}.")
    untested = set(pythons) - {outcome.python for outcome in tested}
    if untested:
        raise SanityError(f"ansible-test sanity passed without Python {', '.join(sorted(untested))}.")


def main() -> int:
    wanted = sys.argv[1:]
    versions = [version for version in VERSIONS if version in supported_pythons()]
    pythons = {version: found for version in versions if (found := find_python(version)) is not None}
    prepare_home()
    files = copy_sources()
    variables = environment(list(pythons.values()))
    try:
        outcomes = run(variables, wanted)
        if wanted:
            prove(outcomes, set(wanted), {})
        else:
            prove(outcomes, known_tests(variables), pythons)
    except SanityError as fault:
        print(fault, file=sys.stderr)
        return 1
    tested = [outcome for outcome in outcomes if outcome.skipped is None]
    used = [version for version in VERSIONS if version in {outcome.python for outcome in tested}]
    print(f"sanity: {len(tested)} tests passed over {files} files, on Python {', '.join(used)}")
    missing = [version for version in versions if version not in pythons]
    if missing:
        print(f"sanity: not tested on Python {', '.join(missing)}: not on this machine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
