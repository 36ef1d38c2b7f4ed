# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that are named as ours are but for a slip, which would do nothing, and those that are somebody's own."""

from __future__ import annotations

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._sources.variables import unknown_variables

# A variable -> what was meant, and whether beyond doubt; None where nothing is said of it.
NAMES: dict[str, tuple[str, bool] | None] = {
    "email_settings": None,
    "email_setings": ("email_settings", True),
    "Email_Settings": ("email_settings", True),
    "EMAIL_SETTINGS": ("email_settings", True),
    "email-settings": ("email_settings", True),
    "emailSettings": ("email_settings", True),
    "emailsettings": ("email_settings", True),
    "e_mail_targets": ("email_targets", True),
    "Email_Policies": ("email_policies", True),
    "EMAIL_HOST": None,
    "EMAIL_HOST_PASSWORD": None,
    "emails": None,
    "smtp_email": None,
}


@pytest.mark.parametrize(("name", "meant"), NAMES.items(), ids=NAMES)
def test_a_name_that_is_ours_but_for_a_slip(name: str, meant: tuple[str, bool] | None) -> None:
    said = unknown_variables({name: {}})
    assert [(variable.nearest, variable.is_slip) for variable in said] == ([meant] if meant else [])
