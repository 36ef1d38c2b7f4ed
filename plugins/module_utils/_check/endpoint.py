# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""One endpoint to check: its fields, their defaults and bounds, and the options of the modules derived from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.appmail.settings.plugins.module_utils._sasl.registry import REGISTRATIONS

from .host_names import InvalidName, address_family, ascii_host, on_one_line, unbracketed

ENCRYPTIONS = ("none", "starttls_opportunistic", "starttls", "implicit_tls")
MECHANISMS = ("auto", *(mechanism.choice for mechanism in REGISTRATIONS))
# Of these the password is an access token.
TOKEN_MECHANISMS = tuple(mechanism.choice for mechanism in REGISTRATIONS if mechanism.takes_token)
# How many endpoints are checked at once, unless the user says otherwise.
MAX_PARALLEL = 50
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
DEFAULT_PORTS = {
    "smtp": {"none": 25, "starttls_opportunistic": 25, "starttls": 587, "implicit_tls": 465},
    "imap": {"none": 143, "starttls_opportunistic": 143, "starttls": 143, "implicit_tls": 993},
}


class EndpointError(ValueError):
    """The endpoint's own fields cannot be right; the sentence names the field and the cure."""


@dataclass(frozen=True)
class TlsSettings:
    """How the server's certificate is judged. Paths are the checking host's own."""

    verify: bool = True
    ca_file: str | None = None
    server_name: str | None = None
    minimum_version: str = "1.2"
    client_certificate: str | None = None
    client_key: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """One server to talk to. `timeout` is the deadline of the whole endpoint, retries and delays included; all times
    are in seconds. The name is no part of equality: equal endpoints are checked once, whatever they are called."""

    protocol: str
    host: str
    port: int
    encryption: str
    name: str = field(default="", compare=False)
    timeout: float = 30.0
    helo_name: str | None = None
    tls: TlsSettings = TlsSettings()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = "auto"
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    message_size_mb: float | None = None
    certificate_days: int = 14
    address_family: str = "any"
    source_address: str | None = None
    retries: int = 0
    retry_delay: float = 5.0
    probe_invalid_login: bool = False
    mailbox: str | None = None
    transcript: bool = False

    @property
    def label(self) -> str:
        """The endpoint as a person writes it, on one line: host:port."""
        return label_of(self.host, self.port)


def without_login(endpoint: Endpoint) -> Endpoint:
    """The endpoint for whoever does not log in there; who may not log in may not ask about a sender or a mailbox."""
    return replace(
        endpoint,
        username=None,
        password=None,
        mechanism="auto",
        sender=None,
        recipients=(),
        probe_invalid_login=False,
        mailbox=None,
    )


def label_of(host: str, port: int) -> str:
    """host:port on one line, an IPv6 address in brackets."""
    bare = on_one_line(unbracketed(host))
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


@dataclass(frozen=True)
class Field:
    """One option of the modules and one key of an endpoint."""

    name: str
    kind: str  # "str", "int", "float", "bool", "list" (of str), "tls"
    choices: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ("smtp", "imap")
    minimum: float | None = None
    maximum: float | None = None
    secret: bool = False
    absolute: bool = False  # a file of the checking host, whose path means the same wherever a process stands
    filled: bool = False  # an empty text is a variable that came out empty, and no way to say "not given"


_SMTP = ("smtp",)
_IMAP = ("imap",)
FIELDS = (
    Field("name", "str"),
    Field("host", "str"),
    Field("port", "int", minimum=1, maximum=65535),
    Field("encryption", "str", choices=ENCRYPTIONS),
    Field("timeout", "float", minimum=0.1, maximum=3600),
    Field("helo_name", "str", protocols=_SMTP),
    Field("tls", "tls"),
    Field("username", "str", filled=True),
    Field("password", "str", secret=True),
    Field("mechanism", "str", choices=MECHANISMS),
    Field("sender", "str", protocols=_SMTP),
    Field("recipients", "list", protocols=_SMTP),
    Field("message_size_mb", "float", protocols=_SMTP, minimum=0.001, maximum=1_000_000),
    Field("mailbox", "str", protocols=_IMAP),
    Field("certificate_days", "int", minimum=0, maximum=36500),
    Field("address_family", "str", choices=("any", "ipv4", "ipv6")),
    Field("source_address", "str"),
    Field("retries", "int", minimum=0, maximum=100),
    Field("retry_delay", "float", minimum=0, maximum=3600),
    Field("probe_invalid_login", "bool"),
    Field("transcript", "bool"),
)
TLS_FIELDS = (
    Field("verify", "bool"),
    Field("ca_file", "str", absolute=True),
    Field("server_name", "str"),
    Field("minimum_version", "str", choices=TLS_VERSIONS),
    Field("client_certificate", "str", absolute=True),
    Field("client_key", "str", absolute=True),
)


