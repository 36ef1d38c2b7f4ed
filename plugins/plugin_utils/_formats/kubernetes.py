# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""Kubernetes manifests: a ConfigMap, and a Secret for what is secret; the first step of a name says in which it stands.

Kubernetes API reference, ConfigMap v1 core and Secret v1 core: `stringData` takes text as it is.
"""

from __future__ import annotations

import re

from ansible_collections.appmail.settings.plugins.module_utils._formats.format import (
    Entry,
    Format,
    NotExpressible,
    plain,
    unicode_text,
)

from .yaml_text import yaml_block

CONFIG_MAP, SECRET = "ConfigMap", "Secret"
_DATA = {CONFIG_MAP: "data", SECRET: "stringData"}


def manifest_format(app: str) -> Format:
    """The format of the manifests of one application: they are named after it."""
    return Format(lambda entries: _write(app, entries), _read)


def manifest_name(app: str) -> str:
    """A name as Kubernetes takes it: a DNS label (RFC 1123, section 2.1)."""
    return re.sub(r"[^a-z0-9-]", "-", f"{app}-email".lower())


def _write(app: str, entries: list[Entry]) -> str:
    documents = []
    for kind, field in _DATA.items():
        data = {name[len(kind) + 1 :]: _text(value) for name, value in entries if name.startswith(f"{kind}.")}
        if data:
            documents.append(f"{yaml_block({**_head(app, kind), field: data})}\n")
    return "---\n".join(documents)


def _head(app: str, kind: str) -> dict[str, object]:
    labels = {"app.kubernetes.io/name": app, "app.kubernetes.io/managed-by": "appmail.settings"}
    head: dict[str, object] = {"apiVersion": "v1", "kind": kind}
    head["metadata"] = {"name": manifest_name(app), "labels": labels}
    return {**head, "type": "Opaque"} if kind == SECRET else head


def _text(value: object) -> str:
    text = unicode_text(plain(value))  # type: ignore[arg-type]
    if "\0" in text:
        raise NotExpressible(value, "it holds a NUL, which no environment variable can hold")
    return text


def _read(text: str) -> list[Entry]:
    import yaml

    return [
        (f"{document['kind']}.{name}", value)
        for document in yaml.safe_load_all(text)
        for name, value in document.get(_DATA[document["kind"]], {}).items()
    ]
