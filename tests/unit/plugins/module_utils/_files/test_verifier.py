# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verifier is a program that we don't know: it gets little, is bounded, and what it says is cleaned."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec, Verify
from ansible_collections.appmail.settings.plugins.module_utils._files.verifier import (
    VerifyError,
    fatal_first,
    line_named,
    run_verifier,
)
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys
from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import Secrets

DESTINATION = "/etc/demo/demo.conf"


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    path = tmp_path / "demo.conf"
    path.write_text("echo 'hunter2'\n")
    return path


def run(staged: Path, verify: Verify, secrets: Secrets | None = None) -> str | None:
    return run_verifier(verify, str(staged), DESTINATION, secrets or Secrets())


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", code)


def test_a_good_file_passes_its_real_parser(staged: Path) -> None:
    assert run(staged, Verify(["sh", "-n", "{file}"])) is None


def test_a_bad_file_fails_and_is_named_by_its_destination(staged: Path) -> None:
    staged.write_text("if true; then\n")
    with pytest.raises(VerifyError) as raised:
        run(staged, Verify(["sh", "-n", "{file}"]))
    assert "/sh refused it (exit status 2): " in str(raised.value)
    assert DESTINATION in str(raised.value)
    assert str(staged.parent) not in str(raised.value)


def test_a_program_that_is_not_there_is_no_failure_but_is_said(staged: Path) -> None:
    said = run(staged, Verify(["appmail-no-such-program", "{file}"]))
    assert said == "appmail-no-such-program is not installed on this host"


FAILURES = {
    "status": (Verify(python("raise SystemExit(3)")), "refused it (exit status 3), and said nothing"),
    "signal": (Verify(python("import os; os.abort()")), "refused it (ended by signal 6), and said nothing"),
    "words": (
        Verify(python("print('ok'); print('warning: bad port')"), fails_on="^warning:"),
        "reported a fault (its output has '^warning:'): ok\nwarning: bad port",
    ),
    "words on the other channel": (
        Verify(python("import sys; sys.stderr.write('warning: x')"), fails_on="warning"),
        "reported a fault (its output has 'warning'): warning: x",
    ),
    "status, with a hint": (
        Verify(python("raise SystemExit(3)"), hint="name its version"),
        "refused it (exit status 3), and said nothing; name its version",
    ),
    "words, with a hint": (
        Verify(("echo", "bad"), fails_on="bad", hint="name its version"),
        "reported a fault (its output has 'bad'): bad; name its version",
    ),
    "no end": (
        Verify(("sleep", "600"), timeout=0.5),
        "did not end within 0.5 s and was stopped, and said nothing",
    ),
    "no end and no end of words": (
        Verify(("yes", "x"), timeout=0.5),
        "did not end within 0.5 s and was stopped",
    ),
    "a child that stays": (
        Verify(("sh", "-c", "sleep 600 &"), timeout=0.5),
        "did not end within 0.5 s and was stopped, and said nothing",
    ),
    "closed output, no end": (
        Verify(("sh", "-c", "exec sleep 600 >&- 2>&-"), timeout=0.5),
        "did not end within 0.5 s and was stopped, and said nothing",
    ),
    "too much said": (Verify(python("print('x' * 5000); raise SystemExit(1)")), "x" * 2000 + " [...]"),
}


@pytest.mark.parametrize(("verify", "expected"), FAILURES.values(), ids=FAILURES)
def test_failures(staged: Path, verify: Verify, expected: str) -> None:
    with pytest.raises(VerifyError) as raised:
        run(staged, verify)
    assert expected in str(raised.value)
    assert len(str(raised.value)) < 2300


def test_a_program_that_is_stopped_takes_its_children_with_it(staged: Path) -> None:
    pipe = staged.parent / "pipe"
    os.mkfifo(pipe)
    # Opened without waiting for the one that writes; read with waiting, until nobody holds the other end any more.
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    with os.fdopen(reading, encoding="utf-8") as file:
        with pytest.raises(VerifyError, match="did not end"):
            run(staged, Verify(("sh", "-c", f"exec 3> '{pipe}'; echo began >&3; sleep 600 & wait"), timeout=2))
        assert file.read() == "began\n"


CHILDREN = {
    "in the background": "exec 3> '{pipe}'; echo began >&3; sleep 600 > /dev/null 2>&1 &",
    "in a session of its own": "exec 3> '{pipe}'; echo began >&3; setsid sleep 600 > /dev/null 2>&1 &",
    "of a child in a session of its own": (
        "exec 3> '{pipe}'; echo began >&3; setsid sh -c 'sleep 600 & sleep 600 & wait' > /dev/null 2>&1 &"
    ),
}


