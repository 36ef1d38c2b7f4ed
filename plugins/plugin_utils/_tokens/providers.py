# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the providers of mail document of their token servers: addresses, scopes and signatures, as data.

Microsoft: https://learn.microsoft.com/exchange/client-developer/legacy-protocols/
how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth ("Get an access token", "Use client credentials grant
flow"), and https://learn.microsoft.com/entra/identity-platform/certificate-credentials ("Header": PS256).
Google: https://developers.google.com/gmail/imap/xoauth2-protocol (one scope for IMAP and SMTP), and
https://developers.google.com/identity/protocols/oauth2/web-server ("Refreshing an access token").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Protocol = Literal["smtp", "imap"]
Scopes = Mapping[Protocol, tuple[str, ...]]


@dataclass(frozen=True)
class Provider:
    """A token server that is known by name; `{tenant}` in its address is the organisation's.

    `application_scopes` are asked for by client credentials, `account_scopes` with a refresh token: none of the latter
    leaves those that the refresh token was given (RFC 6749 6). Without `application_scopes` the provider gives no
    token for mail by client credentials.
    """

    token_url: str
    application_scopes: Scopes = field(default_factory=dict)
    account_scopes: Scopes = field(default_factory=dict)
    rsa_algorithm: str = "RS256"


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "microsoft": Provider(
            token_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",  # noqa: S106 - an address
            application_scopes={
                "smtp": ("https://outlook.office365.com/.default",),
                "imap": ("https://outlook.office365.com/.default",),
            },
            account_scopes={
                "smtp": ("https://outlook.office.com/SMTP.Send",),
                "imap": ("https://outlook.office.com/IMAP.AccessAsUser.All",),
            },
            rsa_algorithm="PS256",
        ),
        "google": Provider(token_url="https://oauth2.googleapis.com/token"),  # noqa: S106 - an address
    }
)
