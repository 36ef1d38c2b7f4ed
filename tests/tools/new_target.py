# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lay out the folder of a new application: `make new-target APP=ledger`, FROM=/etc/ledger/mail.env where there is one.

Of a working file of the application its keys are found, and for each the setting is proposed that it probably holds. No
value goes from that file into target.yml but the application's own words, such as `starttls`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tools.tree import COLLECTIONS, ROOT, link_collection

# How a file of that name, or with such a line, is written: its format and dialect.
FILE_NAMES: Mapping[str, tuple[str, str]] = {
    r"\.env\Z|\Aenv\Z": ("dotenv", "systemd"),
    r"\.properties\Z": ("properties", "java"),
    r"\.json\Z": ("json", "nested"),
    r"\.ya?ml\Z": ("yaml", "nested"),
    r"\.toml\Z": ("toml", "v1"),
    r"gitconfig": ("ini", "git"),
    r"\.cfg\Z": ("ini", "python"),
    r"\.ini\Z": ("ini", "go"),
    r"\.py\Z": ("python", "python"),
    r"\.php\Z": ("php", "php"),
    r"\.rb\Z": ("ruby", "ruby"),
}
LINES: Mapping[str, tuple[str, str]] = {
    r"^\s*\[.+\]\s*$": ("ini", "python"),
    r"^(export\s+)?[A-Z][A-Z0-9_]*=": ("dotenv", "systemd"),
    r"^\s*set\s+\S+\s*=": ("lines", "set"),
    r"^[^#\s=]+\s*=": ("lines", "equals"),
    r"^[^#\s]+\s+\S": ("lines", "blank"),
}
# What a key holds, by the words in its name: the first that fits. A word stands for itself, and for a part of a word.
NAMES: Mapping[str, str] = {
    r"^imap|pop3": "",
    r"reply": "sender.reply_to",
    r"skip_?verify|insecure|accept_?invalid|trust": "not smtp.tls.verify",
    r"verify|checkserveridentity|certcheck": "smtp.tls.verify",
    r"ca_?(file|cert|bundle|path)|cert_?path|trust_?file": "smtp.tls.ca_file",
    r"(client_?)?cert(ificate)?_?(file)?$|local_?cert": "smtp.tls.client_certificate",
    r"(client_?)?key_?file$|local_?pk": "smtp.tls.client_key",
    r"helo|ehlo|localhost|local_?name|^hostname$": "smtp.helo_name",
    r"delay|size|limit|retr|domain": "",
    r"time_?out": "smtp.timeout",
    r"pass(word|wd|phrase)?|secret|pwd": "smtp.auth.password",
    r"from_?name|name_?from|display_?name|fromname|personal": "sender.display_name",
    r"user|login|auth_?id|smtp_?name$": "smtp.auth.username",
    r"mechanism|auth_?(type|method)": "",
    r"^(smtp_?)?(use_?)?auth(entication)?$": "smtp.auth",
    r"from|sender": "sender.address",
    r"admin": "contacts.administrator",
    r"encr|secur|protocol|scheme|tls|ssl": "smtp.encryption",
    r"port": "smtp.port",
    r"host|server|relay|smarthost|hub|addr": "smtp.host",
}
# The application's words for the encryption -> ours, as most applications have them.
WORDS: Mapping[str, str] = {
    r"smtps|ssl(/tls)?|implicit|force_?tls|tls_?wrapper": "implicit_tls",
    r"starttls|mandatory.*|required": "starttls",
    r"opportunistic.*|starttls_?(auto|if.*)|may|auto": "starttls_opportunistic",
    r"none|off|plain|smtp|no|never|": "none",
}
TODO = "TODO: say why"


@dataclass(frozen=True)
class Found:
    """A key of the application, what it held, and the entry that is proposed for it; none where nothing fits."""

    name: str
    value: object
    entry: str | None
    leaves: tuple[str, ...] = ()


