# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""How each format writes a value down, so that the application reads back that very value.

Every function is total: it gives text that reads back unchanged, or raises NotExpressible with the reason. None ever
cuts a value short or lets one end its own field. All of them are filters in the templates, under their own names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    NotExpressible,
    one_line,
    unicode_text,
)
from ansible_collections.appmail.settings.plugins.module_utils._formats.msmtp import (
    msmtp_file,
    msmtp_from,
    msmtp_line,
    msmtp_password,
)
from ansible_collections.appmail.settings.plugins.module_utils._formats.text import trimmed
from ansible_collections.appmail.settings.plugins.plugin_utils._formats.yaml_text import yaml_block, yaml_scalar
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.compositions import (
    ascii_address,
    ascii_host,
    host_port,
    mailbox,
)


def bracketed_host(value: str) -> str:
    """A host in square brackets, which keeps Postfix from looking up its MX records (postconf(5), relayhost)."""
    return f"[{ascii_host(value)}]"


# Postfix: postconf(5), DATABASE_README and the section "texthash" of postmap(1).

_POSTFIX_BLANKS = " \t\n\v\f\r"
_POSTFIX_DIVIDERS = re.compile(r"[\s,{}]")


def postfix_value(value: str) -> str:
    """The value of a main.cf parameter: `$` would begin another parameter's name, `$$` stands for it."""
    one_line(value)
    if value != value.strip(_POSTFIX_BLANKS):
        raise NotExpressible(value, "it begins or ends with a blank, which main.cf drops")
    return value.replace("$", "$$")


def postfix_word(value: str) -> str:
    """One word in a list of words in main.cf, which blanks and commas divide and braces hold together."""
    if _POSTFIX_DIVIDERS.search(value):
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


def smtpd_string(value: str) -> str:
    """A string for OpenSMTPD: smtpd.conf(5), and smtpd/parse.y, yylex(), where a backslash is one at times only."""
    if re.search(r'["\\]', one_line(value)):
        raise NotExpressible(value, "it holds a quote or a backslash, which OpenSMTPD does not read back as they are")
    return f'"{value}"'


def shell_word(value: str) -> str:
    """One word for a POSIX shell."""
    return shlex.quote(one_line(value))


# Alertmanager: its configuration is YAML, some of its texts are Go templates, its password file is trimmed.


def go_template_text(value: str) -> str:
    """Text that a Go template (text/template) gives back as it is."""
    return value.replace("{{", '{{"{{"}}')


def trimmed_file(value: str) -> str:
    """The content of a file that the application reads without the blanks around it."""
    return trimmed(value)


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
        smtpd_string,
        trimmed_file,
        unicode_text,
        yaml_block,
        yaml_scalar,
    )
}
