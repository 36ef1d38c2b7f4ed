# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records for tests: the same text in every field that a user or a server can fill."""

from __future__ import annotations

from ansible_collections.appmail.settings.plugins.plugin_utils._record.merging import record_of
from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import Intended, Observed, Record

_VERDICTS = ("spf", "dmarc", "mx", "mta_sts", "allowed")

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a | b ` c \\ d",
    "=cmd|' /C calc'!A0",
    "line\nbreak\rand\ttab",
    "bidi \u202e marks \u2066",
    'quote " and {{ braces }} # hash: colon',
    "\U0001f600 \u2028 \x00",
]


def hostile(text: str) -> Record:
    """A record with the text in every field that a user or a server can fill."""
    origin = {"file": text, "line": 1, "column": 1, "commit": "a" * 40, "author": text, "date": "2026-01-01"}
    intended = {
        "revision": {"commit": "a" * 40, "date": "2026-01-01", "clean": True, "shallow": False},
        "hosts": [
            {
                "name": text,
                "environment": text,
                "state": "judged",
                "applications": [{"name": text, "kind": "config_file", "coverage": text}],
            }
        ],
        "values": [
            {
                "environment": text,
                "hosts": [text],
                "application": application,
                "setting": text,
                "value": value,
                "secret": secret,
                "source": "base",
                "origin": origin,
            }
            for application in (None, text)
            for value, secret in ((text, None), ([text], None), (None, {"kind": "vaulted", "variable": text}))
        ],
        "coverage": {text: {"label": text, "carried": [text], "refused": [], "not_carried": []}},
        "findings": [
            {
                "severity": severity,
                "path": text,
                "message": text,
                "rule": text,
                "target": text,
                "policy": policy,
                "documentation": text,
                "hosts": [text],
                "origin": origin,
            }
            for severity in ("error", "warning")
            for policy in (None, text)
        ],
        "waivers": [
            {
                "kind": "waiver",
                "policy": text,
                "application": None,
                "setting": text,
                "reason": text,
                "until": "2026-12-31",
                "used": True,
                "hides": [{"setting": text, "message": text, "hosts": [text]}],
                "hosts": [text],
                "origin": origin,
            }
        ],
        "policies": [
            {
                "name": text,
                "severity": "error",
                "message": text,
                "controls": [text],
                "between_environments": False,
                "judged": True,
                "hosts": [text],
            }
        ],
        "history": [
            {
                "commit": "b" * 40,
                "author": text,
                "date": "2026-01-01",
                "subject": text,
                "signature": "none",
                "trailers": [text],
                "verdict": text,
                "changes": [
                    {
                        "environment": text,
                        "path": text,
                        "change": "changed",
                        "secret": False,
                        "before": [text],
                        "after": [text],
                        "hosts": [text],
                    }
                ],
            }
        ],
    }
    observed = {
        "as_of": "2026-06-01",
        "stale_after_days": 30,
        "checks": [
            {
                "host": text,
                "applications": [text],
                "server": text,
                "protocol": "smtp",
                "time": "2026-05-31T10:00:00Z",
                "checked_from": text,
                "category": category,
                "reason": text,
                "stage": text,
                "message": text,
                "encryption": text,
                "tls": text,
                "certificate": {"subject": text, "issuer": text, "not_after": "2026-12-31T00:00:00Z", "sha256": text},
                "trusted": True,
                "login_verified": True,
                "commit": "a" * 40,
            }
            for category in ("failed", "complete")
        ],
        "drift": [
            {
                "host": text,
                "time": "2026-05-31T10:00:00Z",
                "commit": None,
                "application": text,
                "setting": text,
                "key": None,
                "wanted": text,
                "in_effect": text,
                "secret": False,
                "file": text,
                "line": 1,
                "message": text,
            }
        ],
        "applies": [
            {
                "host": text,
                "time": "2026-05-31T10:00:00Z",
                "user": text,
                "commit": "a" * 40,
                "dry": False,
                "ok": True,
                "message": text,
                "files": [{"path": text, "target": text, "changed": True}],
            }
        ],
        "domains": [
            {
                "domain": text,
                "relay": relay,
                "hosts": [text],
                "time": "2026-05-31T10:00:00Z",
                **{name: {"status": status, "text": text} for name in _VERDICTS},
            }
            for relay, status in ((text, "not judged"), (None, "softfail"))
        ],
        "domains_note": text,
    }
    made: tuple[Intended, Observed] = (intended, observed)  # type: ignore[assignment]
    return record_of([made[0]], [made[1]])