def fields_of(protocol: str) -> tuple[Field, ...]:
    """The fields that an endpoint of this protocol has."""
    return tuple(option for option in FIELDS if protocol in option.protocols)


def endpoint_from_mapping(protocol: str, mapping: Mapping[str, object]) -> Endpoint:
    """The endpoint that a user's mapping describes, with defaults filled in; None means "not given".

    Raises EndpointError, whose sentence never holds a secret.
    """
    values = _checked(fields_of(protocol), mapping, "")
    for required in ("host", "encryption"):
        if required not in values:
            raise EndpointError(f"{required} must be given")
    values.setdefault("port", DEFAULT_PORTS[protocol][str(values["encryption"])])
    _check_together(values)
    if protocol == "imap" and "username" in values:
        values.setdefault("mailbox", "INBOX")
    endpoint = Endpoint(protocol=protocol, **values)  # type: ignore[arg-type]  # proven by the table of fields
    return endpoint if endpoint.name else Endpoint(**{**endpoint.__dict__, "name": endpoint.label})


def layered(*layers: Mapping[str, object]) -> dict[str, object]:
    """An endpoint's keys, each layer over those before it; `tls` key by key, the rest whole. None is "not given"."""
    merged: dict[str, object] = {}
    for layer in layers:
        for key, value in layer.items():
            earlier = merged.get(key)
            if isinstance(value, Mapping) and isinstance(earlier, Mapping):
                merged[key] = layered(earlier, value)
            elif value is not None:
                merged[key] = value
    return merged


def endpoint_arguments(protocol: str) -> dict[str, dict[str, object]]:
    """The fields of an endpoint as AnsibleModule takes options; nothing has a default, so that layers can be told."""
    return {option.name: _argument(option) for option in fields_of(protocol)}


def _argument(described: Field) -> dict[str, object]:
    if described.kind == "tls":
        return {"type": "dict", "options": {option.name: _argument(option) for option in TLS_FIELDS}}
    # Said of every field, for Ansible wonders about names such as client_key, which is a path.
    argument: dict[str, object] = {"type": described.kind, "no_log": described.secret}
    if described.kind == "list":
        argument["elements"] = "str"
    if described.choices:
        argument["choices"] = list(described.choices)
    return argument


def _checked(fields: tuple[Field, ...], mapping: Mapping[str, object], prefix: str) -> dict[str, object]:
    """The given values by name, each of its field's kind and within its bounds."""
    options = {option.name: option for option in fields}
    values: dict[str, object] = {}
    for key, value in mapping.items():
        if key not in options:
            raise EndpointError(f"{prefix}{key}: is not a known option{_did_you_mean(str(key), options)}")
        if value is not None:
            values[key] = _value(options[key], value, prefix + key)
    return values


