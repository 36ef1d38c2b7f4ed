# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are rendered whole, with their secrets masked by position, and a template that fails tells no value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import jinja2
import pytest
import yaml
from ansible._internal._datatag._tags import Origin

from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._formats.format import NotExpressible
from ansible_collections.appmail.settings.plugins.plugin_utils._actions.payload import file_mapping, files_payload
from ansible_collections.appmail.settings.plugins.plugin_utils._judgement.target import ReadyTarget
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.files import render_target
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.masking import mask
from ansible_collections.appmail.settings.plugins.plugin_utils._rendering.templates import RenderError
from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import Spec
from ansible_collections.appmail.settings.plugins.plugin_utils._targets.catalogue import find_target

SPEC: dict[str, Any] = {
    "smtp": {
        "host": "smtp.example.edu",
        "encryption": "starttls",
        "auth": {"username": "svc-mail", "password": "hunter2"},
    },
    "sender": {"address": "noreply@example.edu"},
}
COVERAGE = {"smtp": {"carried": True}, "sender": {"carried": True}} | {
    name: {"not_carried": "a"}
    for name in ("imap", "contacts", "delivery", "attachments", "error_notifications", "application")
}


def render(
    folder: Path,
    template: str,
    *,
    file: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    given: dict[str, Any] | None = None,
    entry: dict[str, Any] | None = None,
    spec: dict[str, Any] | None = None,
    others: dict[str, str] | None = None,
) -> list[FileSpec]:
    """One target with one file, rendered; `others` are templates beside its own, by their names."""
    target = {
        "label": "An application",
        "kind": "config_file",
        "documentation": {"title": "a", "product": "b", "source": "c"},
        "versions": {"described": ["1.0"]},
        "files": [{"name": "app.conf", "path": "/etc/app.conf", "mode": "0640", **(file or {})}],
        "options": options or {},
        "coverage": COVERAGE,
    }
    (folder / "app").mkdir()
    (folder / "app" / "target.yml").write_text(yaml.safe_dump(target), encoding="utf-8")
    for name, text in {"app.conf.j2": template, **(others or {})}.items():
        (folder / "app" / name).write_text(text, encoding="utf-8")
    written = SPEC if spec is None else spec
    at = find_target("app", [str(folder)]).at()
    return render_target(at, Spec.of(written), given or {}, {}, entry or {})


def test_template_sees_what_it_needs(tmp_path: Path) -> None:
    template = (
        "{{ settings.smtp.port }} {{ written.smtp.port is defined }} {{ options.a }} {{ version }} "
        "{{ target.label }} {{ files['app.conf'] }}\n"
    )
    [file] = render(
        tmp_path,
        template,
        options={"a": {"description": "x", "default": "default"}},
        entry={"dest": {"app.conf": "/srv/app.conf"}, "owner": "root", "group": "mail"},
    )
    assert file.content == "587 False default 1.0 An application /srv/app.conf\n"
    assert (file.path, file.owner, file.group, file.mode) == ("/srv/app.conf", "root", "mail", "0640")
    assert file.masked is None


def test_blocks_leave_no_blank_lines(tmp_path: Path) -> None:
    [file] = render(tmp_path, "{% if true %}\n  {% set a = 1 %}\na\n{% endif %}\nb\n")
    assert file.content == "a\nb\n"


