# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speed rests on, counted rather than timed: what is done once must not come to be done twice."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from ansible_collections.appmail.settings.plugins.module_utils._check.endpoint import (
    Endpoint,
    TlsSettings,
    endpoint_from_mapping,
)
from ansible_collections.appmail.settings.plugins.module_utils._dialogue.checker import check_endpoints
from ansible_collections.appmail.settings.plugins.module_utils._network import tls as _tls
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import files_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from tests.integration.playbooks import run_playbook
from tests.servers.delay_proxy import DelayProxy
from tests.servers.relay import Relay
from tests.tools.tree import COLLECTIONS, ROOT

PASSWORD = "a password of the tests"
APPS = ("alertmanager", "flexicapture", "msmtp", "postfix", "tegrity")


@contextmanager
def running(server: Relay | DelayProxy) -> Iterator[None]:
    """A server on a loop of its own, in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.listen(), loop).result()
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    server = Relay(PASSWORD)
    server.authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with running(server):
        yield server


def endpoint(port: int, ca_file: Path, **different: object) -> Endpoint:
    return endpoint_from_mapping(
        "smtp",
        {
            "host": "localhost",
            "port": port,
            "encryption": "starttls",
            "username": "svc-mail",
            "password": PASSWORD,
            "sender": "noreply@example.edu",
            "recipients": ["help@example.edu"],
            "message_size_mb": 1,
            "address_family": "ipv4",
            "tls": {"ca_file": str(ca_file)},
            **different,
        },
    )


def reasons(results: Sequence[dict[str, object]]) -> set[object]:
    return {result["reason"] for result in results}


# The check


def test_one_connection_and_one_login_an_endpoint(relay: Relay, tmp_path: Path) -> None:
    port = relay.ports["smtp_starttls"]
    endpoints = [endpoint(port, tmp_path / "ca.pem", sender=f"sender-{number}@example.edu") for number in range(7)]
    assert reasons(check_endpoints(endpoints, 4)) == {"ok"}
    assert (relay.counts.connections, relay.counts.logins) == (7, 7)


def test_a_refused_login_is_tried_once_however_many_endpoints_share_it(relay: Relay, tmp_path: Path) -> None:
    port = relay.ports["smtp_starttls"]
    endpoints = [
        endpoint(port, tmp_path / "ca.pem", sender=f"sender-{number}@example.edu", password="wrong")
        for number in range(50)
    ]
    assert reasons(check_endpoints(endpoints)) == {"auth_rejected"}
    assert (relay.counts.connections, relay.counts.logins, relay.counts.refused) == (50, 1, 1)


def test_equal_endpoints_are_checked_once_whatever_their_names(relay: Relay, tmp_path: Path) -> None:
    port = relay.ports["smtp_starttls"]
    endpoints = [endpoint(port, tmp_path / "ca.pem", name=f"server {number}") for number in range(7)]
    assert len(check_endpoints(endpoints, 4)) == 7
    assert (relay.counts.connections, relay.counts.logins) == (1, 1)


def test_one_context_a_distinct_tls_setting(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[TlsSettings] = []
    make = _tls._context

    def counted(settings: TlsSettings) -> ssl.SSLContext:
        made.append(settings)
        return make(settings)

    monkeypatch.setattr(_tls, "_context", counted)
    ca_file, port = tmp_path / "ca.pem", relay.ports["smtp_starttls"]
    tls = [{"ca_file": str(ca_file)}, {"ca_file": str(ca_file), "minimum_version": "1.3"}]
    endpoints = [
        endpoint(port, ca_file, tls=tls[number % 2], sender=f"sender-{number}@example.edu") for number in range(8)
    ]
    assert reasons(check_endpoints(endpoints, 4)) == {"ok"}
    assert len(made) == 2


@pytest.mark.parametrize(
    ("listener", "encryption", "turns"),
    [
        # EHLO, AUTH, and MAIL, RCPT, RSET and QUIT together.
        pytest.param("smtp_none", "none", 3, id="none"),
        # Before them EHLO and STARTTLS; then TLS, whose last words leave with the next command.
        pytest.param("smtp_starttls", "starttls", 6, id="starttls"),
        # TLS, and its last words alone, for the server greets only when it has them.
        pytest.param("smtp_implicit_tls", "implicit_tls", 5, id="implicit_tls"),
    ],
)
def test_round_trips_of_a_conversation(
    relay: Relay, tmp_path: Path, listener: str, encryption: str, turns: int
) -> None:
    proxy = DelayProxy(relay.ports[listener], 0.0)
    with running(proxy):
        checked = endpoint(proxy.port, tmp_path / "ca.pem", encryption=encryption)
        assert reasons(check_endpoints([checked], 1)) == {"ok"}
        assert (proxy.counts.connections, proxy.counts.turns) == (1, turns)


# The controller


def request(apps: Sequence[str] = APPS) -> Request:
    targets: list[JSON] = [{"app": app, "settings": _own(app)} for app in apps]
    return Request(settings={"schema_version": 1}, targets=targets)


def _own(app: str) -> JSON:
    spec = yaml.safe_load((ROOT / "tests" / "specs" / "targets" / f"{app}.yml").read_text(encoding="utf-8"))
    return {key: value for key, value in spec.items() if key != "schema_version"}


# In a process of its own: what was loaded by another test must not be counted, nor a hook stay behind.
FORKED = """
import collections, json, sys
from jsonschema import Draft202012Validator
import re._compiler
import jinja2
from ansible_collections.appmail.settings.plugins.action import apply
from ansible_collections.appmail.settings.plugins.plugin_utils._spec import schema
from tests.integration.counts.test_counts import request
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import judge