def format_of(file: Path) -> tuple[str, str]:
    """The format and the dialect of a file, by its name or by what is in it; ValueError where neither says so."""
    for pattern, form in FILE_NAMES.items():
        if re.search(pattern, file.name, re.IGNORECASE):
            return form
    text = file.read_text(encoding="utf-8")
    for pattern, form in LINES.items():
        if re.search(pattern, text, re.MULTILINE):
            return form
    raise ValueError(f"{file}: nothing says of which format it is; name it: FORMAT=ini DIALECT=go")


def keys_in(text: str, form: tuple[str, str]) -> list[Found]:
    """The keys of a working file, each with what is proposed for it."""
    from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import find_format

    return [_found(name, value) for name, value in find_format(*form).read(text)]


def _found(name: str, value: object) -> Found:
    key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.rpartition(".")[2]).lower().replace("-", "_")
    entry, leaves = _proposed(key, str(value).lower() if isinstance(value, bool) else str(value), value)
    return Found(name, value, entry, leaves)


def _proposed(key: str, text: str, value: object) -> tuple[str | None, tuple[str, ...]]:
    """What is proposed for a key of that name, with that value, and the leaves that then stand in it."""
    leaf = next((leaf for pattern, leaf in NAMES.items() if re.search(pattern, key)), "")
    truth = text.lower() in TRUTHS
    if leaf == "smtp.encryption":
        return _encryption(key, text, truth=truth), (leaf,) if _encryption(key, text, truth=truth) else ()
    if truth and leaf == "smtp.auth":
        return f"{{present: smtp.auth, words: {_words(text)}}}", ()
    if truth and leaf.endswith("smtp.tls.verify"):
        return f"{{leaf: smtp.tls.verify, words: {_words(text, swapped=leaf.startswith('not'))}}}", ("smtp.tls.verify",)
    if truth:
        constant = _scalar(value) if isinstance(value, bool) else f"{{constant: {_scalar(value)}}}"
        return (constant, ()) if re.search("enable", key) else (None, ())
    return _entry(leaf, text)


def _entry(leaf: str, text: str) -> tuple[str | None, tuple[str, ...]]:
    if not leaf or leaf == "smtp.auth" or leaf.endswith("smtp.tls.verify"):
        return None, ()
    if leaf == "smtp.host" and re.fullmatch(r"\[?[\w.:-]+\]?:[0-9]+", text):
        return "{host_port: [smtp.host, smtp.port]}", ("smtp.host", "smtp.port")
    if leaf == "sender.address" and re.fullmatch(r".+<.+@.+>", text):
        return "{mailbox: [sender.address, sender.display_name]}", ("sender.address", "sender.display_name")
    if leaf == "smtp.timeout" and text.isdigit() and int(text) >= _MILLISECONDS:
        return "{leaf: smtp.timeout, unit: ms}", (leaf,)
    return leaf, (leaf,)


# Nobody waits for so many seconds.
_MILLISECONDS = 1000
# The truths that applications write, each beside its opposite.
TRUTHS = {"true": "false", "false": "true", "yes": "no", "no": "yes", "on": "off", "off": "on"}


def _words(text: str, *, swapped: bool = False) -> str:
    """A table of words for true and false, spelled as the application does."""
    opposite = TRUTHS[text.lower()]
    opposite = opposite.title() if text.istitle() else opposite.upper() if text.isupper() else opposite
    yes, no = (text, opposite) if text.lower() in ("true", "yes", "on") else (opposite, text)
    true, false = (no, yes) if swapped else (yes, no)
    return f"{{true: {_word(true)}, false: {_word(false)}}}"


def _word(text: str) -> str:
    return text if text in ("true", "false") else _scalar(text)


