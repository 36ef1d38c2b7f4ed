# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down reads back unchanged, or is refused with the reason.

Here PyYAML and the standard library read back; tests/integration/test_quoting_readback.py asks the applications.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering import quoting as _quoting
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.quoting import (
    FILTERS,
    NotExpressible,
    ascii_address,
    ascii_host,
    bracketed_host,
    go_template_text,
    host_port,
    mailbox,
    msmtp_file,
    msmtp_from,
    msmtp_line,
    msmtp_password,
    one_line,
    postfix_certificate_name,
    postfix_login,
    postfix_value,
    postfix_word,
    shell_word,
    smtpd_string,
    trimmed_file,
    yaml_block,
    yaml_scalar,
)

# Any text at all, halves of characters and control characters included; and text that is likely to be special.
ANY_TEXT = st.text(st.characters(exclude_categories=()))
NASTY_TEXT = st.lists(
    st.sampled_from([*" \t\n\r\0\"'\\$%#:={}[]<>,;`~&|!?*@-", "{{", "}}", "é", "\ud800", "a", "1"])
).map("".join)
TEXT = ANY_TEXT | NASTY_TEXT
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
TREE = st.recursive(SCALAR, lambda below: st.lists(below) | st.dictionaries(TEXT, below), max_leaves=20)


def written(write: Callable[[], str]) -> str | None:
    """What the function writes, or None if it refuses."""
    try:
        return write()
    except NotExpressible:
        return None


@given(SCALAR)
def test_yaml_scalar_reads_back(value: object) -> None:
    text = written(lambda: yaml_scalar(value))
    if text is None:
        assert isinstance(value, str)
        assert not is_unicode(value)
        return
    assert "\n" not in text
    read = yaml.safe_load(text)
    assert read == value
    assert type(read) is type(value)


@given(TREE, st.integers(0, 8))
def test_yaml_block_reads_back(tree: object, indent: int) -> None:
    text = written(lambda: yaml_block(tree, indent))
    if text is not None:
        assert yaml.safe_load(text) == tree
        assert all(line.startswith(" " * indent) for line in text.split("\n"))


def test_yaml_not_a_number_reads_back() -> None:
    assert yaml.safe_load(yaml_scalar(float("nan"))) != yaml.safe_load(yaml_scalar(float("nan")))


@given(TEXT)
def test_shell_word_reads_back(value: str) -> None:
    text = written(lambda: shell_word(value))
    assert text is None or shlex.split(text) == [value]


@given(TEXT.filter(bool))
@example("0\x85")
@example("\u2028")
@example("日本語" * 30)
def test_mailbox_reads_back(name: str) -> None:
    text = written(lambda: mailbox("a@example.edu", name))
    if text is None:
        return
    assert text.isascii()
    shown, _blank, address = text.rpartition(" ")
    assert address == "<a@example.edu>"
    if shown.startswith("=?"):
        assert all(len(word) <= 75 for word in shown.split(" "))
        assert str(make_header(decode_header(shown))) == name
    else:
        assert parseaddr(text) == (name, "a@example.edu")


