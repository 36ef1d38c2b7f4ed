# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Findings as JUnit XML, the form of test results that every CI service shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.printing import lines, one_line

from .judged import Judged, name_at, waiver_text


def junit(
    errors: Sequence[Finding],
    warnings: Sequence[Finding],
    hosts: Mapping[str, str],
    skipped: Sequence[str],
    judged: Judged | None = None,
) -> str:
    """A suite a file, with a failed test case an error; then a suite an environment, with a case a host.

    A warning is a case that passed, with the sentence as its output. `hosts` maps each host to its environment. The
    policies, the applications that were judged and the waivers have a suite each, with the hosts as a case's output.
    """
    root = ElementTree.Element("testsuites", name="appmail.settings")
    suites: dict[str, ElementTree.Element] = {}
    for finding in errors:
        case = _case(_suite(root, suites, finding.file or "no file"), finding)
        failure = ElementTree.SubElement(case, "failure", type=finding.rule, message=finding.message)
        failure.text = finding.sentence()
    for finding in warnings:
        case = _case(_suite(root, suites, finding.file or "no file"), finding)
        ElementTree.SubElement(case, "system-out").text = f"warning: {finding.sentence()}"
    faulty = {host for finding in errors for host in finding.hosts}
    for host, environment in hosts.items():
        if host not in faulty:
            suite = _suite(root, suites, environment)
            ElementTree.SubElement(suite, "testcase", name=host, classname=environment)
    for host in skipped:
        suite = _suite(root, suites, "skipped")
        case = ElementTree.SubElement(suite, "testcase", name=host, classname="skipped")
        ElementTree.SubElement(case, "skipped", message="it has no email_settings")
    _judged(root, suites, judged or Judged())
    counted_suites((*suites.values(), root))
    return cleaned(root)


def _judged(root: ElementTree.Element, suites: dict[str, ElementTree.Element], judged: Judged) -> None:
    """A case for each policy and each application that was judged, and each waiver."""
    named = [("policies", each.policy.name, each.hosts) for each in judged.policies]
    named += [("targets", name_at(each), each.hosts) for each in judged.targets]
    named += [("waivers", waiver_text(each), each.hosts) for each in judged.waivers]
    for kind, name, hosts in named:
        case = ElementTree.SubElement(_suite(root, suites, kind), "testcase", name=name, classname=kind)
        ElementTree.SubElement(case, "system-out").text = one_line(f"judged: {', '.join(hosts)}" if hosts else "judged")


def _suite(root: ElementTree.Element, suites: dict[str, ElementTree.Element], name: str) -> ElementTree.Element:
    if name not in suites:
        suites[name] = ElementTree.SubElement(root, "testsuite", name=name)
    return suites[name]


def _case(suite: ElementTree.Element, finding: Finding) -> ElementTree.Element:
    place = ":".join(str(part) for part in (finding.line, finding.column) if part is not None)
    target = f" ({finding.target})" if finding.target else ""
    name = f"{place}: " * bool(place) + f"{finding.path}{target}: {finding.rule}"
    case = ElementTree.SubElement(suite, "testcase", name=name, classname=finding.file or "no file")
    if finding.written_in and finding.file:
        case.set("file", finding.file)
    if finding.line is not None:
        case.set("line", str(finding.line))
    return case


def counted_suites(suites: Iterable[ElementTree.Element]) -> None:
    """Write into each suite how many cases it has, and what became of them."""
    for suite in suites:
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            suite.set(name, str(len(list(suite.iter(tag)))))
        suite.set("errors", "0")


def cleaned(root: ElementTree.Element) -> str:
    """The tree as text, each part as it may be printed: XML 1.0 cannot write most control characters (section 2.2)."""
    for element in root.iter():
        element.attrib.update({name: one_line(value) for name, value in element.attrib.items()})
        element.text = None if element.text is None else lines(element.text)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