def _encryption(key: str, text: str, *, truth: bool) -> str | None:
    if truth:
        table = _words(text)
        yes, no = table[7 : table.index(",")], table[table.index("false: ") + 7 : -1]
        modes = {"none": no, "starttls": no, "implicit_tls": no}
        modes["starttls" if "starttls" in key else "implicit_tls"] = yes
        words = ", ".join(f"{mode}: {word}" for mode, word in modes.items())
        note = "" if re.search("starttls|ssl", key) else "  # TODO: which mode is this?"
        return f"{{leaf: smtp.encryption, words: {{{words}}}}}{note}"
    mode = next((mode for pattern, mode in WORDS.items() if re.fullmatch(pattern, text, re.IGNORECASE)), None)
    if mode is None:
        return None
    return f"{{leaf: smtp.encryption, words: {{{mode}: {_scalar(text)}}}}}  # TODO: the words for the other modes"


def _scalar(value: object) -> str:
    return json.dumps(value) if not isinstance(value, bool) else str(value).lower()


# Where the coverage may say one thing for all settings below a name.
SECTIONS = ("imap", "sender", "contacts", "delivery", "attachments", "error_notifications", "application")


def coverage(carried: Sequence[str]) -> Iterator[str]:
    """The entries of `coverage` for every setting that no key carries."""
    from ansible_collections.appmail.settings.plugins.plugin_utils._spec.settings import LEAVES

    if "smtp.encryption" in carried:
        yield f'  smtp.encryption: {{reason: "{TODO} the other modes are refused"}}'
    for leaf in LEAVES:
        if leaf in carried or leaf.partition(".")[0] in SECTIONS:
            continue
        kind = (
            "refused: []"
            if leaf.startswith(("smtp.host", "smtp.port", "smtp.encryption", "smtp.tls", "smtp.auth"))
            else ""
        )
        defaults = {"smtp.tls.verify": "true", "smtp.tls.minimum_version": '"1.2"', "smtp.auth.mechanism": "auto"}
        kind = f"refused: [{defaults[leaf]}]" if leaf in defaults else kind
        yield f'  {leaf}: {{{kind}, reason: "{TODO}"}}' if kind else f'  {leaf}: {{not_carried: "{TODO}"}}'
    if "sender.address" not in carried:
        yield f'  sender.address: {{refused: [], reason: "{TODO}"}}'
    for section in SECTIONS:
        yield f'  {section}: {{not_carried: "{TODO}"}}'


def target_text(app: str, path: str, form: tuple[str, str], found: Sequence[Found], ours: str) -> str:
    """The text of target.yml."""
    keys = [key for key in found if key.entry is not None]
    carried = sorted({leaf for key in keys for leaf in key.leaves})
    lines = [
        "# yaml-language-server: $schema=../../schemas/target.schema.json",
        "---",
        f"label: {app.replace('_', ' ').title()}",
        "kind: config_file",
        f"documentation: {{title: TODO, product: TODO, source: {_scalar(path)}}}",
        'evidence: {level: source, version: "TODO: sent, parsed or source, and with which version"}',
        "",
        "files:",
        f"  - name: {Path(path).name}",
        f"    path: {path}",
        '    mode: "0640"',
        *([f"    ours: {ours}"] if ours != "whole" else []),
        f"    format: {form[0]}",
        f"    dialect: {form[1]}",
        "    keys:",
        *(f"      {_key(key.name)}: {key.entry}" for key in keys),
        "",
        'reload_note: "TODO: reload: {service: NAME, state: restarted}, or what a person has to do"',
        "",
        "required:",
        '  smtp: "TODO: what it does without a relay"',
        *(['  sender.address: "TODO: as whom it would send"'] if "sender.address" in carried else []),
        "",
        "coverage:",
        *coverage(carried),
    ]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return (
        name
        if re.fullmatch(r"[\w.$-]+", name) and name.lower() not in ("y", "n", "yes", "no", "on", "off")
        else _scalar(name)
    )


