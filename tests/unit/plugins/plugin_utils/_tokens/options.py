# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup's options as Ansible hands them over."""

from __future__ import annotations

from typing import cast

from ansible_collections.appmail.settings.plugins.plugin_utils._tokens.token_request import Options

_LEFT_OUT: dict[str, object] = dict.fromkeys(Options.__annotations__)
_DEFAULTS: dict[str, object] = {"protocol": "smtp", "client_secret_in": "body", "timeout": 30}


def options(**given: object) -> Options:
    """These options, and the documented defaults of the others."""
    unknown = given.keys() - _LEFT_OUT.keys()
    assert not unknown
    return cast("Options", {**_LEFT_OUT, **_DEFAULTS, **given})