counted = collections.Counter()
files = []
asked = request()

def counting(owner, name):
    real = getattr(owner, name)
    def count(*arguments, **named):
        counted[name] += 1
        return real(*arguments, **named)
    setattr(owner, name, count)

counting(jinja2.Environment, "compile")
counting(Draft202012Validator, "check_schema")
counting(schema, "compile_schema")
counting(re._compiler, "compile")
# How much memory is in use is asked of the kernel for each entry; no disk is read for that.
KERNEL = "/proc/self/statm"
def note(event, given):
    if event == "open" and str(given[0]) != KERNEL:
        files.append(str(given[0]))
sys.addaudithook(note)
judgement = judge(asked)
print(json.dumps({"valid": judgement.valid, "files": files, **counted}))
"""


def in_a_process(program: str, home: Path) -> object:
    """What a program prints as JSON, in a process of its own; `home` is Ansible's, in which code is kept."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{COLLECTIONS}", "LC_ALL": "C.UTF-8", "ANSIBLE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_host_finds_everything_ready(tmp_path: Path) -> None:
    """What Ansible's process loads before it forks is enough: a host reads no file and compiles nothing."""
    assert in_a_process(FORKED, tmp_path) == {"valid": True, "files": []}


LOADED = """
import json, sys
import ansible.plugins.action, ansible.plugins.loader
before = set(sys.modules)
from ansible_collections.appmail.settings.plugins.action import apply
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_what_ansible_loads_for_an_action_speaks_no_protocol(tmp_path: Path) -> None:
    """Each run would pay for it, and the controller talks to no server."""
    loaded = in_a_process(LOADED, tmp_path)
    assert isinstance(loaded, list)
    assert set(loaded).isdisjoint(["asyncio", "http.client", "smtplib", "ssl", "urllib.request"])


PRELOADED = """
import collections, json
from jsonschema import Draft202012Validator
import jinja2
from ansible_collections.appmail.settings.plugins.plugin_utils._targets import catalogue

names = collections.Counter()
proven = []
real = jinja2.Environment.compile
def compile(self, source, name=None, filename=None, **named):
    names[filename] += 1
    return real(self, source, name, filename, **named)
jinja2.Environment.compile = compile
check = Draft202012Validator.check_schema
Draft202012Validator.check_schema = lambda *given, **named: proven.append(1) or check(*given, **named)

from ansible_collections.appmail.settings.plugins.action import apply

templates = {name: count for name, count in names.items() if name and name.endswith(".j2")}
folder = catalogue.TARGETS_FOLDER
used = {
    next(str(path) for path in (at.target.folder / file.template, folder / file.template) if path.is_file())
    for app in catalogue.target_names() for at in [catalogue.find_target(app).at(None)]
    for file in at.files if file.template
}
print(json.dumps([templates == dict.fromkeys(used, 1), len(proven)]))
"""


def test_each_template_is_compiled_once_and_no_schema_of_ours_is_proven_again(tmp_path: Path) -> None:
    assert in_a_process(PRELOADED, tmp_path) == [True, 0]


AGAIN = """
import collections, json, sys, zlib
import jinja2, yaml
from importlib.machinery import SourceFileLoader
import ansible.plugins.action, ansible.plugins.loader
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
# As ansible-playbook does: from here on its own loader finds collections, and compiles what it finds.
sys.path.remove(COLLECTIONS)
_AnsibleCollectionFinder(paths=[COLLECTIONS])._install()