# Where there is no working file: the keys that most applications have.
USUAL = (
    Found("HOST", "", "smtp.host", ("smtp.host",)),
    Found("PORT", "", "smtp.port", ("smtp.port",)),
    Found(
        "ENCRYPTION",
        "",
        '{leaf: smtp.encryption, words: {none: "none", starttls: starttls, implicit_tls: ssl}}  # TODO: its own words',
        ("smtp.encryption",),
    ),
    Found("USERNAME", "", "smtp.auth.username", ("smtp.auth.username",)),
    Found("PASSWORD", "", "smtp.auth.password", ("smtp.auth.password",)),
    Found("FROM", "", "sender.address", ("sender.address",)),
)
SPEC = """\
schema_version: 1
smtp:
  host: smtp.example.edu
  encryption: {mode}
  auth: {{username: svc-mail, password: a-password}}
sender: {{address: noreply@example.edu}}
"""


def lay_out(app: str, folder: Path, path: str, form: tuple[str, str], found: Sequence[Found], ours: str) -> Path:
    """Write target.yml, and a spec for the tests beside the collection's own; ValueError if it is there already."""
    file = folder / app / "target.yml"
    if file.exists():
        raise ValueError(f"{file} is there already")
    file.parent.mkdir(parents=True)
    file.write_text(target_text(app, path, form, found, ours), encoding="utf-8")
    if folder == ROOT / "targets":
        mode = re.findall(
            r"words: \{(\w+):", next((str(key.entry) for key in found if "smtp.encryption" in key.leaves), "")
        )
        spec = ROOT / "tests" / "specs" / "targets" / f"{app}.yml"
        spec.write_text(SPEC.format(mode=mode[0] if mode else "starttls"), encoding="utf-8")
    return file


def asked(question: str, default: str, ask: Callable[[str], str]) -> str:
    """The answer to a question, the default for an empty one."""
    return ask(f"{question} [{default}] ").strip() or default


def main(arguments: Sequence[str], ask: Callable[[str], str] = input) -> int:
    """Lay out the folder, and say what is left to do."""
    parser = argparse.ArgumentParser()
    parser.add_argument("app")
    for name in ("from", "path", "format", "dialect", "folder"):
        parser.add_argument(f"--{name}", default="")
    options = vars(parser.parse_args(arguments))
    try:
        file, found = _made(options, ask)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"new-target: {error}\n")
        return 1
    sys.stdout.write(_report(file, found))
    return 0


def _made(options: Mapping[str, str], ask: Callable[[str], str]) -> tuple[Path, Sequence[Found]]:
    from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import FORMATS as CHANGED_ALONE
    from ansible_collections.appmail.settings.plugins.plugin_utils._formats.registry import FORMATS

    app, source = options["app"], options["from"]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", app):
        raise ValueError(f"{app} is no name of a folder: small letters, digits and _ (my_app)")
    form = format_of(Path(source)) if source and not options["format"] else None
    name = options["format"] or (form[0] if form else asked("format", "dotenv", ask))
    if name not in FORMATS:
        raise ValueError(f"there is no format {name}: {', '.join(FORMATS)}")
    dialect = options["dialect"] or (form[1] if form else FORMATS[name][1][0])
    path = options["path"] or (
        str(Path(source).resolve()) if source else asked("path on the host", f"/etc/{app}/mail.conf", ask)
    )
    found: Sequence[Found] = keys_in(Path(source).read_text(encoding="utf-8"), (name, dialect)) if source else USUAL
    strange = any(key.entry is None for key in found)
    ours = "keys" if strange and name in CHANGED_ALONE else "block" if strange else "whole"
    folder = Path(options["folder"]) if options["folder"] else ROOT / "targets"
    return lay_out(app, folder, path, (name, dialect), found, ours), found


def _report(file: Path, found: Sequence[Found]) -> str:
    lines = [f"{file}", ""]
    lines += [f"  {key.name}: {key.entry or 'left to its owner'}" for key in found]
    lines += [
        "",
        f"Go through every TODO in it, then `make unit TESTS='-k {file.parent.name}'` and `make targets-page`.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    link_collection()
    sys.path.insert(0, str(COLLECTIONS))
    sys.exit(main(sys.argv[1:]))
