# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where a module gave no answer: what the end means, and the cure. Nothing that Python printed."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._actions.around_the_call import why_no_answer

# Exit status, what was printed, and what of the sentence tells it from the others.
ENDS: dict[str, tuple[object, str, str]] = {
    "not executable": (126, "sh: 1: /opt/python: Permission denied", "app may not run /opt/python"),
    "not there": (127, "sh: 1: /opt/python: not found", "not found at /opt/python"),
    "killed, as a shell says it": (137, "Killed", "by SIGKILL (exit status 137): most often because memory ran out"),
    "killed, as Python says it": (-9, "", "by SIGKILL (exit status -9): most often because memory ran out"),
    "ended": (143, "", "by SIGTERM (exit status 143)"),
    "crashed": (139, "Segmentation fault", "by SIGSEGV (exit status 139): its Python crashed"),
    "a signal without a cure of its own": (134, "Aborted", "by SIGABRT (exit status 134): run it again, with -vvv"),
    "no signal, though beyond 128": (255, "", "no answer at all (exit status 255)"),
    "nothing": (0, "", "no answer at all (exit status 0)"),
    "nothing, and no status": (None, "", "no answer at all"),
    "an error of Python": (1, "Traceback:\nMemoryError: secret", "without an answer (MemoryError), exit status 1"),
    "too old": (1, "SyntaxError: invalid syntax", "Python 3.8 or newer"),
    "a library that may not be read": (
        1,
        "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding",
        "app may not read the library of /opt/python: let app read",
    ),
    "no library": (1, "ModuleNotFoundError: No module named 'encodings'", "app may not read the library"),
    "a shell that lets nobody in": (1, "This account is currently not available.", "the shell of app"),
    "a module that may not be read": (
        2,
        "/opt/python: can't open file '/var/tmp/x/AnsiballZ_apply.py': [Errno 13] Permission denied",
        "app may not read the module that Ansible left",
    ),
}


@pytest.mark.parametrize(("status", "printed", "telling"), ENDS.values(), ids=ENDS)
def test_each_end_is_told_with_its_cure(status: object, printed: str, telling: str) -> None:
    done = {"rc": status, "module_stdout": "", "module_stderr": f"{printed}\nhunter2-in-a-payload"}
    sentence = why_no_answer(done, "#!/opt/python", "app")
    assert telling in sentence
    assert "hunter2" not in sentence
    assert "secret" not in sentence


def test_without_become_it_is_the_user_that_ansible_logs_in_as() -> None:
    assert why_no_answer({"rc": 126}, "#!/opt/python").startswith("the user that Ansible logs in as may not run")
