# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a target accepts, for a reason and until a day, and which of its standing warnings were read."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.inventory import judge_hosts
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.waivers import register
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.formats import FORMATS, Report
from ansible_collections.appmail.settings.plugins.plugin_utils._reports.summary import gate_report
from ansible_collections.appmail.settings.plugins.plugin_utils._sources.inventory import HostVariables
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree

SPECS = Path(__file__).parents[4] / "specs" / "targets"
SPEC: Tree = yaml.safe_load((SPECS / "flexicapture.yml").read_text(encoding="utf-8"))
# FlexiCapture's page has no field for it.
REFUSED: Tree = {"smtp": {"tls": {"ca_file": "/nowhere.pem"}}}
TODAY = datetime.date(2026, 11, 28)
REASON = "the vendor is asked, ticket 4711"


def judged(**entry: JSON) -> Judgement:
    """The judgement of FlexiCapture with what its entry says beside its name."""
    return judge(Request(settings=SPEC, targets=[{"app": "flexicapture", **entry}], today=TODAY))


def refused(*accept: JSON) -> Judgement:
    return judged(settings=REFUSED, accept=list(accept))


def with_reason(until: JSON, path: str = "smtp.tls.ca_file") -> JSON:
    return {"path": path, "reason": REASON, "until": until}


def test_what_is_refused_is_refused() -> None:
    assert [error.path for error in refused().errors] == ["smtp.tls.ca_file"]


ACCEPTED: dict[str, JSON] = {
    "by its name": "smtp.tls.ca_file",
    "with a reason and a last day": with_reason("2026-12-31"),
    "on its last day": with_reason("2026-11-28"),
    "until a day without quotes, which YAML reads as a date": with_reason(datetime.date(2026, 12, 31)),  # type: ignore[arg-type]
    "by the section": with_reason("2026-12-31", "smtp"),
}


