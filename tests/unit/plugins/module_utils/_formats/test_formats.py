# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of the managed host: a value reads back as it was, by the format's own reader and by a real parser."""

from __future__ import annotations

import configparser
import json
import shlex
from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    NotExpressible,
    Raw,
    Unreadable,
    Value,
)
from ansible_collections.appmail.settings.plugins.module_utils._formats.registry import FORMATS

SPECIAL = [
    *" \t\n\r\0\x1b\x7f\"'\\$%#:=;!`{}[]<>&|*?~@,.",
    "{{",
    "}}",
    "%(x)s",
    "${x}",
    "$(x)",
    "<%",
    "é",
    "\u2028",
    "𝄞",
]
VALUES = st.lists(st.one_of(st.sampled_from(SPECIAL), st.sampled_from("abz019")), max_size=12).map("".join)
# What is read by strtok(3).
WITHOUT_BLANKS = {("lines", "ssmtp")}
DIALECTS = [(name, dialect) for name, (_load, dialects) in FORMATS.items() for dialect in dialects]


def written(name: str, dialect: str, entries: list[Entry]) -> str | None:
    """The text, or None where the format says that it has no way to write this."""
    try:
        return FORMATS[name][0](dialect).write(entries)
    except NotExpressible:
        return None


@pytest.mark.parametrize(("name", "dialect"), DIALECTS)
@settings(deadline=None)
@given(value=VALUES)
@example(value='p@ss:w/rd# "q"\\x')
def test_every_value_reads_back_or_is_refused(name: str, dialect: str, value: str) -> None:
    key = "content" if name == "text" else "section.KEY" if name == "ini" else "KEY"
    text = written(name, dialect, [(key, value)])
    if text is not None:
        assert FORMATS[name][0](dialect).read(text) == ([] if name == "text" and not value else [(key, value)])


@pytest.mark.parametrize(("name", "dialect"), DIALECTS)
@pytest.mark.parametrize("value", ["abc", "smtp.example.edu", "noreply@example.edu", "/etc/ssl/ca.pem", "a b", "x-1_Z"])
def test_what_is_plain_is_never_refused(name: str, dialect: str, value: str) -> None:
    assert written(name, dialect, [("content", value)]) or ((name, dialect) in WITHOUT_BLANKS and " " in value)


def python_ini(text: str, kind: type[configparser.RawConfigParser] = configparser.ConfigParser) -> str:
    parser = kind()
    parser.read_string(text)
    return parser["section"]["key"]


def shell_words(text: str) -> str:
    (word,) = shlex.split(text, posix=True)
    return word.partition("=")[2]


# Parsers that Python brings along, or that are what the format is made for.
PARSERS: Mapping[tuple[str, str], tuple[str, Callable[[str], str]]] = {
    ("ini", "python"): ("section.KEY", python_ini),
    ("ini", "raw"): ("section.KEY", lambda text: python_ini(text, configparser.RawConfigParser)),
    ("json", "nested"): ("a.b", lambda text: str(json.loads(text)["a"]["b"])),
    ("json", "flat"): ("a.b", lambda text: str(json.loads(text)["a.b"])),
    ("dotenv", "shell"): ("KEY", shell_words),
    ("dotenv", "symfony"): ("KEY", shell_words),
}


@pytest.mark.parametrize("of", PARSERS, ids="-".join)
@settings(deadline=None)
@given(value=VALUES)
def test_a_real_parser_reads_the_same(of: tuple[str, str], value: str) -> None:
    key, read = PARSERS[of]
    text = written(*of, [(key, value)])
    if text is not None:
        assert read(text) == value


