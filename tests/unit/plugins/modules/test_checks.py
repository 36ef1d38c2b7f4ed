# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""smtp_check and imap_check as modules: options in, one JSON out, and no secret in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.appmail.settings.plugins.doc_fragments.check import ModuleDocFragment
from ansible_collections.appmail.settings.plugins.module_utils._check.reasons import (
    CATEGORIES,
    REASONS,
    STAGES,
    WARNINGS,
)
from ansible_collections.appmail.settings.plugins.module_utils._host.check import argument_spec
from ansible_collections.appmail.settings.plugins.modules import imap_check, smtp_check
from tests.servers.leaks import leaks
from tests.servers.mail_server import MailServer

USERNAME, PASSWORD = "svc-mail@example.edu", "S3cret/Wörd+42"
MODULES = {"smtp": smtp_check, "imap": imap_check}


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[MailServer]:
    with MailServer({USERNAME: PASSWORD}) as server:
        yield server


def run(module: ModuleType, options: Mapping[str, object], capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Run the module with these options as its action plugin does. Gives its JSON, with the exit status as `rc`."""
    own = {name: value for name, value in options.items() if name.startswith("_ansible")}
    payload = json.dumps({name: value for name, value in options.items() if name not in own})
    with patch_module_args({"payload": payload, **own}), pytest.raises(SystemExit) as ended:
        module.main()
    shown = capsys.readouterr().out
    assert leaks(json.dumps(json.loads(shown), ensure_ascii=False), USERNAME, PASSWORD) == []
    return {**json.loads(shown), "rc": ended.value.code}


def options_for(server: MailServer, listener: str, encryption: str, **more: object) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": server.ports[listener],
        "encryption": encryption,
        "timeout": 20,
        "tls": {"ca_file": str(server.ca_file)},
        **more,
    }


LOGIN: dict[str, object] = {"username": USERNAME, "password": PASSWORD}
CASES: dict[str, tuple[str, str, str, dict[str, object], str]] = {
    "STARTTLS and login": ("smtp", "smtp_starttls", "starttls", LOGIN, "ok"),
    "implicit TLS and login": ("smtp", "smtp_implicit_tls", "implicit_tls", LOGIN, "ok"),
    "in clear": ("smtp", "smtp_none", "none", LOGIN, "ok"),
    "no login": ("smtp", "smtp_relay", "none", {}, "ok"),
    "sender and recipient": (
        "smtp",
        "smtp_starttls",
        "starttls",
        {**LOGIN, "sender": "app@example.edu", "recipients": ["help@example.edu"], "message_size_mb": 1.3},
        "ok",
    ),
    "wrong password": ("smtp", "smtp_starttls", "starttls", {**LOGIN, "password": "wrong"}, "auth_rejected"),
    "login needed": ("smtp", "smtp_starttls", "starttls", {"sender": "app@example.edu"}, "auth_required"),
    "no STARTTLS": ("smtp", "smtp_none", "starttls", LOGIN, "starttls_not_offered"),
    "untrusted": ("smtp", "smtp_untrusted", "starttls", LOGIN, "certificate_untrusted"),
    "closed": ("smtp", "closed", "none", {}, "connection_refused"),
    "silent": ("smtp", "silent", "none", {"timeout": 0.5}, "greeting_timeout"),
    "too large": ("smtp", "smtp_relay", "none", {"message_size_mb": 25}, "message_size_exceeded"),
    "IMAP, STARTTLS and login": ("imap", "imap_starttls", "starttls", LOGIN, "ok"),
    "IMAP, implicit TLS and login": ("imap", "imap_implicit_tls", "implicit_tls", LOGIN, "ok"),
    "IMAP, in clear": ("imap", "imap_none", "none", LOGIN, "ok"),
    "IMAP, wrong password": ("imap", "imap_starttls", "starttls", {**LOGIN, "password": "wrong"}, "auth_rejected"),
    "IMAP, no such mailbox": (
        "imap",
        "imap_implicit_tls",
        "implicit_tls",
        {**LOGIN, "mailbox": "Nope"},
        "mailbox_not_found",
    ),
    "IMAP, untrusted": ("imap", "imap_untrusted", "implicit_tls", LOGIN, "certificate_untrusted"),
}


@pytest.mark.parametrize(("protocol", "listener", "encryption", "more", "reason"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_one_endpoint(
    protocol: str,
    listener: str,
    encryption: str,
    more: dict[str, object],
    reason: str,
    check_mode: bool,
    server: MailServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = options_for(server, listener, encryption, transcript=True, **more)
    done = run(MODULES[protocol], {**options, "_ansible_check_mode": check_mode}, capsys)
    results = done["results"]
    assert isinstance(results, list)
    assert done["rc"] == (0 if reason == "ok" else 1)
    assert (done["changed"], done.get("failed", False)) == (False, reason != "ok")
    assert (done["reason"], done["stage"], done["category"]) == (
        reason,
        results[0]["stage"],
        REASONS[reason].category,
    )
    assert str(results[0]["msg"]) == done["msg"]
    assert all(server.counts(name).messages == 0 for name in server.ports if name.startswith("smtp"))


def test_one_login_per_endpoint(server: MailServer, capsys: pytest.CaptureFixture[str]) -> None:
    counts = server.counts("smtp_starttls")
    connections, logins = counts.connections, counts.logins
    run(smtp_check, options_for(server, "smtp_starttls", "starttls", retries=5, **{**LOGIN, "password": "no"}), capsys)
    assert (counts.connections - connections, counts.logins - logins) == (1, 1)


def test_many_endpoints_over_defaults(
    server: MailServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where another test loaded parts of the controller, Ansible prints warnings in place of returning them.
    warned: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, warning: warned.append(warning))
    defaults = options_for(server, "smtp_starttls", "starttls", **LOGIN)
    endpoints: list[dict[str, object]] = [
        {"name": "as it is"},
        {"name": "another port", "port": server.ports["smtp_implicit_tls"], "encryption": "implicit_tls"},
        {"name": "another certificate", "port": server.ports["smtp_untrusted"]},
        {"name": "not verified", "port": server.ports["smtp_untrusted"], "tls": {"verify": False}},
    ]
    done = run(smtp_check, {**defaults, "endpoints": endpoints}, capsys)
    results = done["results"]
    assert isinstance(results, list)
    assert [(each["name"], each["reason"]) for each in results] == [
        ("as it is", "ok"),
        ("another port", "ok"),
        ("another certificate", "certificate_untrusted"),
        ("not verified", "ok"),
    ]
    assert (done["reason"], done["rc"]) == ("certificate_untrusted", 1)
    assert "not verified: certificate_not_checked: tls.verify is false: anyone can pose as this server" in warned


@pytest.mark.parametrize(
    ("fail_on", "rc"),
    [([], 0), (["login_failed"], 0), (["connection_failed"], 1), (["failed", "connection_failed"], 1)],
)
def test_fail_on(fail_on: list[str], rc: int, server: MailServer, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(smtp_check, options_for(server, "closed", "none", fail_on=fail_on), capsys)
    assert (done["rc"], done["category"]) == (rc, "connection_failed")


FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "no host": ({"encryption": "none"}, "host must be given"),
    "no encryption": ({"host": "h"}, "encryption must be given"),
    "no encryption in one of many": (
        {"endpoints": [{"host": "a", "encryption": "none"}, {"host": "b"}]},
        "endpoints[1] (b): encryption must be given",
    ),
    "a port out of range": (
        {"host": "h", "encryption": "none", "port": 70000},
        "port: must be between 1 and 65535",
    ),
    "none at a time": (
        {"host": "h", "encryption": "none", "max_parallel": 0},
        "max_parallel: must be at least 1",
    ),
    "a user alone": (
        {"host": "h", "encryption": "none", "username": "u"},
        "username and password must be given together, or both left out",
    ),
}


@pytest.mark.parametrize(("options", "sentence"), FAULTS.values(), ids=FAULTS)
def test_one_clear_sentence(options: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(smtp_check, options, capsys)
    assert (done["msg"], done["rc"]) == (sentence, 1)
    assert "results" not in done


def test_without_the_controllers_half_nothing_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    with patch_module_args({"host": "h", "encryption": "none", **LOGIN}), pytest.raises(SystemExit):
        smtp_check.main()
    shown = capsys.readouterr().out
    assert leaks(shown, USERNAME, PASSWORD) == []
    assert json.loads(shown)["msg"] == ("the options are checked on the controller: the action plugin was not found")


@pytest.mark.parametrize("beside", [{}, {"host": "127.0.0.1", "encryption": "none"}], ids=["alone", "beside a host"])
def test_no_endpoints_is_a_warning_and_no_success(
    beside: dict[str, object], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, warning: warned.append(warning))
    done = run(smtp_check, {**beside, "endpoints": []}, capsys)
    assert (done["msg"], done["category"], done["rc"]) == ("nothing was checked: there are no endpoints", None, 0)
    assert warned == ["nothing was checked: there are no endpoints"]


# -- the documentation --


@pytest.mark.parametrize("protocol", MODULES)
def test_the_documentation_names_what_the_table_has(protocol: str) -> None:
    documented = yaml.safe_load(MODULES[protocol].RETURN)
    inside = documented["results"]["contains"]
    assert inside["reason"]["choices"] == list(REASONS)
    assert inside["stage"]["choices"] == list(STAGES)
    assert inside["category"]["choices"] == list(CATEGORIES)
    assert documented["category"]["choices"] == list(CATEGORIES)
    said = "\n".join(inside["warnings"]["description"])
    for name, sentence in WARNINGS.items():
        assert name in ("login_elsewhere", "login_left_out") or f"C({name}): {sentence}." in said


@pytest.mark.parametrize("protocol", MODULES)
def test_every_key_of_a_result_is_documented(
    protocol: str, server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = f"{protocol}_implicit_tls"
    options = options_for(server, listener, "implicit_tls", **{**LOGIN, "password": "wrong"})
    done = run(MODULES[protocol], options, capsys)
    documented = yaml.safe_load(MODULES[protocol].RETURN)
    assert isinstance(done["results"], list)
    assert undocumented(done["results"][0], documented["results"]["contains"]) == []
    assert {"category", "reason", "stage", "msg", "results"} <= set(documented)


def undocumented(found: object, documented: Mapping[str, Mapping[str, object]], path: str = "") -> list[str]:
    """The keys that stand in a result and not in its documentation, or the other way round."""
    if isinstance(found, list):
        return [name for each in found for name in undocumented(each, documented, path)]
    if not isinstance(found, dict):
        return []
    names = [f"{path}{name}" for name in set(found) ^ set(documented)]
    for name in set(found) & set(documented):
        inside = documented[name].get("contains")
        if isinstance(inside, Mapping):
            names += undocumented(found[name], inside, f"{path}{name}.")
    return names


@pytest.mark.parametrize("protocol", MODULES)
def test_every_option_is_documented(protocol: str) -> None:
    shared = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    own = yaml.safe_load(MODULES[protocol].DOCUMENTATION)["options"]
    assert set(shared) | set(own) == set(argument_spec(protocol))
    assert not set(shared) & set(own)
    assert set(own["endpoints"]["suboptions"]) == set(argument_spec(protocol)) - {
        "endpoints",
        "max_parallel",
        "fail_on",
        "payload",
    }