@pytest.mark.parametrize("accept", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_is_let_through_and_listed(accept: JSON) -> None:
    judgement = refused(accept)
    assert judgement.errors == ()
    [waiver] = judgement.waivers
    assert (waiver.target, waiver.policy, waiver.used, waiver.ended) == ("flexicapture", None, True, False)
    assert {kind: len(entries) for kind, entries in register([waiver]).items()} == {"waivers": 0, "accepted": 1}
    assert [hidden.path for hidden in waiver.hides] == ["smtp.tls.ca_file"]
    assert "nowhere" not in [file.content for ready in judgement.targets for file in ready.files]


FAULTY: dict[str, tuple[JSON, str, str]] = {
    "an end that is past": (
        with_reason("2026-11-27"),
        "email_targets[0].accept[0].until",
        "ended on 2026-11-27; what it accepted is refused again",
    ),
    "an end that is past, of nothing": (
        with_reason("2026-11-27", "smtp.port"),
        "email_targets[0].accept[0].until",
        "ended on 2026-11-27, and it waives nothing: take it out",
    ),
    "a day that is none": (with_reason("2026-02-30"), "email_targets[0].accept[0].until", "is no day of the calendar"),
    "a day of another form": (with_reason("soon"), "email_targets[0].accept[0].until", "must be a day such as"),
    "a setting that there is not": (
        with_reason("2026-12-31", "smtp.tls.ca_fil"),
        "email_targets[0].accept[0]",
        "smtp.tls.ca_fil is not a setting; did you mean smtp.tls.ca_file?",
    ),
    "no reason": (
        {"path": "smtp.tls.ca_file", "until": "2026-12-31"},
        "email_targets[0].accept[0].reason",
        "is missing",
    ),
    "no end": ({"path": "smtp.tls.ca_file", "reason": "a"}, "email_targets[0].accept[0].until", "is missing"),
    "another key": (
        {"path": "smtp.tls.ca_file", "reason": "a", "until": "2026-12-31", "untill": 1},
        "email_targets[0].accept[0].untill",
        "is not a known setting; did you mean until?",
    ),
    "a number": (7, "email_targets[0].accept[0]", "must be text or a mapping"),
}


@pytest.mark.parametrize(("accept", "path", "message"), FAULTY.values(), ids=FAULTY)
def test_what_cannot_be_accepted_is_one_fault_at_its_place(accept: JSON, path: str, message: str) -> None:
    errors = [error for error in refused(accept).errors if error.path != "smtp.tls.ca_file"]
    assert [error.path for error in errors] == [path]
    assert message in errors[0].message


def test_an_ended_acceptance_is_the_one_thing_to_mend() -> None:
    assert [error.path for error in refused(with_reason("2026-11-27")).errors] == ["email_targets[0].accept[0].until"]


def test_one_that_waives_nothing_is_told_and_listed_as_unused() -> None:
    judgement = judged(accept=[with_reason("2026-12-31")])
    assert "smtp.tls.ca_file waives nothing" in " ".join(judgement.warning_sentences())
    assert [waiver.used for waiver in judgement.waivers] == [False]


@pytest.mark.parametrize(("days", "told"), [(0, False), (32, False), (33, True)])
def test_an_end_that_is_near_is_told_where_that_is_asked_for(days: int, told: bool) -> None:
    entry: JSON = {"app": "flexicapture", "settings": REFUSED, "accept": [with_reason("2026-12-31")]}
    judgement = judge(Request(settings=SPEC, targets=[entry], today=TODAY, waiver_warn_days=days))
    assert judgement.errors == ()
    assert ("ends on 2026-12-31, in 33 days" in " ".join(judgement.warning_sentences())) is told


def of_hosts() -> Report:
    entry: JSON = {"app": "flexicapture", "settings": REFUSED, "accept": [with_reason("2026-12-31")]}
    host = HostVariables("app1", ("prod",), "prod", {"email_settings": SPEC, "email_targets": [entry]})
    judgement = judge_hosts(
        [host],
        lambda one: Request(
            settings=one.values["email_settings"], targets=one.values.get("email_targets"), today=TODAY
        ),
    )
    assert REASON in gate_report(judgement, 0.0)
    return Report(judgement.errors, judgement.warnings, judgement.waivers, hosts=judgement.hosts)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_accepted_stands_in_every_report_with_its_reason_and_its_end(name: str) -> None:
    text = FORMATS[name].write(of_hosts())
    assert REASON in text
    assert "2026-12-31" in text


# What was read of the standing warnings


def not_said(judgement: Judgement) -> list[str]:
    return [sentence for sentence in judgement.warning_sentences() if "the documentation does not say" in sentence]


def test_a_standing_warning_is_displayed_until_it_is_acknowledged() -> None:
    standing = [warning.path for warning in judged().warnings if warning.left_open]
    assert standing
    assert not_said(judged())
    judgement = judged(acknowledge=standing)
    assert not_said(judgement) == []
    # It stays in the report.
    assert [warning.path for warning in judgement.warnings if warning.acknowledged] == standing
    [first, *_others] = [warning.to_mapping() for warning in judgement.warnings if warning.acknowledged]
    assert first["acknowledged"] is True


def test_what_is_not_acknowledged_is_displayed_as_before() -> None:
    [kept, *read] = [warning.path for warning in judged().warnings if warning.left_open]
    [sentence] = not_said(judged(acknowledge=read))
    assert f"({kept})" in sentence
    assert not any(f"({path})" in sentence for path in read)


def test_a_section_acknowledges_all_below_it() -> None:
    assert not_said(judged(acknowledge=["smtp"])) == []


IDLE: dict[str, tuple[str, str, str]] = {
    "nothing is warned of there": ("contacts.helpdesk", "warning", "contacts.helpdesk acknowledges nothing"),
    "it is no setting": ("smtp.tls.minimum", "error", "smtp.tls.minimum is not a setting; did you mean"),
}


@pytest.mark.parametrize(("path", "severity", "message"), IDLE.values(), ids=IDLE)
def test_an_acknowledgement_that_matches_nothing_is_told(path: str, severity: str, message: str) -> None:
    judgement = judged(acknowledge=[path])
    listed = judgement.errors if severity == "error" else judgement.warnings
    [found] = [finding for finding in listed if finding.path == "email_targets[0].acknowledge[0]"]
    assert message in found.message


def test_an_error_cannot_be_acknowledged() -> None:
    judgement = judged(settings=REFUSED, acknowledge=["smtp.tls.ca_file"])
    assert [error.path for error in judgement.errors] == ["smtp.tls.ca_file"]
    assert "smtp.tls.ca_file acknowledges nothing" in " ".join(judgement.warning_sentences())