made = collections.Counter()
def counting(owner, name):
    real = getattr(owner, name)
    def count(*arguments, **named):
        # Ansible reads YAML of its own.
        made[name] += "Loader" not in named or named["Loader"].__module__.startswith("ansible_collections.")
        return real(*arguments, **named)
    setattr(owner, name, count)

counting(jinja2.Environment, "compile")
counting(yaml, "load")
counting(zlib, "compress")
counting(SourceFileLoader, "source_to_code")
import ansible_collections.appmail.settings.plugins.action.apply
print(json.dumps(+made))
"""


def test_the_second_run_compiles_packs_and_reads_nothing_of_the_collection_again(tmp_path: Path) -> None:
    program = AGAIN.replace("COLLECTIONS", repr(str(COLLECTIONS)))
    made = in_a_process(program, tmp_path)
    assert isinstance(made, dict)
    assert set(made) == {"compile", "load", "compress", "source_to_code"}
    assert in_a_process(program, tmp_path) == {}


# The host


HEAVY = ("asyncio", "concurrent", "email", "http", "imaplib", "jinja2", "jsonschema", "smtplib", "yaml")
IMPORTED = """
import json, sys
import ansible.module_utils.basic
before = set(sys.modules)
import ansible_collections.appmail.settings.plugins.modules.{module}
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
"""


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        pytest.param("render", (*HEAVY, "socket", "ssl", "selectors"), id="render"),
        pytest.param("apply", (*HEAVY, "socket", "ssl", "selectors"), id="apply, until it checks"),
        pytest.param("smtp_check", HEAVY, id="smtp_check"),
        pytest.param("imap_check", HEAVY, id="imap_check"),
    ],
)
def test_what_a_module_imports(module: str, unwanted: Sequence[str], tmp_path: Path) -> None:
    """Beside what any module of Ansible imports."""
    imported = in_a_process(IMPORTED.format(module=module), tmp_path)
    assert isinstance(imported, list)
    assert set(imported).isdisjoint(unwanted)


PLAY = """
- hosts: all
  gather_facts: false
  roles: [appmail.settings.email]
"""


def test_one_module_call_a_host_and_nothing_more_where_nothing_changed(relay: Relay, tmp_path: Path) -> None:
    hosts = ["one", "two", "three"]
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    variables = {
        "email_settings": {"schema_version": 1},
        "email_targets": [{"app": "tegrity", "settings": _own("tegrity")}, {"app": "msmtp", "settings": _own("msmtp")}],
        "email_check_options": {
            "host": "localhost",
            "port": relay.ports["smtp_starttls"],
            "encryption": "starttls",
            "username": "svc-mail",
            "password": PASSWORD,
            "sender": "noreply@example.edu",
            "tls": {"ca_file": str(tmp_path / "ca.pem")},
        },
        "email_dest_root": str(tmp_path / "written") + "/{{ inventory_hostname }}",
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
    }
    inventory = {"all": {"hosts": {host: {} for host in hosts}, "vars": variables}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    for changed in (1, 0):
        before = relay.counts.connections
        done = run_playbook(tmp_path, "-i", "hosts.yml", "-vvv")
        assert done.status == 0, done.output
        assert done.output.count("Using module file") == len(hosts)
        assert done.output.count(f"changed={changed} ") == len(hosts)
        # Both applications lead to one server, so each host has one conversation.
        assert relay.counts.connections - before == len(hosts)


def test_what_goes_to_a_host_is_the_files_and_little_else() -> None:
    """Each file once, and once more masked where it holds a secret; no settings, no targets, no templates."""
    judgement = judge(request())
    assert judgement.valid
    payload = files_payload(judgement.targets, dest_root=None, backup=False, diff=False)
    files = [file for target in judgement.targets for file in target.files]
    needed = sum(len(json.dumps(file.content)) + len(json.dumps(file.masked)) for file in files)
    about_a_file = 700  # its place, mode and owner, and how it is verified
    assert len(json.dumps(payload)) < needed + about_a_file * len(files)
