# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check by plain smtplib, as its documentation shows it, in a process of its own.

Settings come as JSON on stdin; what the exception says goes as JSON to stdout: its class, the server's code, the words
of Python, and the server's.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import sys
from typing import TypedDict

VERSIONS = {"1.0": "TLSv1", "1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}


class Tls(TypedDict):
    verify: bool
    ca_file: str | None
    minimum_version: str
    client_certificate: str | None
    client_key: str | None


class Settings(TypedDict):
    host: str
    port: int
    encryption: str
    timeout: float
    helo_name: str | None
    source_address: str | None
    tls: Tls
    username: str | None
    password: str
    sender: str | None
    recipients: list[str]


def connect(given: Settings) -> smtplib.SMTP:
    """The connection, with TLS from the first byte where it is wanted."""
    source = (given["source_address"], 0) if given["source_address"] else None
    place = given["host"], given["port"], given["helo_name"]
    if given["encryption"] == "implicit_tls":
        context = tls_context(given["tls"])
        return smtplib.SMTP_SSL(*place, timeout=given["timeout"], source_address=source, context=context)
    return smtplib.SMTP(*place, timeout=given["timeout"], source_address=source)


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Python's default context, with the CA file and the client's certificate of the settings."""
    context = ssl.create_default_context(cafile=tls["ca_file"])
    context.minimum_version = ssl.TLSVersion[VERSIONS[tls["minimum_version"]]]
    if tls["minimum_version"] < "1.2":
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    if not tls["verify"]:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls["client_certificate"]:
        context.load_cert_chain(tls["client_certificate"], tls["client_key"])
    return context


def check(given: Settings) -> None:
    """Connect, log in, name sender and recipients, quit; raises what smtplib raises."""
    client = connect(given)
    try:
        if given["encryption"] == "starttls":
            client.starttls(context=tls_context(given["tls"]))
        client.ehlo_or_helo_if_needed()
        if given["username"] is not None:
            client.login(given["username"], given["password"])
        if given["sender"]:
            envelope(client, given["sender"], given["recipients"])
        client.quit()
    finally:
        client.close()


def envelope(client: smtplib.SMTP, sender: str, recipients: list[str]) -> None:
    """What sendmail() does before it sends."""
    options = [] if f"{sender}{''.join(recipients)}".isascii() else ["SMTPUTF8"]
    code, reply = client.mail(sender, options)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, reply, sender)
    refused = {}
    for recipient in recipients:
        code, reply = client.rcpt(recipient)
        if code not in (250, 251):
            refused[recipient] = (code, reply)
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)


def told(fault: Exception) -> dict[str, object]:
    """What there is to read of an exception."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _reply in fault.recipients.values()})
        return {"code": codes, "words": "", "reply": str(fault)}
    if isinstance(fault, smtplib.SMTPResponseException):
        return {"code": fault.smtp_code, "words": "", "reply": str(fault)}
    return {"code": None, "words": str(fault), "reply": ""}


if __name__ == "__main__":
    try:
        check(json.load(sys.stdin))
    except Exception as fault:  # noqa: BLE001  # whatever it is, it is what a user sees
        json.dump({"class": type(fault).__name__, **told(fault)}, sys.stdout)
