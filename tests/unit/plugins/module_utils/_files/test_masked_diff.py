# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff shows what changes and never a secret, not even one of the old file that nobody told us."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.masked_diff import file_diff

MASK = "********"

SHOWN = {
    "a new file": (None, "host h\npassword new\n", f"host h\npassword {MASK}\n", "", f"host h\npassword {MASK}\n"),
    "a value without a secret": ("port 25\n", "port 587\n", None, "port 25\n", "port 587\n"),
    "a secret that changed": (
        "password old\n",
        "password new\n",
        f"password {MASK}\n",
        f"{MASK}\n",
        f"password {MASK} (changed)\n",
    ),
    "a secret that stays": (
        "port 25\npassword same\n",
        "port 587\npassword same\n",
        f"port 587\npassword {MASK}\n",
        f"port 25\npassword {MASK}\n",
        f"port 587\npassword {MASK}\n",
    ),
    "a masked form that does not fit": (
        "a\nold\n",
        "a\nnew\n",
        f"{MASK}\n",
        f"{MASK}\n{MASK}\n",
        f"{MASK}\n{MASK} (changed)\n",
    ),
    "a line that is gone": ("host h\nextra x\n", "host h\n", None, f"host h\n{MASK}\n", "host h\n"),
    "a line that says password": (
        "tls_password_file /a\n",
        "tls_password_file /b\n",
        None,
        f"{MASK}\n",
        "tls_password_file /b\n",
    ),
    "several values on a line": ("relay a.example.org 25\n", "relay b.example.org 587\n", None, None, None),
    "a value among others that nothing explains": ("relay h hunter2\n", "relay h 25\n", None, f"{MASK}\n", None),
    "an item of a list": ("to:\n- bob\n", "to:\n- eve\n", None, f"to:\n{MASK}\n", "to:\n- eve\n"),
    "a comment": ("# was hunter2\n", "# was there\n", None, f"{MASK}\n", "# was there\n"),
    "a quoted value of several words": (
        'from = "Old Name"\n',
        'from = "New Name"\n',
        None,
        'from = "Old Name"\n',
        None,
    ),
    "JSON": ('{\n  "host": "a",\n}\n', '{\n  "host": "b",\n}\n', None, '{\n  "host": "a",\n}\n', None),
    "a setting behind a keyword": (
        "set from=a@x.org\nset other=hunter2\n",
        "set from=b@x.org\n",
        None,
        f"set from=a@x.org\n{MASK}\n",
        None,
    ),
    "bytes that are no UTF-8": ("name caf\udce9\n", "name cafe\n", None, "name caf\ufffd\n", None),
    "line ends": ("port 25\r\n", "port 25\n", None, "port 25\r\n", "port 25\n"),
}


@pytest.mark.parametrize(("before", "after", "masked", "shown_before", "shown_after"), SHOWN.values(), ids=SHOWN)
def test_diff(
    before: str | None, after: str, masked: str | None, shown_before: str | None, shown_after: str | None
) -> None:
    """None for what is shown means: as it is."""
    diff = file_diff("/etc/a", before, after, masked)
    assert diff == {
        "before": before if shown_before is None else shown_before,
        "after": after if shown_after is None else shown_after,
        "before_header": "/etc/a",
        "after_header": "/etc/a",
    }


