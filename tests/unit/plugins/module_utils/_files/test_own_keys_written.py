# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of ours in files that others own are written in the same transaction as whole files and blocks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import (
    FileSpec,
    Verify,
    file_spec_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import WriteOutcome, write_files
from ansible_collections.appmail.settings.plugins.module_utils._host.write import write
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys
from tests.servers.leaks import leaks

SECRET = "S3cret/Wörd+42"
OLD_SECRET = "0ld/Secret+17"
NAMES = ("mailer.HOST", "mailer.USER", "mailer.PASSWD")
CONTENT = f"[mailer]\nHOST = h.example.edu\nUSER = u\nPASSWD = `{SECRET}`\n"
MASKED = "[mailer]\nHOST = h.example.edu\nUSER = u\nPASSWD = ********\n"
THEIRS = f"; theirs\nRUN = prod\n\n[mailer]\nHOST = old.example.edu ; since 2019\nPASSWD = {OLD_SECRET}\nNAME = x\n"
OURS = f"; theirs\nRUN = prod\n\n[mailer]\nHOST = h.example.edu ; since 2019\nPASSWD = `{SECRET}`\nNAME = x\nUSER = u\n"


def spec(path: Path, **others: object) -> FileSpec:
    keys = OwnKeys("ini", "go", NAMES)
    return replace(FileSpec(str(path), "gitea", path.name, CONTENT, MASKED, keys=keys), **others)  # type: ignore[arg-type]


def run(*files: FileSpec, check_mode: bool = False, takeover: str = "backup") -> WriteOutcome:
    return write_files(files, check_mode=check_mode, backup=False, diff=True, takeover=takeover)


@pytest.fixture(name="path")
def path_fixture(tmp_path: Path) -> Path:
    path = tmp_path / "app.ini"
    path.write_text(THEIRS)
    path.chmod(0o640)
    return path


def test_check_mode_writing_and_writing_again(path: Path) -> None:
    checked = run(spec(path), check_mode=True)
    assert path.read_text() == THEIRS
    written, again = run(spec(path)), run(spec(path))
    assert path.read_text() == OURS
    assert [outcome.changed for outcome in (checked, written, again)] == [True, True, False]
    assert checked.diffs == written.diffs
    assert again.diffs == []
    assert written.files[0]["mode"] == "0640"


def test_the_diff_has_our_keys_alone_and_no_secret_old_or_new(path: Path) -> None:
    (diff,) = run(spec(path)).diffs
    assert diff == {
        "before_header": f"{path} (keys of gitea)",
        "after_header": f"{path} (keys of gitea)",
        "before": "[mailer]\nHOST = old.example.edu\n********\n",
        "after": "[mailer]\nHOST = h.example.edu\nUSER = u\nPASSWD = ******** (changed)\n",
    }
    assert leaks(json.dumps(diff), "u", SECRET) == []
    assert leaks(json.dumps(diff), "u", OLD_SECRET) == []


def test_what_is_twice_is_refused_and_left(path: Path) -> None:
    path.write_text(THEIRS + "\n[mailer]\nHOST = again\n")
    with pytest.raises(WriteError) as raised:
        run(spec(path))
    assert str(raised.value) == (
        f"cannot write {path} (gitea): mailer.HOST is set 2 times, at lines 5 and 10; delete all but one of them; "
        "every file is as it was"
    )


def test_a_verifier_that_refuses_leaves_the_file(path: Path) -> None:
    with pytest.raises(WriteError, match="verification failed"):
        run(spec(path, verify=Verify(["false"])))
    assert path.read_text() == THEIRS


TAKEOVERS = {
    "nothing is remembered": (None, False),
    "an earlier run wrote the keys": (True, False),
    "somebody else wrote the keys": (False, True),
}