WRITTEN = {
    "a value with a comment's sign in Go's INI": (
        "ini",
        "go",
        [("mailer.PASSWD", "a#b;c")],
        "[mailer]\nPASSWD = `a#b;c`\n",
    ),
    "a percent sign for ConfigParser": ("ini", "python", [("smtp.x", "100%")], "[smtp]\nx = 100%%\n"),
    "a percent sign for RawConfigParser": ("ini", "raw", [("smtp.x", "100%")], "[smtp]\nx = 100%\n"),
    "a subsection of git": ("ini", "git", [("sendemail.uni.smtpServer", "h")], '[sendemail "uni"]\nsmtpServer = h\n'),
    "two sections": ("ini", "go", [("a.x", 1), ("b.y", True)], "[a]\nx = 1\n[b]\ny = true\n"),
    "a variable for systemd": ("dotenv", "systemd", [("P", 'a"$b')], 'P="a\\"\\$b"\n'),
    "an apostrophe for Symfony": ("dotenv", "symfony", [("P", "a'b c")], "P='a'\"'\"'b c'\n"),
    "letters outside ASCII in Java": ("properties", "java", [("p", " é𝄞")], "p=\\ \\u00e9\\ud834\\udd1e\n"),
    "signs of Java's own in a key, and in a value": ("properties", "java", [("a:b c", "d:e f")], "a\\:b\\ c=d:e f\n"),
    "another file for S-nail": (
        "mailrc",
        "wysh",
        [("source", Raw("/etc/x")), ("a", "b c"), ("z", "y")],
        "source /etc/x\nwysh set a='b c'\nwysh set z=y\n",
    ),
    "what is raw": (
        "ini",
        "grafana",
        [("smtp.password", Raw("$__file{/etc/p}"))],
        "[smtp]\npassword = $__file{/etc/p}\n",
    ),
    "a line with `set`": ("lines", "set", [("from", 'a"b')], 'set from="a\\"b"\n'),
    "a list where there are no types": ("properties", "java", [("a", ["x", "y"])], "a=x,y\n"),
    "sections that are not in the alphabet's order": (
        "ini",
        "go",
        [("b.x", 1), ("a.y", 2), ("a.z", 3)],
        "[b]\nx = 1\n[a]\ny = 2\nz = 3\n",
    ),
    "objects in objects": (
        "json",
        "nested",
        [("a.b", 1), ("a.c", "x")],
        '{\n  "a": {\n    "b": 1,\n    "c": "x"\n  }\n}\n',
    ),
    "objects in a list": (
        "json",
        "nested",
        [("a.0.b", 1), ("a.1.b", 2)],
        '{\n  "a": [\n    {\n      "b": 1\n    },\n    {\n      "b": 2\n    }\n  ]\n}\n',
    ),
    "keys that are numbers, and no list": ("json", "nested", [("a.1", True)], '{\n  "a": {\n    "1": true\n  }\n}\n'),
}


@pytest.mark.parametrize("dialect", ["python", "raw"])
def test_a_colon_is_as_good_as_an_equals_sign_to_pythons_parsers(dialect: str) -> None:
    text = "[mta]\nsmtp_host: a=b\nsmtp_port = c:d\n"
    assert FORMATS["ini"][0](dialect).read(text) == [("mta.smtp_host", "a=b"), ("mta.smtp_port", "c:d")]