# Old files with a secret (hunter2 in the middle) that nobody told us, and new ones beside which they are laid.
SECRET = "s3cr/t+hunter2=%x"
OLD = {
    "postfix sasl_passwd": (
        f"[smtp.example.org]:587 bob:{SECRET}\n[other.example.org]:587 eve:{SECRET}\n",
        "[smtp.example.org]:587 bob:new\n",
        f"[smtp.example.org]:587 bob:{MASK}\n",
    ),
    "postfix sasl_passwd, the login given up": (
        f"[smtp.example.org]:587 bob:{SECRET}\n",
        "[smtp.example.org]:587 anonymous\n",
        None,
    ),
    "exim passwd.client": (
        f"smtp.example.org:bob:{SECRET}\n",
        "smtp.example.org:bob:new\n",
        f"smtp.example.org:bob:{MASK}\n",
    ),
    "msmtprc": (f"account default\nuser bob\npassword {SECRET}\n", "account default\nuser eve\n", None),
    "netrc on one line": (f"machine h login bob password {SECRET}\n", "machine h login bob\n", None),
    "netrc without its words": (f"machine h bob {SECRET}\n", "machine h\n", None),
    "YAML": (f"smtp:\n  auth_password: {SECRET}\n", "smtp:\n  auth_username: bob\n", None),
    "YAML in a block": (
        f"password: |\n  to: {SECRET}\n  host = {SECRET}\nto: bob\n",
        "to: eve\nhost = h\n",
        None,
    ),
    "YAML in a folded block": (f"password: >-\n    first\n\n    to: {SECRET}\n", "to: eve\n", None),
    "YAML list": (f"passwords:\n  - {SECRET}\n  - to: {SECRET}\n", "hosts:\n  - h\n  - to: bob\n", None),
    "YAML list at the margin": (f"list:\n- {SECRET}\n", "list:\n- h\n", None),
    "YAML name and value": (f"- name: SMTP_PASSWORD\n  value: {SECRET}\n", "- name: SMTP_HOST\n  value: h\n", None),
    "YAML name and value, the name saying nothing": (
        f"- name: MAIL_X\n  value: {SECRET}\n",
        "- name: MAIL_HOST\n  value: h\n",
        None,
    ),
    "JSON": (f'{{\n  "host": "h",\n  "password": "{SECRET}"\n}}\n', '{\n  "host": "g"\n}\n', None),
    "JSON on one line": (f'{{"host": "h", "x": "{SECRET}"}}\n', '{"host": "g"}\n', None),
    "ini": (f"[smtp]\nhost = h\nsmtp_pass = {SECRET}\n", "[smtp]\nhost = g\n", None),
    "monit": (
        f'set mailserver h.example.org port 587 username "bob" password "{SECRET}"\n',
        "set mailserver h.example.org port 25\n",
        None,
    ),
    "monit, the words forgotten": (
        f'set mailserver h.example.org using "{SECRET}"\n',
        "set mailserver h.example.org\n",
        None,
    ),
    "PHP assignment": (f"$mail->Password = '{SECRET}';\n", "$mail->Host = 'h';\n", None),
    "PHP define": (f"define('SMTP_PASS', '{SECRET}');\n", "define('SMTP_HOST', 'h');\n", None),
    "PHP array by position": (f"$smtp = array('h', 'bob', '{SECRET}');\n", "$smtp = array('h', '', '');\n", None),
    "PHP define under another name": (f"define('RELAY_X', '{SECRET}');\n", "define('RELAY_Y', 'h');\n", None),
    "address": (f"url = smtp://bob:{SECRET}@h:587\n", "url = smtp://h:25\n", None),
    "address without a scheme": (f"mailhub = bob:{SECRET}@h:587\n", "mailhub = h:25\n", None),
    "address, percent-encoded": (f"url = smtp://bob:{quote(SECRET, safe='')}@h\n", "url = smtp://h:25\n", None),
    "base64 of a login": (
        f"blob = {b64encode(f'0bob0{SECRET}'.encode()).decode()}\n",
        "blob = none\n",
        None,
    ),
    "mutt": (f'set from=a@x.org\nset smtp_pass="{SECRET}"\nset my_x="{SECRET}"\n', "set from=b@x.org\n", None),
    "XML element": (f"<host>h</host>\n<string>{SECRET}</string>\n", "<host>g</host>\n<string>h</string>\n", None),
    "XML attribute": (f'<smtp host="h" password="{SECRET}"/>\n', '<smtp host="g"/>\n', None),
    "XML attributes by other names": (f'<smtp host="h" x="{SECRET}"/>\n', '<smtp host="g"/>\n', None),
    "shell": (f"export MAIL_A=h\nexport MAIL_B={SECRET}\n", "export MAIL_A=g\n", None),
    "a comment": (f"# {SECRET}\n#password {SECRET}\n# host {SECRET}\n", "# h\n# host h\n", None),
    "a key in PEM": (
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nh\n-----END CERTIFICATE-----\n",
        None,
    ),
    "a key that is secret in the new file": (f"login = {SECRET}\n", "login = new\n", f"login = {MASK}\n"),
    "a value under a key that is secret elsewhere": (
        f"a = {SECRET}\n",
        "a = public\na = new\n",
        f"a = public\na = {MASK}\n",
    ),
    "continued on the next line": (f"auth_token =\n    {SECRET}\nhost = h\n", "host = g\n", None),
    "no line at all": (SECRET, "host = g\n", None),
}
SPELLINGS = {SECRET, "hunter2", quote(SECRET, safe=""), quote(SECRET), b64encode(SECRET.encode()).decode()}


@pytest.mark.parametrize("secret", [SECRET, "hunter2"], ids=["a wild secret", "a plain word"])
@pytest.mark.parametrize(("before", "after", "masked"), OLD.values(), ids=OLD)
def test_unknown_secrets_of_the_old_file_are_not_shown(
    before: str, after: str, masked: str | None, secret: str
) -> None:
    before = before.replace(SECRET, secret).replace(quote(SECRET, safe=""), quote(secret, safe=""))
    diff = file_diff("/etc/a", before, after, masked)
    shown = diff["before"] + diff["after"]
    assert [spelling for spelling in SPELLINGS if spelling in shown] == []
    assert MASK in diff["before"]
    assert diff["before"] != diff["after"]


@pytest.mark.parametrize(("before", "after"), [case[:2] for case in OLD.values()], ids=OLD)
def test_secrets_of_the_new_file_are_not_shown(before: str, after: str) -> None:
    """The other way round: the table's old file is the new one, and its secret is known."""
    masked = before.replace(SECRET, MASK).replace(quote(SECRET, safe=""), MASK)
    masked = MASK if masked == before else masked
    for old in (after, before):
        diff = file_diff("/etc/a", old, before, masked)
        assert "hunter2" not in diff["before"] + diff["after"]
        assert MASK in diff["after"]
