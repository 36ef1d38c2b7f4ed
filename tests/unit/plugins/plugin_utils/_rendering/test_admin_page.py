# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page is filled in from its description and the settings."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.admin_page import (
    Field,
    Outcome,
    PageError,
    Step,
    fill_page,
    remarks,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.origins import Home
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec, effective
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

SPEC: dict[str, JSON] = {
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "none",
        "timeout": 60,
        "auth": {"username": "someone", "password": "hunter2"},
    },
    "delivery": {"excluded_recipients": ["a@example.edu", "b@example.edu"]},
}


def fill(page: dict[str, Any], spec: dict[str, JSON] | None = None, *, include_secrets: bool = False) -> Any:  # noqa: ANN401
    written = SPEC if spec is None else spec
    context = {"settings": effective(written), "written": written, "options": {}, "version": None}
    described = {"path": ["Admin"], "sections": [], **page}
    return fill_page(
        described, context, {"smtp.auth.password": Home("vault_smtp_password")}, include_secrets=include_secrets
    )


def field(description: dict[str, Any], spec: dict[str, JSON] | None = None, *, include_secrets: bool = False) -> Field:
    page = fill({"sections": [{"title": "a", "fields": [description]}]}, spec, include_secrets=include_secrets)
    found: Field = page.sections[0].fields[0]
    return found


PASSWORD = {"label": "a", "widget": "password", "leaf": "smtp.auth.password", "default": ""}
TIMEOUT = {"label": "a", "leaf": "smtp.timeout", "choices": {"30": "half a minute", "60": "a minute"}}


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        pytest.param({"label": "a", "leaf": "smtp.host"}, "smtp.example.edu", id="a setting"),
        pytest.param({"label": "a", "value": "settings.smtp.port + 1"}, 26, id="an expression"),
        pytest.param({"label": "a", "leaf": "smtp.host", "value": "'b'"}, "b", id="an expression beside its setting"),
        pytest.param({"label": "a", "leaf": "sender.address"}, None, id="unset: as it is"),
        pytest.param({"label": "a", "leaf": "sender.address", "default": ""}, "", id="unset: blank"),
        pytest.param({"label": "a", "leaf": "delivery.max_errors", "default": 10}, 10, id="unset: the page's default"),
        pytest.param({"label": "a", "value": "none", "widget": "checkbox"}, None, id="unset checkbox"),
        pytest.param({"label": "a", "leaf": "smtp.host", "when": "false", "default": ""}, "", id="not to be filled in"),
        pytest.param(TIMEOUT, "a minute", id="a choice in the page's words"),
        pytest.param({**TIMEOUT, "leaf": "imap.timeout", "default": "none"}, "none", id="no choice"),
        pytest.param(
            {"label": "a", "leaf": "delivery.excluded_recipients"}, ("a@example.edu", "b@example.edu"), id="a list"
        ),
        pytest.param({"label": "a", "value": "[]"}, "", id="an empty list"),
        pytest.param({"label": "a", "leaf": "sender.use_user_address"}, False, id="false is a value"),
    ],
)
def test_what_belongs_in_a_field(description: dict[str, Any], expected: object) -> None:
    found = field(description)
    assert (found.value, found.secret) == (expected, None)


def test_a_secret_stands_as_the_name_of_its_variable() -> None:
    found = field(PASSWORD)
    assert (found.value, found.secret) == (None, "vault_smtp_password")


def test_a_secret_without_a_variable_stands_as_its_setting() -> None:
    imap: dict[str, JSON] = {"host": "a", "encryption": "none", "auth": {"username": "b", "password": "c"}}
    assert field({**PASSWORD, "leaf": "imap.auth.password"}, {"imap": imap}).secret == "imap.auth.password"


def test_a_secret_stands_as_itself_when_asked_for() -> None:
    found = field(PASSWORD, include_secrets=True)
    assert (found.value, found.secret) == ("hunter2", None)


def test_a_secret_that_is_not_set_is_a_blank_field() -> None:
    found = field(PASSWORD, {})
    assert (found.value, found.secret) == ("", None)


def test_a_value_that_the_page_has_no_choice_for_is_named_by_its_field_alone() -> None:
    with pytest.raises(PageError, match=r"^SMTP Timeout: the page has no choice for this value$"):
        field({**TIMEOUT, "label": "SMTP Timeout", "choices": {"30": "half a minute"}})


def test_fields_come_to_something_together() -> None:
    fields = [{"label": "A", "value": "true"}, {"label": "B", "value": "false"}]
    forms = [
        {"fields": {"A": True, "B": True}, "result": "both"},
        {"fields": {"A": True, "B": False}, "result": "{{ settings.smtp.host }} alone"},
    ]
    section = {"title": "a", "fields": fields, "outcome": {"title": "b", "forms": forms}}
    outcome: Outcome = fill({"sections": [section]}).sections[0].outcome
    assert [form.in_force for form in outcome.forms] == [False, True]
    assert outcome.in_force == "smtp.example.edu alone"


def test_a_combination_that_the_page_does_not_know_comes_to_nothing() -> None:
    outcome = {"title": "b", "forms": [{"fields": {"A": False}, "result": "c"}]}
    section = {"title": "a", "fields": [{"label": "A", "value": "true"}], "outcome": outcome}
    assert fill({"sections": [section]}).sections[0].outcome.in_force == ""


def test_steps_are_filled_in_and_shown_only_where_they_apply() -> None:
    steps = [
        "Log in to {{ settings.smtp.host }}.",
        {"text": "Never.", "when": "false"},
        {"text": "Do:", "items": ["this", {"text": "not this", "when": "false"}, {"text": "and", "items": ["that"]}]},
    ]
    page = fill({"before": steps, "after": ["Done."]})
    assert page.before == (
        Step("Log in to smtp.example.edu."),
        Step("Do:", (Step("this"), Step("and", (Step("that"),)))),
    )
    assert (page.steps, page.after) == ((), (Step("Done."),))


def test_remarks_name_all_settings_of_which_the_same_is_said() -> None:
    at = find_target("tegrity").at()
    spec = Spec.of(SPEC)
    found = remarks(at, at.context(spec, {}), spec.effective, ["smtp.tls.verify"])
    assert ("imap.*",) in [remark.leaves for remark in found.not_carried]
    assert ("smtp.timeout", "smtp.helo_name") in [remark.leaves for remark in found.not_carried]
    assert [remark.leaves for remark in found.unknown] == [
        ("smtp.port",),
        ("smtp.encryption",),
        ("smtp.auth.mechanism",),
    ]
    assert [remark.leaves for remark in found.waived] == [("smtp.tls.verify",)]
