# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Every AUTH mechanism that there is."""

from __future__ import annotations

from .cram_md5 import CramMd5
from .login import Login
from .mechanism import Mechanism
from .oauth import OauthBearer, Xoauth2
from .plain import Plain
from .scram import ScramSha1, ScramSha256

# `mechanism: auto` takes the first of these that is offered: the strongest first. A token is no password, so the OAuth
# mechanisms are used only when asked for by name.
AUTO: tuple[type[Mechanism], ...] = (ScramSha256, ScramSha1, CramMd5, Plain, Login)
_ALL: tuple[type[Mechanism], ...] = (*AUTO, Xoauth2, OauthBearer)
MECHANISMS = {each.NAME.lower(): each for each in _ALL}
