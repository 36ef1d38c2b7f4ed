# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/settings.md from the schemas and the role's defaults: `make settings-page`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

PAGE = ROOT / "docs" / "settings.md"
INTRODUCTION = """\
# All settings

This page is made from the schemas by `make settings-page`. What an application makes of each setting is in
[targets.md](targets.md); what is wrong with a value is said by the gate, at its line ([gate.md](gate.md)).

```yaml
email_settings:                      # email_settings_base lies under it: mappings merge, everything else is replaced
  schema_version: 1
  smtp:
    host: smtp.example.edu
    encryption: starttls
```

Bold is what must be written wherever its section is. A setting that is left out and has no default is not set, and the
application's own default holds.
"""
# The sections of settings that are the same for both servers.
SHARED = ("tls", "auth")
KINDS = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "object": "mapping",
}


def page() -> str:
    """The page's text."""
    return "\n".join([INTRODUCTION, *_sections(), *_targets(), "", *_variables()]) + "\n"


def _sections() -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import SCHEMA, properties

    top = properties(SCHEMA)
    for name, schema in top.items():
        if "properties" not in schema:
            continue
        yield from _section(name, schema)
        # The first that has them stands for all.
        if name == "smtp":
            for shared in SHARED:
                yield from _section(f"smtp.{shared}", properties(schema)[shared], " The same for imap.")
    waivers = cast("Mapping[str, Any]", top["waivers"])
    yield from _section("waivers", {**waivers["items"], "description": waivers["description"]}, " A list of:")


def _section(name: str, schema: Mapping[str, Any], note: str = "") -> Iterator[str]:
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import properties

    yield f"## {name}\n"
    yield f"{schema.get('description', '')}{note}\n"
    yield "| setting | what it may be | default | example | what it is |"
    yield "| --- | --- | --- | --- | --- |"
    section = name
    for key, setting in properties(schema).items():
        if "properties" in setting:
            yield f"| `{key}` | mapping | | | see {_section_of(name, key)} |"
        elif any(key in part["then"]["properties"] for part in schema.get("allOf", ()) if "if" in part):
            name, kind, _default, text = _cells(key, setting, required=False)
            yield _row(name, kind, "by `encryption`", "`587`" if section == "smtp" else "`993`", text)
        else:
            bold, kind, default, text = _cells(key, setting, required=key in schema.get("required", ()))
            yield _row(bold, kind, default, _example(f"{section}.{key}", setting), text)
    yield ""


# An example where the values that tests set by the leaf's name say little.
EXAMPLES: Mapping[str, object] = {
    "smtp.host": "smtp.example.edu",
    "smtp.encryption": "starttls",
    "smtp.helo_name": "app1.example.edu",
    "smtp.tls.verify": True,
    "smtp.tls.ca_file": "/etc/ssl/certs/example-ca.pem",
    "smtp.tls.server_name": "relay.example.edu",
    "smtp.tls.minimum_version": "1.3",
    "smtp.tls.client_certificate": "/etc/ssl/app1.pem",
    "smtp.tls.client_key": "/etc/ssl/private/app1.key",
    "smtp.auth.username": "svc-mail",
    "smtp.auth.password": "{{ vault_smtp_password }}",
    "smtp.auth.mechanism": "scram-sha-256",
    "imap.host": "imap.example.edu",
    "imap.encryption": "implicit_tls",
    "sender.address": "noreply@example.edu",
    "sender.display_name": "Campus services",
    "sender.reply_to": "helpdesk@example.edu",
    "contacts.administrator": "postmaster@example.edu",
    "contacts.helpdesk": "helpdesk@example.edu",
    "delivery.excluded_recipients": ["nobody@example.edu"],
    "application.url": "https://app.example.edu",
    "waivers.policy": "encryption-required",
    "waivers.path": "smtp.encryption",
    "waivers.reason": "the relay in the lab has no certificate",
    "waivers.until": "2027-03-31",
}


def _example(leaf: str, setting: Mapping[str, Any]) -> str:
    """A value to write, and where there is a choice another one than the default."""
    from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.walk import VALUES
    from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import markdown_code

    values = VALUES.get(leaf.rpartition(".")[2], ())
    others = [value for value in values if value != setting.get("default")]
    return markdown_code(json.dumps(EXAMPLES[leaf] if leaf in EXAMPLES else others[0]))


def _section_of(name: str, key: str) -> str:
    return f"[smtp.{key}](#smtp{key})" if key in SHARED else f"[{name}.{key}](#{name}{key})"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(key: str, setting: Mapping[str, Any], *, required: bool) -> tuple[str, str, str, str]:
    """Name, what it may be, default, what it is."""
    from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import markdown_code, markdown_text

    default = markdown_code(json.dumps(setting["default"])) if "default" in setting else ""
    name = f"**`{key}`**" if required else f"`{key}`"
    return name, _kind(setting), default, markdown_text(setting.get("description", ""))


def _kind(setting: Mapping[str, Any]) -> str:
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import resolve
    from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import markdown_code, markdown_text

    if "enum" in setting:
        return ", ".join(markdown_code(word) for word in setting["enum"])
    if "const" in setting:
        return markdown_code(setting["const"])
    if setting.get("type") == "array":
        return f"list; each: {_kind(resolve(setting['items']))}"
    if "title" in setting:
        return markdown_text(setting["title"])
    return KINDS.get(str(setting.get("type")), "") + _bounds(setting)


def _bounds(setting: Mapping[str, Any]) -> str:
    least, most = setting.get("minimum"), setting.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    return "" if least is None else f", {least} or more"


def _targets() -> Iterator[str]:
    """The keys of an entry of `email_targets`."""
    schema = json.loads((ROOT / "schemas" / "email_targets.schema.json").read_text(encoding="utf-8"))
    yield "## An application: an entry of email_targets\n"
    yield "| key | what it may be | what it is |"
    yield "| --- | --- | --- |"
    entry = schema["items"]
    for key, value in entry["properties"].items():
        name, kind, _default, text = _cells(key, value, required=key in entry["required"])
        yield _row(name, kind, text)


def _variables() -> Iterator[str]:
    """The role's variables, with their defaults."""
    role = ROOT / "roles" / "email"
    options = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    yield "## Variables of the role and the playbooks\n"
    yield "What each does: `ansible-doc -t role appmail.settings.email`, and [its page](../roles/email/README.md).\n"
    yield "| variable | what it may be | default |"
    yield "| --- | --- | --- |"
    for name, option in options["argument_specs"]["main"]["options"].items():
        choices = ", ".join(f"`{choice}`" for choice in option.get("choices", ()))
        yield _row(f"`{name}`", choices or str(option["type"]), _default(option, defaults.get(name)))


def _default(option: Mapping[str, Any], default: object) -> str:
    if option.get("required"):
        return "must be set"
    return "see its page" if "{{" in str(default) else f"`{json.dumps(default)}`"


def main() -> None:
    """Write the page."""
    import sys

    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
