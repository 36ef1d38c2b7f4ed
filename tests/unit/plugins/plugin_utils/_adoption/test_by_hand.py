# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as people write them: what is read, at which line, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.adopted import Adopted, SeenFile
from ansible_collections.appmail.settings.plugins.plugin_utils._adoption.reading import read_application
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

# app, files by name, leaves with their values and lines, what is said of what else stands there.
CASES: Mapping[str, tuple[str, Mapping[str, str], Mapping[str, tuple[Any, int | None]], tuple[str, ...]]] = {
    "a port by its name, a level that no spec can say, a login elsewhere": (
        "postfix",
        {
            "main.cf": "relayhost = mail.example.org:smtps\nsmtp_tls_wrappermode = yes\n"
            "smtp_tls_security_level = dane\n"
            "smtp_sasl_password_maps = inline:{mail.example.org=u:secret}\n"
        },
        {"smtp.host": ("mail.example.org", 1), "smtp.port": (465, 1), "smtp.encryption": ("implicit_tls", 1)},
        ("smtp.tls.verify is written in a way that is not understood", "smtp_sasl_password_maps has no counterpart"),
    ),
    "a relay without a port": (
        "postfix",
        {"main.cf": "# by hand\nrelayhost = [2001:db8::25]\n"},
        {"smtp.host": ("2001:db8::25", 2), "smtp.port": (25, 2), "smtp.encryption": ("none", 2)},
        (),
    ),
    "line ends of another system, and a key twice": (
        "grafana",
        {"grafana.ini": "[smtp]\r\nenabled = true\r\nhost = a.example.org:465\r\nhost = b.example.org:465\r\n"},
        {"smtp.host": ("b.example.org", 4)},
        ("smtp.host is set 2 times (lines 3, 4)",),
    ),
    "a quoted value with a comment behind it": (
        "gitea",
        {
            "app.ini": "[mailer]\nENABLED = true\nPROTOCOL=smtps\nSMTP_ADDR=mail.example.org ; our relay\n"
            "SMTP_PORT=465\n"
        },
        {"smtp.host": ("mail.example.org", 4), "smtp.encryption": ("implicit_tls", 3)},
        (),
    ),
    "a word that is none of the application's": (
        "gitea",
        {"app.ini": "[mailer]\nENABLED = true\nPROTOCOL = dummy\nSMTP_ADDR = mail.example.org\n"},
        {"smtp.host": ("mail.example.org", 4)},
        ("PROTOCOL",),
    ),
}


def read(app: str, files: Mapping[str, str]) -> Adopted:
    at = find_target(app).at()
    return read_application(at, None, [SeenFile(name, f"/etc/{name}", text=text) for name, text in files.items()], {})


@pytest.mark.parametrize("name", CASES)
def test_read_as_it_was_meant(name: str) -> None:
    app, files, leaves, said = CASES[name]
    adopted = read(app, files)
    known = {leaf: (setting.value, setting.line) for leaf, setting in adopted.settings.items() if leaf in leaves}
    assert known == leaves
    sentences = [remark.message for remark in (*adopted.remarks, *adopted.left)]
    for words in said:
        assert any(words in sentence for sentence in sentences), sentences
    assert not any("secret" in sentence for sentence in sentences)
