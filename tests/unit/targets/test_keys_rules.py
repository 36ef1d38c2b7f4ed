# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What targets with tables of keys refuse beside what follows from those: one rule, one place, and its reason."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Judgement, Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target
from tests.leaves import beside, own_spec

# A password of the letters that are most often taken for something else.
NASTY = "p@ss:w/rd# \"q\"\\x $y %z `w` {{v}} 'u' é"


@dataclass(frozen=True)
class Refused:
    """One change of the target's own spec, the rule that refuses it at its place, and words of the reason."""

    app: str
    path: str
    value: JSON
    rule: str
    said: str


def judged(app: str, *changes: tuple[str, JSON]) -> Judgement:
    spec: Tree = own_spec(app)
    for path, value in changes:
        spec = put(spec, path, value)
    return judge(Request(settings=spec, targets=[{"app": app}, *beside(find_target(app).at())]))


REFUSED = (
    Refused("fail2ban", "sender.address", "a`b@example.edu", "quoting", "the commands that Fail2Ban runs"),
    Refused("fail2ban", "sender.display_name", 'The "Ops"', "quoting", "the commands that Fail2Ban runs"),
    Refused("fail2ban", "sender.display_name", "100%", "quoting", "the commands that Fail2Ban runs"),
    Refused("icinga2", "sender.address", "a$b@example.edu", "sender_without_macros", "for a macro"),
    Refused("javamail", "smtp.auth.password", "a${b}", "quoting", "Spring puts another property"),
    Refused("jenkins", "smtp.auth.password", "a${b}", "quoting", "puts another value"),
    Refused("jenkins", "smtp.auth.username", "a${b}", "quoting", "puts another value"),
    Refused("keycloak", "smtp.encryption", "starttls", "refused", "nearest: implicit_tls"),
    Refused("mattermost", "smtp.encryption", "starttls", "refused", "nearest: implicit_tls"),
    Refused("mattermost", "smtp.host", "2001:db8::1", "no_ipv6_address", "give a host name"),
    Refused("monit", "smtp.port", 2525, "starttls_on_25_and_587_only", "nearest: 587"),
    Refused("monit", "smtp.port", 465, "starttls_on_25_and_587_only", "nearest: 587"),
    Refused("monit", "smtp.tls.verify", True, "refused", "never looks at the name in a certificate"),
    Refused("monit", "smtp.auth.password", "a\0b", "quoting", "null character"),
    Refused("monit", "sender.address", "a!b@example.edu", "quoting", "no quoting there"),
    Refused("monit", "sender.display_name", "Universität", "quoting", "a name of ASCII letters"),
    Refused("monit", "sender.display_name", 'The "Ops"', "quoting", "a name of ASCII letters"),
    Refused("monit", "sender.display_name", "The <Ops>", "quoting", "a name of ASCII letters"),
    Refused("monit", "contacts.administrator", "{a}@example.edu", "quoting", "no quoting there"),
    Refused("nagios", "sender.address", "a'b@example.edu", "sender_without_macros", "stands in a command"),
    Refused("tomcat", "smtp.auth.password", "a${b}", "quoting", "begins the name of a property"),
)


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.app}-{case.path}-{case.value}") for case in REFUSED])
def test_refused_by_one_rule_with_its_reason(case: Refused) -> None:
    errors = [error for error in judged(case.app, (case.path, case.value)).errors if error.target == case.app]
    assert [(error.path, error.rule) for error in errors] == [(case.path, case.rule)]
    assert case.said in errors[0].message


def test_monit_takes_implicit_tls_on_other_ports_only() -> None:
    implicit = ("smtp.encryption", "implicit_tls")
    assert not judged("monit", implicit).errors
    assert not judged("monit", implicit, ("smtp.port", 2465)).errors
    (error,) = judged("monit", implicit, ("smtp.port", 587)).errors
    assert (error.path, error.rule) == ("smtp.port", "no_implicit_tls_on_25_and_587")


@pytest.mark.parametrize(
    "app", ["authelia", "javamail", "keycloak", "mattermost", "monit", "nodemailer", "tomcat", "zabbix"]
)
def test_a_nasty_password_is_taken(app: str) -> None:
    assert not judged(app, ("smtp.auth.password", NASTY)).errors
