# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written where a host belongs, and what is said of it."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.host_cures import host_cure

CURES = {
    "a port": ("h.example.edu:587", "; write smtp.host: h.example.edu, and smtp.port: 587"),
    "Postfix's brackets and a port": ("[h.example.edu]:587", "; write smtp.host: h.example.edu, and smtp.port: 587"),
    "brackets": ("[h.example.edu]", "; write smtp.host: h.example.edu"),
    "an IPv6 address in brackets": ("[2001:db8::1]:25", "; write smtp.host: 2001:db8::1, and smtp.port: 25"),
    "a URL with TLS": (
        "smtps://h.example.edu:465/",
        "; write smtp.host: h.example.edu, and smtp.port: 465, smtp.encryption: implicit_tls",
    ),
    "a URL": ("smtp://h.example.edu", "; write smtp.host: h.example.edu, and smtp.encryption: starttls or none"),
    "a login": ("me@h.example.edu", "; write smtp.host: h.example.edu, and the login into smtp.auth"),
    "a space after it": ("h.example.edu ", "; write smtp.host: h.example.edu"),
    "two hosts": ("a.example.edu, b.example.edu", "; smtp.host is one host alone"),
    "two hosts apart": ("a.example.edu b.example.edu", "; smtp.host is one host alone"),
    "a name with a space in it": ("smtp.exa mple", ""),
    "nothing that is known": ("a..b", ""),
    "far too much": ("." * 100_000, ""),
    "no text at all": ("", ""),
}


@pytest.mark.parametrize(("written", "cure"), CURES.values(), ids=CURES)
def test_what_belongs_elsewhere_is_named(written: str, cure: str) -> None:
    assert host_cure(written, "smtp") == cure
