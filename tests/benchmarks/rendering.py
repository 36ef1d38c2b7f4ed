# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering in one process: templates that are kept, against a new templar a file as ansible.builtin.template makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec, effective
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target, target_names
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.expressions import ENVIRONMENT
from tests.benchmarks.measuring import BenchmarkError, Section, in_process

PLAIN = """\
# {{ settings.sender.address }}
relayhost = [{{ settings.smtp.host }}]:{{ settings.smtp.port }}
smtp_tls_security_level = {{ 'secure' if settings.smtp.tls.verify else 'encrypt' }}
{% if settings.smtp.auth %}
smtp_sasl_auth_enable = yes
smtp_sasl_user = {{ settings.smtp.auth.username }}
{% endif %}
{% for name in ['root', 'postmaster', 'abuse', 'security'] %}
{{ name }}: {{ settings.contacts.administrator | default('nobody') }}
{% endfor %}
"""
SPEC: dict[str, JSON] = {
    "schema_version": 1,
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "starttls",
        "auth": {"username": "svc-mail", "password": "a-password"},
    },
    "sender": {"address": "noreply@example.edu"},
    "contacts": {"administrator": "mail-admin@example.edu"},
}
APPS = ("postfix", "msmtp", "tegrity", "infinite_campus")
# So many targets are one module call.
MANY = 20


def measure_rendering(runs: int, times: int) -> Section:
    """One file by a kept environment, by one made anew, and by Ansible's templar; and the files of a target."""
    section = Section("rendering in one process, one file")
    settings = effective(SPEC)
    kept = ENVIRONMENT.overlay(trim_blocks=True, keep_trailing_newline=True)
    template = kept.from_string(PLAIN)
    text = template.render(settings=settings)
    loader = DataLoader()

    def anew() -> str:
        new = ENVIRONMENT.overlay(trim_blocks=True, keep_trailing_newline=True)
        return new.from_string(PLAIN).render(settings=settings)

    def templar() -> str:
        made = Templar(loader=loader, variables={"settings": settings})
        return str(made.template(trust_as_template(PLAIN)))

    if anew() != text or templar() != text:
        raise BenchmarkError("the ways to render do not come to the same")
    section.measure(
        {
            "kept": lambda: in_process(lambda: template.render(settings=settings), times * 20),
            "compiled anew": lambda: in_process(anew, times),
            "Ansible's templar": lambda: in_process(templar, times),
        },
        runs,
    )
    section.figures["Ansible's templar : kept"] = section.ratio("Ansible's templar", "kept")
    section.figures["Ansible's templar : kept, CPU"] = section.ratio("Ansible's templar", "kept", what="cpu")
    _measure_targets(section, runs, times)
    return section


def _measure_targets(section: Section, runs: int, times: int) -> None:
    """The collection's own targets, masks included: render_target a file, against the templar on a plain template."""
    spec = Spec.of(SPEC)
    ready = [find_target(app).at(None) for app in APPS]
    files = sum(len(at.files) for at in ready)

    def render() -> None:
        for at in ready:
            render_target(at, spec, {}, {}, {})

    render()
    section.measure({"targets": lambda: in_process(render, times)}, runs)
    templar, targets = section.timings["Ansible's templar"].median(), section.timings["targets"].median() / files
    section.figures["Ansible's templar : one file of a target, masked too"] = templar / targets
    _measure_many(section, runs, times)


def _measure_many(section: Section, runs: int, times: int) -> None:
    """Twenty targets for one host, as one call of apply has them."""
    ready = list(_targets_of_files())[:MANY]
    if len(ready) < MANY:
        raise BenchmarkError(f"{len(ready)} targets take these settings, and {MANY} are to be measured")
    files = sum(len(target.files) for target in ready)

    def render() -> None:
        for target in ready:
            render_target(target.at, target.spec, target.options, {}, {})

    render()
    section.measure({f"{MANY} targets": lambda: in_process(render, max(1, times // 4))}, runs)
    templar, targets = (
        section.timings["Ansible's templar"].median(),
        section.timings[f"{MANY} targets"].median() / files,
    )
    section.figures[f"Ansible's templar : one file of {MANY} targets, masked too"] = templar / targets


def _targets_of_files() -> Iterator[ReadyTarget]:
    """Every target of files that takes these settings, or the same with implicit TLS."""
    for app in target_names():
        for encryption in ("starttls", "implicit_tls"):
            settings = {**SPEC, "smtp": {**cast("dict[str, JSON]", SPEC["smtp"]), "encryption": encryption}}
            judged = judge(Request(settings=settings, targets=[{"app": app}]))
            if judged.valid and judged.targets[0].at.kind == "config_file":
                yield judged.targets[0]
                break
