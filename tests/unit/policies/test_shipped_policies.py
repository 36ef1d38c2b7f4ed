# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each policy that comes with the collection, by files under tests/policies. Adding a file adds a test.

A file is what a user writes in group_vars; `# refused` stands behind each line that the policy refuses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret, VaultSecretsContext
from ansible.template import Templar

from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.findings import Finding, Findings, Source
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.judgement import Request, judge
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.policies import (
    HostSettings,
    in_effect,
    judge_shared,
)
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.policy_file import SHIPPED, read_policies
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.secrets import Secrets
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Layers, Spec
from tests.integration.playbooks import VAULT_PASSWORD, assert_no_secret

EXAMPLES = Path(__file__).parents[2] / "policies"
POLICIES = sorted(path.stem for path in SHIPPED.glob("*.json"))


def examples(kind: str) -> list[Path]:
    found = sorted(EXAMPLES.glob(f"*/{kind}/*.yml"))
    assert {path.parts[-3] for path in found} == set(POLICIES), f"each policy has {kind} examples"
    return found


def name_of(file: Path) -> str:
    return f"{file.parts[-3]}-{file.stem}"


def found_in(file: Path) -> list[Finding]:
    """Everything that is found in a file, as in a play: loaded, unvaulted and templated by Ansible itself."""
    loader = DataLoader()
    variables = loader.load_from_file(str(file), trusted_as_template=True)
    templated = Templar(loader=loader, variables=variables).template(variables)
    policies = templated.get("email_policies", [file.parts[-3]])
    if "environments" in templated:
        return between(templated["environments"], policies)
    judgement = judge(
        Request(
            settings=templated["email_settings"],
            targets=templated.get("email_targets"),
            policies=policies,
            groups=templated.get("groups_of_the_host", ["production"]),
            root=file.parent,
        )
    )
    return [*judgement.errors, *judgement.warnings]


def between(environments: Mapping[str, Tree], given: Sequence[JSON]) -> list[Finding]:
    findings = Findings(Path.cwd(), Secrets())
    policies = read_policies(given, findings)
    seen = {name: in_effect(Spec.of(settings)) for name, settings in environments.items()}
    hosts = [
        HostSettings(name, f"{name}-app1", Source(Layers((settings,))), seen[name], policies, findings)
        for name, settings in environments.items()
    ]
    judge_shared(hosts)
    return [*findings.sorted_errors(), *findings.sorted_warnings()]


@pytest.fixture(autouse=True, scope="module")
def vault_password() -> None:
    """Ansible keeps one set of vault passwords for a whole process."""
    if VaultSecretsContext.current(optional=True) is None:
        password = VaultSecret(VAULT_PASSWORD.read_bytes().strip())
        VaultSecretsContext.initialize(VaultSecretsContext([("default", password)]))


@pytest.mark.parametrize("file", examples("valid"), ids=name_of)
def test_what_keeps_the_policy_is_accepted(file: Path) -> None:
    assert [found.sentence() for found in found_in(file)] == []


@pytest.mark.parametrize("file", examples("invalid"), ids=name_of)
def test_what_breaks_the_policy_is_refused_at_its_line(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    found = found_in(file)
    assert [finding.line for finding in found] == [
        number for number, line in enumerate(lines, start=1) if line.endswith("# refused")
    ]
    assert {finding.policy for finding in found} == {file.parts[-3]}
    assert_no_secret("\n".join(finding.sentence() for finding in found), "hunter2")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_named_after_its_file_and_says_why_it_is_there(policy: str) -> None:
    schema = json.loads((SHIPPED / f"{policy}.json").read_text(encoding="utf-8"))
    assert schema["title"] == policy
    assert schema["description"]
    assert all(option["description"] for option in schema.get("x-options", {}).values())
