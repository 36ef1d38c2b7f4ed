# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What masking does not recognise: a text that may hold a part of a secret is not shown, and every other one is."""

from __future__ import annotations

import base64
import binascii
import codecs
import unicodedata
import zlib
from collections.abc import Callable

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._check.facts import Reply
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.replies import scrubbed
from ansible_collections.appmail.settings.plugins.module_utils._secrets.file_secrets import Secrets
from ansible_collections.appmail.settings.plugins.module_utils._secrets.scrubber import MASK, Scrubber

SECRETS = ("Tr0ub4dor&3-Zebra\"Quote'x", "correct horse battery staple", "pässwörd-Größe-42!", "abcdef1234567890")


def each(form: str, between: str) -> Callable[[str], str]:
    """Each octet of a text in some form."""
    return lambda text: between.join(form.format(octet) for octet in text.encode())


def rot47(text: str) -> str:
    return "".join(chr(33 + (ord(sign) + 14) % 94) if "!" <= sign <= "~" else sign for sign in text)


# How a server or a program that was told a secret may say it.
TURNED: dict[str, Callable[[str], str]] = {
    "in base64, from its end": lambda text: base64.b64encode(text.encode()).decode()[::-1],
    "in base64, twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "from its end, in base64": lambda text: base64.b64encode(text[::-1].encode()).decode(),
    "in capitals, in base64": lambda text: base64.b64encode(text.upper().encode()).decode(),
    "in UTF-32, in base64": lambda text: base64.b64encode(text.encode("utf-32-le")).decode(),
    "in base85": lambda text: base64.b85encode(text.encode()).decode(),
    "in Ascii85": lambda text: base64.a85encode(text.encode()).decode(),
    "in decimal numbers": each("{}", " "),
    "in decimal numbers, with commas": each("{}", ","),
    "as a list of Python's": lambda text: str(list(text.encode())),
    "in hexadecimal numbers": each("0x{:02x}", ", "),
    "in octal numbers": each("{:03o}", " "),
    "in binary numbers": each("{:08b}", " "),
    "in code points": lambda text: " ".join(f"U+{ord(sign):04X}" for sign in text),
    "in escapes with braces": lambda text: "".join(f"\\u{{{ord(sign):x}}}" for sign in text),
    "in escapes of JavaScript's old kind": lambda text: "".join(f"%u{ord(sign):04x}" for sign in text),
    "in escapes of CSS": lambda text: "".join(f"\\{ord(sign):06x}" for sign in text),
    "sign by sign, with commas": ", ".join,
    "sign by sign, in quotes": lambda text: ", ".join(map(repr, text)),
    "sign by sign, numbered": lambda text: " ".join(f"[{place}]={sign}" for place, sign in enumerate(text)),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "rot47": rot47,
    "in wide letters": lambda text: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text),
    "in parted letters": lambda text: unicodedata.normalize("NFD", text),
    "compressed": lambda text: base64.b64encode(zlib.compress(text.encode())).decode(),
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("turned", TURNED.values(), ids=TURNED)
def test_of_a_reply_that_leaves_a_doubt_the_codes_are_shown_alone(turned: Callable[[str], str], secret: str) -> None:
    scrub = Scrubber([secret])
    scrub.is_told = True
    said = turned(secret)
    shown = scrubbed(Reply(535, "5.7.8", f"bad password: {said} (try)"), scrub)
    assert shown is not None
    assert (shown.code, shown.enhanced_code) == (535, "5.7.8")
    assert shown.text == "" or (said not in shown.text and MASK in shown.text)
    line = scrub.shown(f"535 5.7.8 bad password: {said} (try)".encode(), 1000)
    assert line.startswith("535 5.7.8 ")
    assert said not in line


# What needs no knowledge of the secret to be left out is no matter of a program's output, which names its own files.
@pytest.mark.parametrize("turned", [turned for name, turned in TURNED.items() if name != "compressed"])
def test_of_a_program_the_line_is_left_out(turned: Callable[[str], str]) -> None:
    secret = SECRETS[0]
    text = f"main.cf: line 3 is wrong\nbad value {turned(secret)} there\nsee postconf(5)"
    shown = Secrets(known=frozenset([secret])).removed_from(text, is_cut=False)
    assert shown.startswith("main.cf: line 3 is wrong\n")
    assert shown.endswith("\nsee postconf(5)")
    assert turned(secret) not in shown


# What real servers say to whoever was refused; names, hosts, keys, identifiers and addresses are no secrets.
PLAIN = (
    "Error: authentication failed: (reason unavailable)",
    "Error: authentication failed: UGFzc3dvcmQ6",
    "Username and Password not accepted. For more information, go to "
    "https://support.google.com/mail/?p=BadCredentials d9443c01a7336-1f2f4bb1234sm5678.9 - gsmtp",
    "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
    "https://aka.ms/smtp_auth_disabled for more information. "
    "[AM0PR08CA0012.eurprd08.prod.outlook.com 2024-05-05T01:02:03.123Z 08DC6C8E90AB17F2]",
    "Client host [2001:db8:0:0:0:0:0:1] blocked using zen.spamhaus.org; request 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "smtp_tls_security_level in /etc/postfix/main.cf of relay-01.mail.example.edu (port 587)",
    "Anmeldung fehlgeschlagen: Benutzername oder Kennwort ungültig",
    "<noreply@example.edu>: Sender address rejected: not owned by user svc-mail",
    "Message size 10485760 exceeds 5242880; at most 10 messages, 20 recipients, 30 seconds, 40 octets in a line",
)


@pytest.mark.parametrize("text", PLAIN)
def test_what_servers_say_of_their_own_accord_is_shown(text: str) -> None:
    scrub = Scrubber(SECRETS)
    scrub.is_told = True
    assert scrubbed(Reply(535, "5.7.8", text), scrub) == Reply(535, "5.7.8", text)


def test_before_a_login_nobody_can_say_a_secret() -> None:
    text = binascii.hexlify(b"a number that a server gives each of its sessions").decode()
    assert scrubbed(Reply(220, None, text), Scrubber(SECRETS)) == Reply(220, None, text)
