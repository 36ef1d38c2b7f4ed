# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""How each format writes a value down, so that the application reads back that very value.

Every function is total: it gives text that reads back unchanged, or raises NotExpressible with the reason. None ever
cuts a value short or lets one end its own field. All of them are filters in the templates, under their own names.
"""

from __future__ import annotations

import base64
import math
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence


class NotExpressible(Exception):
    """A value that a format has no way to write down.

    `value` is the very value, for finding where it was written; it may be a secret and is never part of the text.
    """

    def __init__(self, value: object, reason: str) -> None:
        self.value = value
        self.reason = reason
        super().__init__(reason)


def unicode_text(value: str) -> str:
    """The value itself, if it can be written to a file at all."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise NotExpressible(value, "it holds half a character (a lone surrogate), which no file can hold") from None
    return value


def one_line(value: str) -> str:
    """The value itself, if it is one line of text without control characters."""
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise NotExpressible(value, "it holds a line break or another control character")
    return unicode_text(value)


# Names and addresses: what is on the wire is ASCII unless the server offers SMTPUTF8.


def ascii_host(value: str) -> str:
    """A host name or IP address as it is; one with other letters has to be written in its ASCII form (RFC 5890)."""
    if value.isascii():
        return one_line(value)
    raise NotExpressible(value, f"it takes ASCII host names only{_ascii_form(value)}")


def ascii_address(value: str) -> str:
    """An email address as it is; letters outside ASCII need SMTPUTF8 (RFC 6531), which is not sure to be offered."""
    if value.isascii():
        return one_line(value)
    local, _at, domain = value.rpartition("@")
    cure = _ascii_form(domain) if local.isascii() else ""
    raise NotExpressible(value, f"it takes ASCII addresses only{cure}")


def _ascii_form(host: str) -> str:
    try:
        return f"; write {host.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""


def bracketed_host(value: str) -> str:
    """A host in square brackets, which keeps Postfix from looking up its MX records (postconf(5), relayhost)."""
    return f"[{ascii_host(value)}]"