@pytest.mark.parametrize("script", CHILDREN.values(), ids=CHILDREN)
def test_a_program_that_ended_well_leaves_no_child(staged: Path, script: str) -> None:
    if sys.platform != "linux" or shutil.which("setsid") is None:
        pytest.skip("setsid and orphans that are adopted are Linux's")
    pipe = staged.parent / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    with os.fdopen(reading, encoding="utf-8") as file:
        assert run(staged, Verify(("sh", "-c", script.replace("{pipe}", str(pipe))))) is None
        assert file.read() == "began\n"


def test_a_child_of_ours_that_was_there_before_lives_on(staged: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as ours:
        assert run(staged, Verify(["true"])) is None
        assert ours.poll() is None
        ours.communicate()
    assert ours.returncode == 0


def test_it_gets_a_bare_environment_and_nothing_to_read(staged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPMAIL_VAULT_PASSWORD", "hunter2")
    code = (
        "import os, sys; names = sorted(set(os.environ) - {'LC_CTYPE'});"  # Python sets that one itself
        "print(names, os.getcwd(), repr(sys.stdin.read()), os.environ['HOME']); sys.exit(1)"
    )
    with pytest.raises(VerifyError) as raised:
        run(staged, Verify(python(code)))
    assert "['HOME', 'LANG', 'PATH', 'TMPDIR'] /etc/demo '' /etc/demo" in str(raised.value)


def test_placeholders_are_filled_in_once_and_by_no_shell(staged: Path) -> None:
    odd = staged.parent / "{dest};$(touch x) 'y'"
    staged.rename(odd)
    code = "import sys; print(*sys.argv[1:], sep='|'); sys.exit(1)"
    verify = Verify((*python(code), "--in={file}", "{dir}/x", "{dest}", "{other}"))
    with pytest.raises(VerifyError) as raised:
        run_verifier(verify, str(odd), DESTINATION, Secrets())
    assert f"--in={DESTINATION}|/etc/demo/x|{DESTINATION}|{{other}}" in str(raised.value)
    assert list(staged.parent.iterdir()) == [odd]


def test_secrets_are_taken_out_of_what_it_says_also_at_the_cut(staged: Path) -> None:
    code = "import sys; print(open(sys.argv[1]).read()); print('hunter2' * 20000); sys.exit(1)"
    with pytest.raises(VerifyError) as raised:
        run(staged, Verify((*python(code), "{file}")), Secrets(known=frozenset(["hunter2"])))
    said = str(raised.value)
    assert "echo '********'" in said
    assert "hunt" not in said


def test_what_it_must_not_say_is_sought_before_secrets_are_taken_out(staged: Path) -> None:
    with pytest.raises(VerifyError, match="reported a fault"):
        run(staged, Verify(("echo", "error"), fails_on="error"), Secrets(known=frozenset(["error"])))


SAID = {
    "a warning before": ("postconf: warning: a\npostconf: fatal: c", "postconf: fatal: c\npostconf: warning: a"),
    "in brackets": ("[WARNING] a\nb", "b\n[WARNING] a"),
    "the fault alone": ("amtool: error: a", "amtool: error: a"),
    "a key that is called so": ("unknown key warning_threshold\nb", "unknown key warning_threshold\nb"),
    "warnings alone": ("warning: a\nwarning: b", "warning: a\nwarning: b"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "shown"), SAID.values(), ids=SAID)
def test_what_is_fatal_comes_first(said: str, shown: str) -> None:
    assert fatal_first(said) == shown


def test_the_line_that_a_parser_names_is_shown_without_its_secret() -> None:
    content, masked = "a: b\npassword: hunter2 # x\nc: d\n", "a: b\npassword: ******** # x\nc: d\n"
    whole = FileSpec(DESTINATION, "demo", "demo.conf", content, masked=masked)
    assert line_named("yaml: line 2: bad", whole) == " (line 2 is `password: ******** # x`)"
    assert line_named("yaml: line 20: bad", whole) == ""
    assert line_named("yaml: bad", whole) == ""
    # In a file that others own it is a line of theirs.
    theirs = FileSpec(DESTINATION, "demo", "demo.conf", content, keys=OwnKeys("ini", "go", ("a",)))
    assert line_named("yaml: line 2: bad", theirs) == ""