def _did_you_mean(key: str, options: Mapping[str, object]) -> str:
    import difflib  # only a mistyped key needs it

    nearest = difflib.get_close_matches(key, list(options), 1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def _value(described: Field, value: object, path: str) -> object:
    if described.kind == "tls":
        if not isinstance(value, Mapping):
            raise EndpointError(f"{path}: must be a mapping")
        return TlsSettings(**_checked(TLS_FIELDS, value, "tls."))  # type: ignore[arg-type]  # proven by the table
    if described.kind == "list":
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise EndpointError(f"{path}: must be a list of strings")
        return tuple(str(item) for item in value)
    if described.kind == "bool":
        if not isinstance(value, bool):
            raise EndpointError(f"{path}: must be true or false")
        return value
    if described.kind == "str":
        return _string(described, value, path)
    return _number(described, value, path)


def _string(described: Field, value: object, path: str) -> str:
    if not isinstance(value, str):
        raise EndpointError(f"{path}: must be a string")
    if described.filled and not value:
        raise EndpointError(f"{path}: must not be empty; leave it out")
    if described.choices and value not in described.choices:
        raise EndpointError(f"{path}: must be one of {', '.join(described.choices)}")
    if described.absolute and not _FILE.match(value):
        raise EndpointError(f"{path}: must be an absolute path such as /etc/ssl/certs/ca.pem")
    return str(value)


def _number(described: Field, value: object, path: str) -> float:
    whole = described.kind == "int"
    if whole and isinstance(value, float) and value.is_integer():
        # As a division in a template gives it.
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (whole and not isinstance(value, int)):
        raise EndpointError(f"{path}: must be a {'whole ' if whole else ''}number")
    if not (described.minimum or 0) <= value <= (described.maximum or float("inf")):
        # The digits of 1000000, where "g" alone writes 1e+06.
        raise EndpointError(f"{path}: must be between {described.minimum:.15g} and {described.maximum:.15g}")
    return value if whole else float(value)


# Nothing that ends a command or begins another one, and no display name (RFC 5321 4.1.2); a quoted local part may hold
# blanks.
_MAIL_ADDRESS = re.compile(r'(?:"[^"\x00-\x1f\x7f]*"|[^\s"<>\x00-\x1f\x7f]+)@[^\s"<>\x00-\x1f\x7f]+\Z')
_WORD = re.compile(r"[!-~]+\Z")
# As the spec's schema has it.
_FILE = re.compile(r"/[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f/]\Z")
# What people write around a host, and where it belongs. The first that fits is told.
_AROUND_A_HOST = (
    (re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://"), "leave out the scheme, and all that is not the name or the address"),
    (re.compile(r".*@"), "leave out the user: username and password are options of their own"),
    (re.compile(r"(?:\[.*\]|[^:]*):[0-9]+\Z"), "leave out the port, which is an option of its own"),
)


def _check_together(values: Mapping[str, object]) -> None:
    """What two fields must have in common, and what may stand in a command at all."""
    _check_host(str(values["host"]))
    if ("username" in values) != ("password" in values):
        raise EndpointError("username and password must be given together, or both left out")
    if values.get("recipients") and "sender" not in values:
        raise EndpointError("recipients can only be tried together with a sender")
    tls = values.get("tls")
    if isinstance(tls, TlsSettings):
        _check_tls(tls)
    _check_address("sender", values.get("sender"))
    recipients = values.get("recipients", ())
    for address in recipients if isinstance(recipients, tuple) else ():
        _check_address("recipients", address)
    helo_name = values.get("helo_name")
    if helo_name is not None and not _WORD.match(str(helo_name)):
        raise EndpointError("helo_name: must be an ASCII host name or an address literal such as [192.0.2.1]")
    _check_lines(values)


def _check_host(host: str) -> None:
    """The host is not repeated: a URL may hold a password."""
    for form, cure in _AROUND_A_HOST:
        if form.match(host):
            raise EndpointError(f"host: {cure}")


def _check_tls(tls: TlsSettings) -> None:
    if tls.client_key and not tls.client_certificate:
        raise EndpointError("tls.client_key needs tls.client_certificate")
    if tls.server_name is not None:
        try:
            ascii_host(tls.server_name)
        except InvalidName as fault:
            raise EndpointError(f"tls.server_name: {fault}") from fault


def _check_address(path: str, address: object) -> None:
    if address is not None and not _MAIL_ADDRESS.match(str(address)):
        raise EndpointError(f"{path}: must be a bare mail address such as noreply@example.edu, without a name")


def _check_lines(values: Mapping[str, object]) -> None:
    source_address = values.get("source_address")
    if source_address is not None and address_family(str(source_address)) is None:
        raise EndpointError("source_address: must be an IPv4 or IPv6 address of the checking host")
    for path in ("name", "mailbox"):
        if any(character in str(values.get(path, "")) for character in "\r\n\0"):
            raise EndpointError(f"{path}: must not hold a line end")