@pytest.mark.parametrize(("name", "dialect", "entries", "text"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written(name: str, dialect: str, entries: list[Entry], text: str) -> None:
    assert written(name, dialect, entries) == text


# As people write them, who are not us.
READ: Mapping[str, tuple[str, str, str, list[Entry]]] = {
    "a key without a value in Java": ("properties", "java", "flag\n", [("flag", "")]),
    "a colon, blanks and nothing else between": ("properties", "java", "a : b\nc d\n", [("a", "b"), ("c", "d")]),
    "a line that goes on": ("properties", "java", "a=b\\\n   c\n", [("a", "bc")]),
    "a backslash at a line's end": ("properties", "java", "a=b\\\\\nc=d\n", [("a", "b\\"), ("c", "d")]),
    "a backslash, and a line that goes on": ("properties", "java", "a=b\\\\\\\nc\n", [("a", "b\\c")]),
    "a last line that would go on": ("properties", "java", "a=b\nc=d\\", [("a", "b"), ("c", "d")]),
    "what goes on, and begins like a comment": ("properties", "java", "a=b\\\n#c\n", [("a", "b#c")]),
    "a comment that ends like a line that goes on": ("properties", "java", "#a=b\\\nc=d\n", [("c", "d")]),
    "a subsection with a quote in it": ("ini", "git", '[a "b\\"c\\\\d"]\nk = v\n', [('a.b"c\\d.k', "v")]),
    "a backslash at the end for git": ("ini", "git", "[a]\nk = v\\", [("a.k", "v\\")]),
    "one quote for Go": ("ini", "go", "k = '\n", [("k", "'")]),
    "an empty text for Go": ("ini", "go", "k = ''\nl = \"\"\n", [("k", ""), ("l", "")]),
    "a text in quotes for Go": ("ini", "go", "k = 'a'\nl = \"b\"\n", [("k", "a"), ("l", "b")]),
    "quotes of two kinds for Go": ("ini", "go", "k = 'a\"\n", [("k", "'a\"")]),
    "one quote for msmtp": ("lines", "msmtp", 'password "\n', [("password", '"')]),
    "quotes in the middle for msmtp": (
        "lines",
        "msmtp",
        'password "a"b"\nuser a"\n',
        [("password", 'a"b'), ("user", 'a"')],
    ),
    "signs around it that are no quotes for msmtp": ("lines", "msmtp", "user !a!\n", [("user", "!a!")]),
    "an empty text for msmtp": ("lines", "msmtp", 'user ""\n', [("user", "")]),
    "options with their dashes and without": (
        "words",
        "dashes",
        "mail.example.org smtp port=465 tls --user=svc pass='a b=c'\n",
        [("1", "mail.example.org"), ("2", "smtp"), ("port", "465"), ("tls", ""), ("user", "svc"), ("pass", "a b=c")],
    ),
    "an option's older word": (
        "words",
        "dashes",
        "mail.example.org smtp --ssl\n",
        [("1", "mail.example.org"), ("2", "smtp"), ("tls", "")],
    ),
    "other commands of S-nail": (
        "mailrc",
        "wysh",
        "set a=b\nsource /etc/x y\nwysh set c='d e'\n",
        [("source", "y"), ("c", "d e")],
    ),
    "objects and texts in lists, and what is null": (
        "json",
        "nested",
        '{"a": [{"b": 1}, {"b": 2}], "c": ["x", "y"], "d": null}',
        [("a.0.b", 1), ("a.1.b", 2), ("c", ["x", "y"])],
    ),
}


@pytest.mark.parametrize(("name", "dialect", "text", "entries"), READ.values(), ids=READ)
def test_what_is_read(name: str, dialect: str, text: str, entries: list[Entry]) -> None:
    assert FORMATS[name][0](dialect).read(text) == entries


REFUSED: Mapping[str, tuple[str, str, Value, str]] = {
    "a comma in a list where there are no types": ("properties", "java", ["x", "y,z"], "comma, which divides"),
    "a line break in an INI file": ("ini", "go", "a\nb", "line break"),
    "another key's name in Go's INI": ("ini", "go", "%(host)s", "another value"),
    "both quotes in Go's INI": ("ini", "go", '`"#', "has to stand around"),
    "Grafana's own reference": ("ini", "grafana", "$__env{HOME}", "Grafana puts another value"),
    "a blank at the end for ConfigParser": ("ini", "python", "a ", "begins or ends with a blank"),
    "half a character": ("json", "flat", "\ud800", "lone surrogate"),
    "Spring's placeholder": ("properties", "spring", "a${b}", "Spring puts another property"),
    "a variable in what Jenkins reads": ("text", "jcasc", "${b}", "puts another value"),
    "a line break in a password's file": ("text", "first_line", "a\nb", "first line only"),
    "an apostrophe and a dollar for compose": ("dotenv", "compose", "a'$b", "apostrophe"),
}


@pytest.mark.parametrize(("name", "dialect", "value", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(name: str, dialect: str, value: Value, said: str) -> None:
    with pytest.raises(NotExpressible, match=said):
        FORMATS[name][0](dialect).write([("a.content", value)])


UNREADABLE = {
    "neither a section nor a key": ("ini", "go", "# a comment\nsecret\n"),
    "no variable": ("dotenv", "shell", "# a comment\nsecret\n"),
    "a command without an argument": ("lines", "msmtp", "# a comment\nsecret\n"),
    "a second line where one is known": ("words", "dashes", "mail.example.org\nsecret\n"),
    "a quote that is not closed": ("words", "dashes", "# a comment\nmail.example.org --pass='secret\n"),
}


@pytest.mark.parametrize(("name", "dialect", "text"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_line_that_cannot_be_read_is_told_by_its_number_alone(name: str, dialect: str, text: str) -> None:
    with pytest.raises(Unreadable, match="line 2") as raised:
        FORMATS[name][0](dialect).read(text)
    assert "secret" not in str(raised.value)