def test_the_oldest_jinja_that_ansible_takes_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ansible-core 2.19 asks for Jinja2 3.1.0, whose overlay() lacks what 3.1.2 added to it."""
    overlay = jinja2.Environment.overlay

    def of_3_1_0(environment: jinja2.Environment, **options: Any) -> jinja2.Environment:  # noqa: ANN401 - as jinja2
        assert options.keys().isdisjoint({"newline_sequence", "keep_trailing_newline", "enable_async"})
        return overlay(environment, **options)

    monkeypatch.setattr(jinja2.Environment, "overlay", of_3_1_0)
    [file] = render(tmp_path, "a\n")
    assert file.content == "a\n"


def test_file_is_rendered_only_when(tmp_path: Path) -> None:
    assert render(tmp_path, "a\n", file={"when": "settings.imap"}) == []


def test_mapping_is_plain_data(tmp_path: Path) -> None:
    [file] = render(
        tmp_path, "a\n", file={"block": {"comment": "#"}, "verify": {"command": ["check", "{file}"], "beside": ["b"]}}
    )
    assert json.loads(json.dumps(file_mapping(file))) == {
        "target": "app",
        "name": "app.conf",
        "path": "/etc/app.conf",
        "content": "a\n",
        "mode": "0640",
        "block": {"comment": "#", "anchor": "end", "marker": "appmail.settings app"},
        "verify": {"command": ["check", "{file}"], "fails_on": None, "beside": ["b"], "timeout": 30, "hint": None},
    }


# Secrets

MASKED = {
    "the whole line": ("{{ settings.smtp.auth.password }}\n", "********\n"),
    "within a line": ('a "{{ settings.smtp.auth.password }}" b\n', 'a "********" b\n'),
    "its length": ("{{ 'x' * (settings.smtp.auth.password | length) }}\nkeep\n", "********\nkeep\n"),
    "a letter of it": ("first {{ settings.smtp.auth.password[0] }}\nkeep\n", "first ********\nkeep\n"),
    "a choice made by it": (
        "{% set p = settings.smtp.auth.password %}\n{{ 'a' if 'h' in p else 'b' }}\nkeep\n",
        "********\nkeep\n",
    ),
    "lines made by it": ("{% if 'h' in settings.smtp.auth.password %}\na\n{% endif %}\nb\n", "********\n********\n"),
    "as it was written": ("{{ written.smtp.auth.password }}\n", "********\n"),
    "an option": ("{{ options.key }} {{ options.shown }}\n", "******** seen\n"),
    "within an option": ("{% for each in options.tree %}\n{{ each.url }}\n{% endfor %}\n", "********\n********\n"),
    "none": ("{{ settings.smtp.host }}\n", None),
}
OPTIONS = {
    "key": {"description": "a", "writeOnly": True},
    "tree": {"description": "b", "writeOnly": True},
    "shown": {"description": "c"},
}
GIVEN = {"key": "swordfish", "tree": [{"url": "https://a/swordfish"}, {"url": 12345}], "shown": "seen"}


@pytest.mark.parametrize(("template", "masked"), MASKED.values(), ids=MASKED)
def test_secrets_are_masked_wherever_they_show(tmp_path: Path, template: str, masked: str | None) -> None:
    [file] = render(tmp_path, template, options=OPTIONS, given=GIVEN)
    assert file.masked == masked
    for secret in ("hunter2", "swordfish", "12345"):
        assert secret not in (file.masked or "")


# Read by another template than the file's own, or in a context that Jinja makes for a part of it.
SECRET = "{{ settings.smtp.auth.password }}"
OTHERS = {
    "part.j2": SECRET,
    "deep.j2": "{% include 'part.j2' %}",
    "macros.j2": f"{{% macro secret() %}}{SECRET}{{% endmacro %}}"
    "{% macro show(text) %}{{ text }}{% endmacro %}",
    "base.j2": "{% block a %}{% endblock %}",
    "base_with.j2": f"{{% block a %}}{SECRET}{{% endblock %}}",
}
READ_ELSEWHERE = {
    "include": "{% include 'part.j2' %}",
    "include of an include": "{% include 'deep.j2' %}",
    "include in a macro": "{% macro a() %}{% include 'part.j2' %}{% endmacro %}{{ a() }}",
    "import": "{% import 'macros.j2' as macros with context %}{{ macros.secret() }}",
    "from": "{% from 'macros.j2' import secret with context %}{{ secret() }}",
    "argument of a macro": "{% from 'macros.j2' import show %}{{ show(settings.smtp.auth.password) }}",
    "block of a child": f"{{% extends 'base.j2' %}}{{% block a %}}{SECRET}{{% endblock %}}",
    "block of a parent": "{% extends 'base_with.j2' %}",
    "super": "{% extends 'base_with.j2' %}{% block a %}{{ super() }}{% endblock %}",
    "self": f"{{% if false %}}{{% block a %}}{SECRET}{{% endblock %}}{{% endif %}}{{{{ self.a() }}}}",
    "scoped block": f"{{% for _ in [1] %}}{{% block a scoped %}}{SECRET}{{% endblock %}}{{% endfor %}}",
}


@pytest.mark.parametrize("template", READ_ELSEWHERE.values(), ids=READ_ELSEWHERE)
def test_a_secret_is_masked_whoever_reads_it(tmp_path: Path, template: str) -> None:
    [file] = render(tmp_path, template, others=OTHERS)
    assert (file.content, file.masked) == ("hunter2", "********")


def test_mask_keeps_only_lines_that_are_always_the_same() -> None:
    assert mask("a\nb", "a\nb", "a\nb") is None
    assert mask("a\nx=1;", "a\nx=aa;", "a\nx=zz;") == "a\nx=********;"
    assert mask("odd\nb", "a\nb", "a\nb") == "********\nb"
    assert mask("a\n\nb", "a\nb", "a\nb") == "********\n\n********"


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        pytest.param(None, "app.conf: holds a secret, so it needs a mode, such as 0600", id="no mode"),
        pytest.param("0644", "app.conf: holds a secret, and mode 0644 lets everyone read it", id="for everyone"),
        pytest.param("0601", "app.conf: holds a secret, and mode 0601 lets everyone", id="to be run by everyone"),
    ],
)
def test_file_with_a_secret_keeps_others_out(tmp_path: Path, mode: str | None, said: str) -> None:
    file = {"mode": mode} if mode else {"mode": "0644"}
    entry = {"mode": None} if mode is None else {}
    with pytest.raises(RenderError, match=said):
        render(tmp_path, "{{ settings.smtp.auth.password }}\n", file=file, entry=entry)


# Faults

FAULTS = {
    "a name that is not there": ("{{ settings.smtp.hots }}", r"app\.conf\.j2:1: .*has no attribute 'hots'"),
    "a template that cannot be read": ("a\n{% if %}", r"app\.conf\.j2:2: Expected an expression"),
    "a filter that does not exist": ("{{ 1 | no_such_filter }}", r"app\.conf\.j2:1: No filter named 'no_such_filter'"),
    "a template that is not there": ("{% include 'missing.j2' %}", "there is no template missing"),
    "an error that would tell a secret": ("{{ [].index(settings.smtp.auth.password) }}", "failed with ValueError"),
    "a change of the settings": ("{{ settings.smtp.update({'a': 1}) }}", "failed with SecurityError"),
    "a way out of the folder": ("{% include '../app/target.yml' %}", "there is no template"),
}


@pytest.mark.parametrize(("template", "said"), FAULTS.values(), ids=FAULTS)
def test_template_that_fails_names_itself(tmp_path: Path, template: str, said: str) -> None:
    with pytest.raises(RenderError, match=said) as caught:
        render(tmp_path, template)
    assert str(caught.value).startswith("app: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("dest", "said"),
    [
        ({"app.cnf": "/srv/app.conf"}, "app.cnf is not one of its files; they are app.conf"),
        ({"app.conf": "srv/app.conf"}, "srv/app.conf is not an absolute path"),
    ],
)
def test_destination_that_cannot_be(tmp_path: Path, dest: dict[str, str], said: str) -> None:
    with pytest.raises(RenderError, match=said):
        render(tmp_path, "a\n", entry={"dest": dest})


def test_value_that_a_format_cannot_hold_is_handed_on(tmp_path: Path) -> None:
    password = "two\nlines"
    spec = {**SPEC, "smtp": {**SPEC["smtp"], "auth": {"username": "a", "password": password}}}
    with pytest.raises(NotExpressible) as caught:
        render(tmp_path, "{{ settings.smtp.auth.password | one_line }}", spec=spec)
    assert caught.value.value is password
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "dest_root", "owner", "group"),
    [
        pytest.param({}, None, "app", "mail", id="the target's own"),
        pytest.param({"group": "ops"}, None, "app", "ops", id="one named by the user"),
        pytest.param({}, "/srv/root", None, None, id="the target's own below another root"),
        pytest.param({"group": "mail"}, "/srv/root", None, "mail", id="one named by the user below another root"),
    ],
)
def test_owner_and_group(
    tmp_path: Path, entry: dict[str, Any], dest_root: str | None, owner: str | None, group: str | None
) -> None:
    rendered = render(tmp_path, "a\n", file={"owner": "app", "group": "mail"}, entry=entry)
    named = frozenset({"owner", "group"} & set(entry))
    ready = ReadyTarget(find_target("app", [str(tmp_path)]).at(), Spec.of(SPEC), {}, tuple(rendered), named)
    [file] = cast(
        "list[dict[str, Any]]", files_payload([ready], dest_root=dest_root, backup=False, diff=False)["files"]
    )
    assert (file.get("owner"), file.get("group")) == (owner, group)
    assert file["path"] == f"{dest_root or ''}/etc/app.conf"


# What came out of a vault, secret by its kind or not


@pytest.fixture
def from_vault(tmp_path: Path) -> Callable[[Any], Any]:
    """Makes a value as Ansible reads it from an encrypted file."""
    file = tmp_path / "vault.yml"
    file.write_text("$ANSIBLE_VAULT;1.1;AES256\n00\n", encoding="utf-8")
    return lambda value: Origin(path=str(file), line_num=1, col_num=1).tag(value)


USER = "{{ settings.smtp.auth.username }}"
VAULTED: dict[str, tuple[str, str | None]] = {
    "the name of a login": (
        f"user={USER}\nhost={{{{ settings.smtp.host }}}}\n",
        "user=********\nhost=smtp.example.edu\n",
    ),
    "in another form": (f"user={{{{ {USER[3:-3]} | upper }}}}\n", "user=********\n"),
    "a number": ("timeout={{ settings.smtp.timeout }}\n", "timeout=********\n"),
    "one of a list": ("{{ settings.delivery.excluded_recipients | join(' ') }}\n", "a@example.edu ********\n"),
    "within an option": ("{{ options.route.a }}/{{ options.route.b }}\n", "********/plain\n"),
    "one of a few words": ("{{ settings.smtp.encryption }}\n", None),
    "not in the file": ("{{ settings.smtp.host }}\n", None),
    "an address that a format wants": (
        "{{ settings.sender.address.split('@')[1] }}\n",
        "********\n",
    ),
    "what no sentinel can be": (f"{{{{ {{'svc-mail': 1}}[{USER[3:-3]}] + 1 }}}}\nb\n", "********\n********\n"),
}


@pytest.mark.parametrize(("template", "masked"), VAULTED.values(), ids=VAULTED)
def test_what_is_vaulted_is_masked_and_forces_no_mode(
    tmp_path: Path, from_vault: Callable[[Any], Any], template: str, masked: str | None
) -> None:
    smtp = {
        "host": "smtp.example.edu",
        "encryption": from_vault("starttls"),
        "timeout": from_vault(30),
        "auth": {"username": from_vault("svc-mail"), "password": "hunter2"},
    }
    spec = {
        "smtp": smtp,
        "sender": {"address": from_vault("noreply@example.edu")},
        "delivery": {"excluded_recipients": ["a@example.edu", from_vault("b@example.edu")]},
    }
    [file] = render(
        tmp_path,
        template,
        file={"mode": "0644"},
        spec=spec,
        options={"route": {"description": "a"}},
        given={"route": {"a": from_vault("hidden"), "b": "plain"}},
    )
    assert (file.masked, file.mode) == (masked, "0644")