FUNCTIONS: dict[str, Callable[[str], str]] = {
    "ascii_address": ascii_address,
    "ascii_host": ascii_host,
    "bracketed_host": bracketed_host,
    "host_port": lambda value: host_port(value, 25),
    "msmtp_file": lambda value: msmtp_file(value, "tls_trust_file"),
    "msmtp_from": msmtp_from,
    "msmtp_line": lambda value: msmtp_line(value, "user"),
    "msmtp_password": lambda value: msmtp_password(value, "user"),
    "one_line": one_line,
    "postfix_certificate_name": postfix_certificate_name,
    "postfix_login": lambda value: postfix_login(value, value),
    "postfix_value": postfix_value,
    "postfix_word": postfix_word,
    "smtpd_string": smtpd_string,
    "trimmed_file": trimmed_file,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(value=TEXT)
def test_every_function_keeps_the_value_whole_or_refuses(name: str, value: str) -> None:
    text = written(lambda: FUNCTIONS[name](value))
    if text is not None:
        assert "\n" not in text or name == "trimmed_file"
        assert is_unicode(text)
        assert value in text or value in text.replace("$$", "$")


def is_unicode(text: str) -> bool:
    return not any(0xD800 <= ord(character) < 0xE000 for character in text)


REFUSED = {
    "a line break in a name": (lambda: one_line("a\nb"), "line break"),
    "another alphabet in a host": (lambda: ascii_host("bücher.example"), "; write xn--bcher-kva.example"),
    "another alphabet in a domain": (lambda: ascii_address("a@bücher.example"), "; write xn--bcher-kva.example"),
    "a letter that is no two": (lambda: ascii_host("faß.de"), "; write xn--fa-hia.de"),
    "a final sigma": (lambda: ascii_host("βόλος.com"), "; write xn--nxasmm1c.com"),
    "a final sigma in a domain": (lambda: ascii_address("a@βόλος.com"), "; write xn--nxasmm1c.com"),
    "another alphabet in an address": (lambda: ascii_address("bücher@example.edu"), "it takes ASCII addresses only"),
    "a blank at the end in main.cf": (lambda: postfix_value("a "), "main.cf drops"),
    "a blank at the beginning in main.cf": (lambda: postfix_value(" a"), "main.cf drops"),
    "two words in a list of main.cf": (lambda: postfix_word("a b"), "divide a list"),
    "braces in a list of main.cf": (lambda: postfix_word("{a"), "divide a list"),
    "a keyword as a certificate's name": (lambda: postfix_certificate_name("Nexthop"), "keyword"),
    "a colon in a user name": (lambda: postfix_login("a:b", "c"), "first colon"),
    "a blank before a user name": (lambda: postfix_login(" a", "b"), "begins with a blank"),
    "a blank after a password": (lambda: postfix_login("a", "b\t"), "ends with a blank"),
    "a line break in a password": (lambda: postfix_login("a", "b\nc"), "ends the entry"),
    "a line that is too long": (lambda: msmtp_line("x" * 493, "user"), "no line of more than 499"),
    "a home folder": (lambda: msmtp_file("~/ca.pem", "tls_trust_file"), "not absolute"),
    "the system's own file": (lambda: msmtp_file("system", "tls_trust_file"), "not absolute"),
    "a pattern in an address": (lambda: msmtp_from("a%Ub@example.edu"), "patterns"),
    "a wildcard in an address": (lambda: msmtp_from("a*@example.edu"), "patterns"),
    "two lines in a file of one": (lambda: msmtp_password("a\nb", "u"), "first line only"),
    "a login that is too long": (lambda: msmtp_password("x" * 3000, "u"), "more than 3000 bytes"),
    "a blank around a trimmed file": (lambda: trimmed_file("\u00a0a"), "drops"),
    "half a character": (lambda: yaml_scalar("\ud800"), "half a character"),
}


@pytest.mark.parametrize(("write", "reason"), REFUSED.values(), ids=REFUSED)
def test_refusal_says_why(write: Callable[[], str], reason: str) -> None:
    with pytest.raises(NotExpressible) as caught:
        write()
    assert reason in caught.value.reason
    assert str(caught.value) == caught.value.reason


ACCEPTED = {
    "IPv6 and its port": (lambda: host_port("2001:db8::1", 25), "[2001:db8::1]:25"),
    "a name and its port": (lambda: host_port("a.example", 25), "a.example:25"),
    "a host without MX": (lambda: bracketed_host("a.example"), "[a.example]"),
    "a dollar in main.cf": (lambda: postfix_value("a$b"), "a$$b"),
    "the longest line": (lambda: msmtp_line("x" * 492, "user"), f'user "{"x" * 492}"'),
    "an address alone": (lambda: mailbox("a@example.edu", None), "a@example.edu"),
    "a name with a quote": (lambda: mailbox("a@example.edu", 'A "B" \\'), '"A \\"B\\" \\\\" <a@example.edu>'),
    "a name that is not ASCII": (lambda: mailbox("a@b.c", "é"), "=?utf-8?b?w6k=?= <a@b.c>"),
    "a template in Go": (lambda: go_template_text("{{ a }}"), '{{"{{"}} a }}'),
    "a percent sign": (lambda: msmtp_from("a%b@example.edu"), 'from "a%b@example.edu"'),
}


@pytest.mark.parametrize(("write", "text"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_written(write: Callable[[], str], text: str) -> None:
    assert write() == text


def test_every_function_of_its_own_is_a_filter() -> None:
    public = {name for name, value in vars(_quoting).items() if not name.startswith("_") and callable(value)}
    own = {name for name in public if getattr(vars(_quoting)[name], "__module__", "") == _quoting.__name__}
    assert own <= set(FILTERS)