def host_port(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    return f"[{ascii_host(host)}]:{port}" if ":" in host else f"{ascii_host(host)}:{port}"


def mailbox(address: str, name: str | None) -> str:
    """`"Name" <address>` for a header (RFC 5322 section 3.4), the name encoded by RFC 2047 where it has to be."""
    if not name:
        return ascii_address(address)
    one_line(name)
    if name.isascii() and "=?" not in name:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return f'"{escaped}" <{ascii_address(address)}>'
    return f"{_encoded_words(name)} <{ascii_address(address)}>"


# Bytes in one encoded word: 75 characters at the most (RFC 2047 section 2), of which 12 are around the base64.
_WORD_BYTES = 45


def _encoded_words(name: str) -> str:
    chunks = [b""]
    for character in name:
        encoded = character.encode("utf-8")
        if len(chunks[-1]) + len(encoded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return " ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?=" for chunk in chunks)


# Postfix: postconf(5), DATABASE_README and the section "texthash" of postmap(1).

_POSTFIX_BLANKS = " \t\n\v\f\r"


def postfix_value(value: str) -> str:
    """The value of a main.cf parameter: `$` would begin another parameter's name, `$$` stands for it."""
    one_line(value)
    if value != value.strip(_POSTFIX_BLANKS):
        raise NotExpressible(value, "it begins or ends with a blank, which main.cf drops")
    return value.replace("$", "$$")


def postfix_word(value: str) -> str:
    """One word in a list of words in main.cf, which blanks and commas divide and braces hold together."""
    if re.search(r"[\s,{}]", value):
        raise NotExpressible(value, "it holds a blank, a comma or a brace, which divide a list in main.cf")
    return postfix_value(value)


def postfix_certificate_name(value: str) -> str:
    """A name for smtp_tls_secure_cert_match, where three words mean something else than themselves."""
    if value.lower() in ("hostname", "nexthop", "dot-nexthop"):
        raise NotExpressible(value, "it is a keyword of smtp_tls_secure_cert_match, not a name there")
    return postfix_word(ascii_host(value))


def postfix_login(username: str, password: str) -> str:
    """`user:password` as the value in a texthash table, which is the rest of the line; the first colon divides."""
    if ":" in username:
        raise NotExpressible(username, "Postfix takes what stands before the first colon for the user name")
    if one_line(username) != username.lstrip(_POSTFIX_BLANKS) or not username:
        raise NotExpressible(username, "it begins with a blank, which the password table drops")
    if re.search(r"[\n\0]", password):
        raise NotExpressible(password, "it holds a line break, which ends the entry in the password table")
    if password != password.rstrip(_POSTFIX_BLANKS):
        raise NotExpressible(password, "it ends with a blank, which the password table drops")
    return f"{username}:{unicode_text(password)}"


# msmtp: msmtp(1), CONFIGURATION FILES, and src/conf.c, get_next_cmd() and trim_string().

_MSMTP_LONGEST_LINE = 499
# msmtp cannot send a line of more than 4094 characters; base64 makes four of three, and the mechanisms add some.
_MSMTP_LONGEST_LOGIN = 3000


def msmtp_line(value: str, command: str) -> str:
    """A whole line of msmtprc. The argument stands in quotes, which msmtp takes off; it has no escapes."""
    line = f'{command} "{one_line(value)}"'
    if len(line.encode()) > _MSMTP_LONGEST_LINE:
        raise NotExpressible(value, f"msmtp reads no line of more than {_MSMTP_LONGEST_LINE} bytes")
    return line


def msmtp_file(value: str, command: str) -> str:
    """A line of msmtprc that names a file: a tilde would become a home folder, `system` the system's own file."""
    if not value.startswith("/"):
        raise NotExpressible(value, "msmtp takes a path that is not absolute for something else than this very file")
    return msmtp_line(value, command)


def msmtp_from(value: str) -> str:
    """The line that sets the envelope sender, where some characters are patterns and cannot be escaped."""
    if re.search(r"%[UHCM]|[*?\[]", value):
        raise NotExpressible(value, "msmtp takes %U, %H, %C, %M, *, ? and [ in an address for patterns")
    return msmtp_line(ascii_address(value), "from")


def msmtp_password(password: str, username: str) -> str:
    """The password as the only line of the file that passwordeval prints."""
    if re.search(r"[\n\0]", password) or password.endswith("\r"):
        raise NotExpressible(password, "it holds a line break, and msmtp reads the first line only")
    if len(unicode_text(password).encode()) + len(username.encode()) > _MSMTP_LONGEST_LOGIN:
        raise NotExpressible(password, f"msmtp cannot send a login of more than {_MSMTP_LONGEST_LOGIN} bytes")
    return password


def shell_word(value: str) -> str:
    """One word for a POSIX shell."""
    return shlex.quote(one_line(value))


# Alertmanager: its configuration is YAML, some of its texts are Go templates, its password file is trimmed.


def go_template_text(value: str) -> str:
    """Text that a Go template (text/template) gives back as it is."""
    return value.replace("{{", '{{"{{"}}')


def trimmed_file(value: str) -> str:
    """The content of a file that the application reads without the blanks around it."""
    if value != value.strip() or not value:
        raise NotExpressible(value, "it begins or ends with a blank or a line break, which the application drops")
    return unicode_text(value)


# YAML


def yaml_scalar(value: object) -> str:
    """Any scalar in YAML 1.1 and 1.2: text always in double quotes, so that none is taken for a number or a truth."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _yaml_float(value)
    if isinstance(value, int):
        return str(value)
    return f'"{_YAML_UNSAFE.sub(_yaml_escape, unicode_text(str(value)))}"'


def _yaml_float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    # YAML 1.1 takes a number for one only if there is a point in it.
    return re.sub(r"\A(-?[0-9]+)e", r"\1.0e", repr(value))


def yaml_block(value: object, indent: int = 0) -> str:
    """Any mapping or list in block style, each line indented; scalars as yaml_scalar writes them."""
    return "\n".join(f"{' ' * indent}{line}" for line in _yaml_lines(value))


def _yaml_lines(value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _yaml_item(f"{_yaml_key(key)}:", below, "  ")
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for below in value:
            lines = list(_yaml_lines(below))
            yield f"- {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])
    else:
        yield _yaml_leaf(value)


def _yaml_item(key: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str) and value:
        yield key
        yield from (f"{indent}{line}" for line in _yaml_lines(value))
    else:
        yield f"{key} {_yaml_leaf(value)}"


def _yaml_leaf(value: object) -> str:
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, Sequence) and not isinstance(value, str) else yaml_scalar(value)


_YAML_PLAIN_KEY = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z_][a-z0-9_]*\Z", re.IGNORECASE)


def _yaml_key(key: object) -> str:
    return key if isinstance(key, str) and _YAML_PLAIN_KEY.match(key) else yaml_scalar(key)


# What may stand unescaped between double quotes: YAML 1.1 section 5.1, less the quote, the backslash, line breaks and
# the byte order mark.
_YAML_UNSAFE = re.compile("[^ !#-\\[\\]-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _yaml_escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return f"\\{character}"
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


FILTERS: Mapping[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
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
        trimmed_file,
        unicode_text,
        yaml_block,
        yaml_scalar,
    )
}