@pytest.mark.parametrize(("known", "taken"), TAKEOVERS.values(), ids=TAKEOVERS)
def test_what_somebody_else_wrote_is_kept_or_refused(path: Path, known: bool | None, taken: bool) -> None:
    if taken:
        with pytest.raises(WriteError, match=r"2 of its lines \(5, 6\) would be lost, and takeover is refuse"):
            run(spec(path, known=known), takeover="refuse")
        assert path.read_text() == THEIRS
    outcome = run(spec(path, known=known))
    copies = [copy for copy in path.parent.iterdir() if copy != path]
    assert [copy.read_text() for copy in copies] == ([THEIRS] if taken else [])
    said = f"{path}: what the keys of gitea held was not written by appmail.settings and is taken over: 2 of its lines"
    assert [warning[: len(said)] for warning in outcome.warnings] == ([said] if taken else [])


def test_new_keys_beside_theirs_take_nothing_over(path: Path) -> None:
    path.write_text("[mailer]\nNAME = x\n")
    outcome = run(spec(path, known=False), takeover="refuse")
    assert outcome.warnings == []
    assert path.read_text() == "[mailer]\nNAME = x\n" + CONTENT.partition("\n")[2]


def test_two_targets_share_a_file_by_different_keys(path: Path) -> None:
    other = OwnKeys("ini", "go", ("log.LEVEL",))
    run(spec(path), FileSpec(str(path), "logs", "app.ini", "[log]\nLEVEL = Info\n", keys=other))
    assert path.read_text() == OURS + "\n[log]\nLEVEL = Info\n"
    with pytest.raises(WriteError, match="have the same destination"):
        run(spec(path), spec(path))


def mapping(path: Path) -> dict[str, Any]:
    keys = {"format": "ini", "dialect": "go", "names": list(NAMES)}
    return {"path": str(path), "target": "gitea", "name": "app.ini", "content": CONTENT, "masked": MASKED, "keys": keys}


def payload(root: Path, *files: dict[str, Any], **others: object) -> Any:  # noqa: ANN401
    common = {"backup": False, "takeover": "backup", "diff": False, "reloads": [], "remember_reloads": False}
    return {**common, "files": list(files), "dest_root": str(root), "scope": "h", "removed": "warn", **others}


def test_a_mapping_makes_the_same_spec(path: Path) -> None:
    assert file_spec_from_mapping(mapping(path)) == replace(spec(path), keys=OwnKeys("ini", "go", list(NAMES)))  # type: ignore[arg-type]


def test_what_is_listed_no_more_is_named_and_just_our_keys_are_taken_out(path: Path) -> None:
    root = path.parent
    write(payload(root, mapping(path)), check_mode=False)
    left = write(payload(root), check_mode=False)
    assert left["left"] == [str(path)]
    assert f"the keys in {path}" in left["warnings"][0]
    assert path.read_text() == OURS
    gone = write(payload(root, removed="remove"), check_mode=False)
    assert (gone["changed"], gone["removed"]) == (True, [str(path)])
    assert path.read_text() == "; theirs\nRUN = prod\n\n[mailer]\nNAME = x\n"
    assert write(payload(root, removed="remove"), check_mode=False)["changed"] is False


def test_a_file_that_held_our_keys_alone_goes_with_them(tmp_path: Path) -> None:
    path = tmp_path / "new.ini"
    write(payload(tmp_path, mapping(path)), check_mode=False)
    assert path.read_text() == CONTENT
    write(payload(tmp_path, removed="remove"), check_mode=False)
    assert not path.exists()


def test_a_second_run_knows_its_keys_and_takes_nothing_over(path: Path) -> None:
    root = path.parent
    first = write(payload(root, mapping(path)), check_mode=False)
    changed = dict(mapping(path), content=CONTENT.replace("h.example.edu", "other.example.edu"))
    second = write(payload(root, changed, takeover="refuse"), check_mode=False)
    assert [len(result["warnings"]) for result in (first, second)] == [1, 0]
    assert second["changed"]
