# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of the controller: every value reads back as it was, by the format's own reader and by a real parser."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    NotExpressible,
    Raw,
    Value,
    plain,
)
from ansible_collections.appmail.settings.plugins.module_utils._formats.registry import FORMATS as HOST_FORMATS
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import FORMATS, find_format

SPECIAL = [*" \t\n\r\0\x1b\x7f\"'\\$%#:=;!`{}[]<>&|*?~@,.", "{{", "}}", "#{x}", "${x}", "<%", "?>", "é", "\u2028", "𝄞"]
TEXTS = st.lists(st.one_of(st.sampled_from(SPECIAL), st.sampled_from("abz019")), max_size=12).map("".join)
# What has text only.
UNTYPED = {("xml", "attributes"), ("xml", "elements"), ("blocks", "nagios"), ("blocks", "apt")}
DIALECTS = [(name, dialect) for name in FORMATS.keys() - HOST_FORMATS.keys() for dialect in FORMATS[name][1]]


def written(name: str, dialect: str, entries: list[Entry]) -> str | None:
    """The text, or None where the format says that it has no way to write this."""
    try:
        return find_format(name, dialect).write(entries)
    except NotExpressible:
        return None


@pytest.mark.parametrize(("name", "dialect"), sorted(DIALECTS))
@settings(deadline=None)
@given(value=st.one_of(TEXTS, st.booleans(), st.integers(0, 99999)))
def test_every_value_reads_back_or_is_refused(name: str, dialect: str, value: Value) -> None:
    text = written(name, dialect, [("a.key", value)])
    if text is not None:
        read = dict(find_format(name, dialect).read(text))["a.key"]
        assert read == (plain(value) if (name, dialect) in UNTYPED else value)


PARSERS: Mapping[tuple[str, str], Callable[[str], object]] = {
    ("yaml", "nested"): lambda text: yaml.safe_load(text)["a"]["key"],
    ("yaml", "flat"): lambda text: yaml.safe_load(text)["a.key"],
    ("toml", "v1"): lambda text: tomllib.loads(text)["a"]["key"],
    ("yaml", "jcasc"): lambda text: yaml.safe_load(text)["a"]["key"],
    ("xml", "attributes"): lambda text: ET.fromstring(text).attrib["key"],
    ("python", "python"): lambda text: ast.literal_eval(text.partition(" = ")[2].strip()),
}


@pytest.mark.parametrize("of", PARSERS, ids="-".join)
@settings(deadline=None)
@given(value=TEXTS)
def test_a_real_parser_reads_the_same(of: tuple[str, str], value: str) -> None:
    text = written(*of, [("a.key", value)])
    if text is not None:
        assert PARSERS[of](text) == value


WRITTEN = {
    "a property of PHP": ("php", "php", [("$mail.ssl.verify", True)], "$mail['ssl']['verify'] = true;\n"),
    "a constant of PHP": ("php", "php", [("WPMS_ON", True)], "define('WPMS_ON', true);\n"),
    "an apostrophe in PHP": ("php", "php", [("$a", "it's \\")], "$a = 'it\\'s \\\\';\n"),
    "a line break in Ruby": ("ruby", "ruby", [("a.b", "x\n#{y}")], "a['b'] = \"x\\x0A\\#{y}\"\n"),
    "a truth in Python": ("python", "python", [("EMAIL_USE_TLS", False)], "EMAIL_USE_TLS = False\n"),
    "a symbol of Ruby's in YAML": ("yaml", "erb", [("a.b", Raw(":smtp"))], "a:\n  b: :smtp\n"),
    "ERB's own sign in YAML": ("yaml", "erb", [("a", "<%= 1 %>")], 'a: "<\\x25= 1 \\x25>"\n'),
    "a table of TOML": ("toml", "v1", [("a.b", 'x"y')], '[a]\nb = "x\\u0022y"\n'),
    "a mapping in a list of YAML": ("yaml", "nested", [("a.0.b", "1"), ("a.0.c", 2)], 'a:\n  - b: "1"\n    c: 2\n'),
    "a reference of Jenkins'": ("yaml", "jcasc", [("a", Raw("${readFile:/p}"))], 'a: "${readFile:/p}"\n'),
    "a variable of Jenkins' in a text": ("yaml", "jcasc", [("a", "x${HOME}")], None),
    "a statement of Monit's over lines": (
        "blocks",
        "monit",
        [
            ("set mailserver", "h"),
            ("set mailserver.port", 25),
            ("set mailserver.password", ' "\\'),
            ("set mailserver.using tls", True),
        ],
        'set mailserver "h"\n  port 25\n  password "\\0x20\\0x22\\\\"\n  using tls\n',
    ),
    "a number amid words of Monit's": (
        "blocks",
        "monit",
        [("a", "b"), ("a.with timeout * seconds", 5)],
        'a "b"\n  with timeout 5 seconds\n',
    ),
    "a block of Monit's": ("blocks", "monit", [("set ssl.verify", True)], "set ssl {\n  verify: enable\n}\n"),
    "a mailbox for Monit": ("blocks", "monit", [("set alert", "a@b.edu")], "set alert a@b.edu\n"),
    "a mailbox that Monit would cut": ("blocks", "monit", [("set mail-format.from", '"A <b" <a@b.edu>')], None),
    "a name that Monit would not encode": (
        "blocks",
        "monit",
        [("set mail-format.from", "=?utf-8?b?w5w=?= <a@b.edu>")],
        None,
    ),
    "an address in which Monit sees a variable": ("blocks", "monit", [("set mail-format.from", "a$HOST@b.edu")], None),
    "an object of Icinga's": (
        "blocks",
        "icinga2",
        [('object User "u".email', 'a"\n@b'), ('object User "u".groups', Raw('[ "g" ]'))],
        'object User "u" {\n  email = "a\\"\\n@b"\n  groups = [ "g" ]\n}\n',
    ),
    "a definition of Nagios'": (
        "blocks",
        "nagios",
        [("define contact.email", "a@b")],
        "define contact {\n  email a@b\n}\n",
    ),
    "a comment's sign for Nagios": ("blocks", "nagios", [("define contact.email", "a;b")], None),
    "a setting of apt's": ("blocks", "apt", [("A::B", "x//y")], 'A::B "x//y";\n'),
    "an element in another": (
        "xml",
        "elements",
        [("C/R.a.b", "1"), ("C/R.c", "2")],
        '<C>\n<R\n  a.b="1"\n  c="2" />\n</C>\n',
    ),
    "a quote in XML": ("xml", "attributes", [("R.a", 'say "a"')], "<R\n  a='say \"a\"' />\n"),
    "both quotes in XML": ("xml", "attributes", [("R.a", "\"a\" 'b'")], "<R\n  a=\"&quot;a&quot; 'b'\" />\n"),
    "line ends and tabs in XML": (
        "xml",
        "attributes",
        [("R.a", "<a>\r\n\tb")],
        '<R\n  a="&lt;a&gt;&#13;&#10;&#9;b" />\n',
    ),
    "an element of XML": ("xml", "attributes", [("R.mail.smtp.host", "a&b")], '<R\n  mail.smtp.host="a&amp;b" />\n'),
}


@pytest.mark.parametrize(("name", "dialect", "entries", "text"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written(name: str, dialect: str, entries: list[Entry], text: str | None) -> None:
    assert written(name, dialect, entries) == text


def test_code_between_assignments_is_left_alone() -> None:
    text = "<?php\n$a = 'x';\n$b = getenv('SECRET');\nif ($a) { exit; }\n"
    assert find_format("php").read(text) == [("$a", "x")]
