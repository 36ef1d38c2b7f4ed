# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our keys in a file that others own: these alone change, and what cannot be told apart is refused with its lines."""

from __future__ import annotations

import configparser
import json
import shlex
from typing import List, Mapping, Tuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.module_utils._formats.registry import FORMATS as WRITERS
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.layout import KeysError
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import FORMATS, OwnKeys

# A case: format and dialect; our keys; the file as it was, our text of the keys, the file as it should be.
Case = Tuple[str, str, List[str], str, str, str]

MAILER = ["mailer.HOST", "mailer.PORT", "mailer.USER"]
CASES: Mapping[str, Case] = {
    "an empty file gets our text": ("ini", "go", MAILER, "", "[mailer]\nHOST = h\n", "[mailer]\nHOST = h\n"),
    "a section that is missing is made at the end": (
        "ini",
        "go",
        MAILER,
        "; theirs\nRUN = prod\n",
        "[mailer]\nHOST = h\n",
        "; theirs\nRUN = prod\n\n[mailer]\nHOST = h\n",
    ),
    "a section that is there is filled below its keys": (
        "ini",
        "go",
        MAILER,
        "[mailer]\n; note\nNAME = x\n\n[log]\nLEVEL = Info\n",
        "[mailer]\nHOST = h\nPORT = 25\n",
        "[mailer]\n; note\nNAME = x\nHOST = h\nPORT = 25\n\n[log]\nLEVEL = Info\n",
    ),
    "a value changes in its line, the comment behind it stays": (
        "ini",
        "go",
        MAILER,
        "[mailer]\n  HOST=old ; since 2019\nPORT : 25\n",
        "[mailer]\nHOST = new\nPORT = 465\n",
        "[mailer]\n  HOST=new ; since 2019\nPORT : 465\n",
    ),
    "a key that is not set is taken out": (
        "ini",
        "go",
        MAILER,
        "[mailer]\nHOST = h\nUSER = u\nNAME = x\n",
        "[mailer]\nHOST = h\n",
        "[mailer]\nHOST = h\nNAME = x\n",
    ),
    "a key in another section is none of ours": (
        "ini",
        "go",
        MAILER,
        "[database]\nHOST = db\nUSER = gitea\n",
        "[mailer]\nHOST = h\n",
        "[database]\nHOST = db\nUSER = gitea\n\n[mailer]\nHOST = h\n",
    ),
    "a comment is no key": (
        "ini",
        "go",
        MAILER,
        "[mailer]\n;HOST = localhost\n# PORT = 25\n",
        "[mailer]\nHOST = h\n",
        "[mailer]\nHOST = h\n;HOST = localhost\n# PORT = 25\n",
    ),
    "the ends of lines stay as they are": (
        "ini",
        "go",
        MAILER,
        "[log]\r\nLEVEL = Info\r\n[mailer]\r\nHOST = old\r\n",
        "[mailer]\nHOST = h\nPORT = 25\n",
        "[log]\r\nLEVEL = Info\r\n[mailer]\r\nHOST = h\r\nPORT = 25\r\n",
    ),
    "a last line without an end": (
        "ini",
        "go",
        MAILER,
        "[mailer]\nA = 1",
        "[mailer]\nHOST = h\n",
        "[mailer]\nA = 1\nHOST = h\n",
    ),
    "a value over several lines is one value": (
        "ini",
        "go",
        MAILER,
        '[mailer]\nHOST = """a\nUSER = no key\nb"""\nNAME = x\n',
        "[mailer]\nHOST = h\n",
        "[mailer]\nHOST = h\nNAME = x\n",
    ),
    "keys without a section stand above the first one": (
        "ini",
        "go",
        ["MODE"],
        "RUN = x\n\n[log]\nLEVEL = y\n",
        "MODE = z\n",
        "RUN = x\nMODE = z\n\n[log]\nLEVEL = y\n",
    ),
    "the second part of a section counts, too": (
        "ini",
        "go",
        MAILER,
        "[mailer]\nA = 1\n[log]\nB = 2\n[mailer]\nHOST = old\n",
        "[mailer]\nHOST = h\n",
        "[mailer]\nA = 1\n[log]\nB = 2\n[mailer]\nHOST = h\n",
    ),
    "ConfigParser takes any letter case and a colon": (
        "ini",
        "python",
        ["smtp.smtp_host", "smtp.smtp_port"],
        "[smtp]\nSMTP_Host: old\n",
        "[smtp]\nsmtp_host = new\nsmtp_port = 25\n",
        "[smtp]\nSMTP_Host: new\nsmtp_port = 25\n",
    ),
    "ConfigParser: a deeper line belongs to the value": (
        "ini",
        "python",
        ["smtp.smtp_host"],
        "[smtp]\nfoo = a\n  smtp_host = part of foo\nsmtp_host = old\n  and more\nbar = b\n",
        "[smtp]\nsmtp_host = new\n",
        "[smtp]\nfoo = a\n  smtp_host = part of foo\nsmtp_host = new\nbar = b\n",
    ),
    "git: a subsection, any letter case, a value that goes on": (
        "ini",
        "git",
        ["sendemail.uni.smtpServer", "sendemail.uni.smtpUser"],
        '[SendEmail "uni"]\n\tSMTPserver = old\\\nmore # note\n[user]\n\tname = x\n',
        '[sendemail "uni"]\nsmtpServer = new\nsmtpUser = u\n',
        '[SendEmail "uni"]\n\tSMTPserver = new\nsmtpUser = u\n[user]\n\tname = x\n',
    ),
    "a variable with export and a comment": (
        "dotenv",
        "shell",
        ["HOST", "PORT"],
        "# mail\nexport HOST='old one' # note\nOTHER=1\n",
        "HOST=new\nPORT=25\n",
        "# mail\nexport HOST=new # note\nOTHER=1\nPORT=25\n",
    ),
    "a variable over several lines": (
        "dotenv",
        "compose",
        ["KEY", "HOST"],
        'KEY="-----BEGIN\nHOST=inside\n-----END"\nA=it\'s\nB=2\n',
        "KEY=x\nHOST=h\n",
        "KEY=x\nA=it's\nB=2\nHOST=h\n",
    ),
    "systemd has no comment behind a value": (
        "dotenv",
        "systemd",
        ["HOST"],
        "HOST=old # all of this\n; note\n",
        "HOST=new\n",
        "HOST=new\n; note\n",
    ),
    "properties: every separator, and a line that goes on": (
        "properties",
        "java",
        ["mail.host", "mail.port", "mail.user"],
        "mail.host: a\\\n  b\n! note\nmail.port 25\nmail.us\\u0065r=x\n",
        "mail.host=h\nmail.port=465\n",
        "mail.host: h\n! note\nmail.port 465\n",
    ),
    "keys and values with a blank": (
        "lines",
        "blank",
        ["PORT", "AUTH"],
        "SMARTHOST x\n#PORT 25\n",
        "PORT 465\n",
        "SMARTHOST x\n#PORT 25\nPORT 465\n",
    ),
    "set, with a comment behind it": (
        "lines",
        "set",
        ["from", "smtp_url"],
        'set realname = "A B"\nset from="old one" # note\n',
        'set from="new"\n',
        'set realname = "A B"\nset from="new" # note\n',
    ),
    "JSON keeps its letters, spaces and order": (
        "json",
        "nested",
        ["smtp.host", "smtp.port", "smtp.user"],
        '{\n\t"b": 1.0e5,\n\t"smtp": { "user": "u", "x": "\\u00e9" },\n\t"a": [1,2]\n}\n',
        '{"smtp": {"host": "h", "port": 25}}\n',
        '{\n\t"b": 1.0e5,\n\t"smtp": { "x": "\\u00e9", "host": "h", "port": 25 },\n\t"a": [1,2]\n}\n',
    ),
    "JSON: objects that are missing are made": (
        "json",
        "nested",
        ["a.b.c"],
        '{\n  "x": 1\n}\n',
        '{"a": {"b": {"c": true}}}',
        '{\n  "x": 1,\n  "a": {\n    "b": {\n      "c": true\n    }\n  }\n}\n',
    ),
    "JSON: an empty object": ("json", "nested", ["a"], "{}\n", '{"a": 1}', '{\n  "a": 1\n}\n'),
    "a key without a value": ("lines", "blank", ["K"], "K\nL\n", "K v\n", "K v\nL\n"),
    "flat JSON: a dot is a letter": (
        "json",
        "flat",
        ["a.b"],
        '{"a": {"b": 1}}',
        '{"a.b": 2}',
        '{"a": {"b": 1}, "a.b": 2}',
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_only_our_keys_change(case: Case) -> None:
    form, dialect, names, before, content, after = case
    own = OwnKeys(form, dialect, names)
    assert own.merged(before, content) == after
    assert own.merged(after, content) == after


REFUSED: Mapping[str, tuple[str, str, list[str], str, str]] = {
    "twice in a section": (
        "ini",
        "go",
        MAILER,
        "[mailer]\nHOST = a\nHOST = b\n",
        "mailer.HOST is set 2 times, at lines 2 and 3",
    ),
    "again far below": (
        "ini",
        "go",
        MAILER,
        "[mailer]\nHOST = a\n[log]\nX = 1\n[mailer]\nHOST = b\n",
        "mailer.HOST is set 2 times, at lines 2 and 6; delete all but one of them",
    ),
    "in other letters": ("ini", "python", ["s.k"], "[s]\nk = 1\nK = 2\n", "s.k is set 2 times, at lines 2 and 3"),
    "three times": ("dotenv", "shell", ["A"], "A=1\nexport A=2\nA='3'\n", "A is set 3 times, at lines 1, 2 and 3"),
    "git: on the line of its section": (
        "ini",
        "git",
        ["user.name"],
        "[user] name = x\n",
        "line 1 may set user.name; give",
    ),
    "a line that begins with a blank": ("lines", "equals", ["host"], "other = 1\n  host = x\n", "line 2 may set host"),
    "two settings on one line": ("lines", "set", ["from"], "set a=1 from=x\n", "line 1 may set from"),
    "a quote that is not closed": ("dotenv", "compose", ["A"], "B=1\nA='x\n", "line 2 has a quote that is not closed"),
    "JSON: twice": ("json", "nested", ["a.b"], '{"a": {"b": 1,\n"b": 2}}', "a.b is set 2 times, at lines 1 and 2"),
    "JSON: the object above twice": (
        "json",
        "nested",
        ["a.b"],
        '{"a": {},\n"a": {"b": 2}}',
        "a is set 2 times, at lines 1 and 2",
    ),
    "JSON: no object above": (
        "json",
        "nested",
        ["a.b"],
        '{\n"a": 1}',
        "a at line 2 is no object, so a.b has no place in it",
    ),
    "JSON: without an end": ("json", "nested", ["a.b"], '{"a": ' * 100_000, "it is nested too deep to be read"),
    "JSON: a list": ("json", "nested", ["a.b"], "[1]", "it is no JSON object"),
    "JSON: none at all": (
        "json",
        "nested",
        ["a.b"],
        '{\n"a": hunter2}',
        "line 2 is no JSON; repair it, then run again",
    ),
}


@pytest.mark.parametrize(("form", "dialect", "names", "text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_told_apart_is_refused_with_its_lines(
    form: str, dialect: str, names: list[str], text: str, said: str
) -> None:
    own = OwnKeys(form, dialect, names)
    content = '{"a": {"b": 7}}' if form == "json" else "".join(f"{name.rpartition('.')[2]}=7\n" for name in names)
    with pytest.raises(KeysError) as raised:
        own.merged(text, content)
    assert said in str(raised.value)
    assert "hunter2" not in str(raised.value)


# What an administrator may have written, in each format: blanks, comments, odd spellings, other sections.
PIECES: Mapping[str, list[str]] = {
    "ini": ["\n", "; note\n", "# K0 = 1\n", "[s]\n", "[other]\n", "a = 1\n", "  b = x y\n", "K9 = `q`\n", "c = \n"],
    "dotenv": ["\n", "# K0=1\n", "A=1\n", "export B='x y'\n", 'C="a b"\n', "  D=\n"],
    "properties": ["\n", "# K0=1\n", "! x\n", "a = 1\n", "b: \\\n  c\n", "d\n"],
    "lines": ["\n", "# K0 = 1\n", "set a=1\n", "alpha = 1\n", "beta = two words\n"],
}
DIALECTS = [(name, dialect) for name, dialects in FORMATS.items() for dialect in dialects]
LINE_DIALECTS = [of for of in DIALECTS if of[0] != "json"]
LETTERS = st.lists(st.sampled_from([*" \"'\\$%#:=;!`{}[]<>&é", "a", "b", "0", "%(K1)s"]), max_size=8).map("".join)


def names_of(form: str) -> list[str]:
    return [f"s.K{number}" if form in ("ini", "json") else f"K{number}" for number in range(3)]


def content_of(of: tuple[str, str], values: Mapping[str, str]) -> str:
    try:
        return WRITERS[of[0]][0](of[1]).write(list(values.items()))
    except NotExpressible:
        assume(False)
        raise


@pytest.mark.parametrize("of", LINE_DIALECTS, ids="-".join)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_our_keys_come_change_and_go_and_the_rest_never_moves(of: tuple[str, str], data: st.DataObject) -> None:
    own = OwnKeys(*of, names_of(of[0]))
    theirs = "".join(data.draw(st.lists(st.sampled_from(PIECES[of[0]]), max_size=12)))
    first, second = (
        content_of(of, data.draw(st.dictionaries(st.sampled_from(own.names), LETTERS, min_size=1)))
        for _time in range(2)
    )
    changed = own.merged(theirs, first)
    assert own.merged(changed, first) == changed
    assert own.standing(changed, first) == own.standing(first, first)
    again = own.merged(changed, second)
    assert own.standing(again, second) == own.standing(second, second)
    assert lines_left(own.merged(again, "")) == lines_left(theirs)


def lines_left(text: str) -> list[str]:
    """The lines, in their order: blank ones, and a section that was left empty, may go with our keys."""
    return [line for line in text.split("\n") if line.strip() and line != "[s]"]


def python_reads(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return dict(parser["s"]) if parser.has_section("s") else {}


def shell_reads(text: str) -> dict[str, str]:
    words = [word for word in shlex.split(text, comments=True, posix=True) if word != "export"]
    return dict(word.split("=", 1) for word in words)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("of", [("ini", "python"), ("dotenv", "shell"), ("json", "nested")], ids="-".join)
def test_the_real_parser_reads_our_values_and_theirs_as_before(of: tuple[str, str], data: st.DataObject) -> None:
    read = {
        "ini": python_reads,
        "dotenv": shell_reads,
        "json": lambda text: dict(json.loads(text or "{}").get("s", {})),
    }[of[0]]
    own = OwnKeys(*of, names_of(of[0]))
    if of[0] == "json":
        theirs = json.dumps(data.draw(THEIR_JSON), indent=data.draw(st.sampled_from([None, 1, 4])))
    else:
        # ConfigParser itself refuses what stands twice.
        theirs = "".join(data.draw(st.lists(st.sampled_from(PIECES[of[0]][:-1]), max_size=12, unique=of[0] == "ini")))
    try:
        before = read(theirs)
    except configparser.Error:
        assume(False)
    values = data.draw(st.dictionaries(st.sampled_from(own.names), LETTERS, min_size=1))
    after = read(own.merged(theirs, content_of(of, values)))
    ours = {name.rpartition(".")[2].lower(): value for name, value in values.items()}
    kept = {key: value for key, value in before.items() if key.lower() not in ("k0", "k1", "k2")}
    assert {key.lower(): value for key, value in after.items()} == {
        **{key.lower(): value for key, value in kept.items()},
        **ours,
    }


THEIR_JSON = st.fixed_dictionaries(
    {},
    optional={
        "a": st.recursive(st.one_of(st.none(), st.floats(allow_nan=False), LETTERS), st.lists),
        "s": st.dictionaries(st.sampled_from(["x", "y", "K0", "K1"]), LETTERS),
    },
)
