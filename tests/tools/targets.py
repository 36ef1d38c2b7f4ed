# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove the targets with their applications, as many as can be had on this machine: `make test-targets`.

    python -m tests.tools.targets [APP ...] [--sent-at-least N] [--parsed-at-least N]

One line a target: the version, how many specs it was written for, how many of them the application itself read, how
often it sent, how often it refused to as it should, and how many traps were noticed. What is skipped is named with the
reason. Exit status 1 if a proof failed, or fewer targets than wanted were proven.

How a proof is written: `tests/applications/proof.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from tests.applications import world
from tests.applications.installed import NotInstalled, install, unpacked
from tests.applications.proof import Proof, proof_of
from tests.applications.proving import Outcome

PATIENCE = 600  # seconds for one target; none comes near
# What else is set here is no business of an application's.
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# apt and npm do one thing at a time.
_INSTALLING = threading.Lock()


def level(app: str) -> str:
    """How the target says that it is known: sent, parsed or source; empty where it is no application's file."""
    tree = yaml.safe_load((find_target(app).folder / "target.yml").read_text(encoding="utf-8"))
    return "" if tree["kind"] == "admin_page" else str(tree.get("evidence", {}).get("level", "source"))


def prove(app: str) -> Outcome:
    """The outcome of one target's proof, in a machine of its own."""
    proof = proof_of(app)
    if proof is None:
        known = level(app)
        reason = "known from its source alone" if known == "source" else f"says {known} and has no proof yet"
        return Outcome(app, why_not=reason)
    try:
        with _INSTALLING:
            environment, packages = install(proof), unpacked(proof)
    except NotInstalled as error:
        return Outcome(app, why_not=str(error))
    return _proven(proof, environment, packages)


def _proven(proof: Proof, environment: dict[str, str], packages: Path | None) -> Outcome:
    with tempfile.TemporaryDirectory(prefix=f"{proof.app}-") as scratch:
        arguments = [proof.app, scratch, *([str(packages)] if packages else [])]
        command = world.unshared([sys.executable, "-m", "tests.applications.proving", *arguments])
        try:
            done = subprocess.run(
                command,
                env={**_ENVIRONMENT, "PYTHONPATH": os.environ["PYTHONPATH"], **environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                text=True,
                errors="replace",
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return Outcome(proof.app, faults=[f"the proof came to no end in {PATIENCE} s"])
    if done.returncode != 0:
        return Outcome(proof.app, faults=[f"the proof ended with status {done.returncode}: {done.stderr[-2000:]}"])
    return Outcome(**json.loads(done.stdout.rstrip().rpartition("\n")[2]))


def line(outcome: Outcome) -> str:
    """What came out, on one line."""
    if outcome.why_not is not None:
        return f"{outcome.app:<22} skipped: {outcome.why_not}"
    word = "FAILED" if outcome.faults else "proven"
    counted = (
        f"{outcome.cases:3} cases  {outcome.parsed:3} parsed  {outcome.sent:3} sent  "
        f"{outcome.refused:3} refused as it should  {outcome.traps} traps noticed"
    )
    return f"{outcome.app:<22} {word}  {outcome.version:<16} {counted}"


def report(outcomes: Sequence[Outcome], wanted: argparse.Namespace) -> int:
    """Print the faults and the sums; the exit status."""
    failed = [outcome for outcome in outcomes if outcome.faults]
    proven = [outcome for outcome in outcomes if outcome.why_not is None and not outcome.faults]
    sent = sum(outcome.sent > 0 for outcome in proven)
    for outcome in failed:
        print(f"\n{outcome.app}: {len(outcome.faults)} faults")
        for fault in outcome.faults:
            print(f"  {fault}")
    skipped = sum(outcome.why_not is not None for outcome in outcomes)
    print(f"\n{sent} targets sent, {len(proven)} sent or parsed, {len(failed)} failed, {skipped} skipped")
    few = sent < wanted.sent_at_least or len(proven) < wanted.parsed_at_least
    if few:
        print(f"wanted: {wanted.sent_at_least} sent, {wanted.parsed_at_least} sent or parsed")
    return 1 if failed or few else 0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Prove the targets with their applications.")
    parser.add_argument("apps", nargs="*", metavar="APP")
    parser.add_argument("--sent-at-least", type=int, default=0, metavar="N")
    parser.add_argument("--parsed-at-least", type=int, default=0, metavar="N")
    wanted = parser.parse_args(arguments)
    missing = world.why_not()
    apps = wanted.apps or [app for app in target_names() if level(app)]
    if missing:
        print(f"skipped, all of them: {missing}")
        return 1 if wanted.sent_at_least else 0
    outcomes = []
    # Mail servers wait more than they work.
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        for outcome in pool.map(prove, apps):
            print(line(outcome), flush=True)
            outcomes.append(outcome)
    return report(outcomes, wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
