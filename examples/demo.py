# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three environments against a mail server of our own on 127.0.0.1: `make demo` runs this.

The inventory is the one beside this file. Only where the relay is, and which certificate authority to trust, are laid
over it, because this server has another address and a certificate made on the spot.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ansible.constants import DEFAULT_VAULT_IDENTITY
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import FileVaultSecret, VaultHelper, VaultLib

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
BUILD = ROOT / "build" / "demo"
INBOX_USER = "legal-inbox@example.edu"
ENVIRONMENTS = ("dev", "staging", "production")
VAULT_PASSWORD_FILE = EXAMPLES / "vault-password-of-the-example"
START_SECONDS = 30
KEEP = bool(os.environ.get("KEEP"))
# What there is to see, the folder below build/demo, and which files of it.
LOOK = (
    ("What the applications read, a folder for each host:", "files", "*/etc/**/*"),
    ("What a person does at an admin page, a folder for each host:", "runbooks", "*"),
    ("The record's page, for an auditor:", "record", "*.html"),
)
# What finds the programs and the collection of this checkout, in any folder.
READY = "export PATH=$PWD/.venv/bin:$PATH ANSIBLE_COLLECTIONS_PATH=$PWD/build/collections"
NEXT = (
    (
        "the gate; change a setting first, and see its line",
        "(cd examples && ansible-playbook appmail.settings.validate)",
    ),
    (
        "what a promotion would change",
        "(cd examples && ansible-playbook appmail.settings.compare"
        " -e email_compare_from_environment=production -e email_compare_to_environment=staging)",
    ),
    (
        "a project of your own",
        "(mkdir -p build/mine && cd build/mine && ansible-playbook appmail.settings.init)",
    ),
)


def say(text: str = "") -> None:
    """One line to the person who watches."""
    print(text, flush=True)


def heading(number: int, text: str) -> None:
    """Where we are."""
    say(f"\n\033[1m{number}. {text}\033[0m" if sys.stdout.isatty() else f"\n{number}. {text}")


def accounts() -> dict[str, str]:
    """The accounts that the inventory logs in with, their passwords read out of the vault."""
    inventory = EXAMPLES / "inventory"
    found = {}
    for name in ENVIRONMENTS:
        variables = read_variables(inventory / "group_vars" / name)
        found[variables["relay_user"]] = variables["vault_smtp_password"]
    found[INBOX_USER] = read_variables(inventory / "host_vars" / "prod-legal")["vault_imap_password"]
    return found


def read_variables(folder: Path) -> dict[str, str]:
    """The texts among the variables of a folder, vaulted ones decrypted."""
    loader = DataLoader()
    secret = FileVaultSecret(filename=str(VAULT_PASSWORD_FILE), loader=loader)
    secret.load()
    vault = VaultLib([(DEFAULT_VAULT_IDENTITY, secret)])
    found = {}
    for file in folder.glob("*.yml"):
        for name, value in loader.load_from_file(str(file)).items():
            ciphertext = VaultHelper.get_ciphertext(value, with_tags=False)
            if ciphertext or isinstance(value, str):
                found[str(name)] = vault.decrypt(ciphertext).decode() if ciphertext else str(value)
    return found


@contextlib.contextmanager
def mail_server() -> Iterator[Mapping[str, int]]:
    """An SMTP and IMAP server on free ports of 127.0.0.1, ended whatever happens. Gives port by listener."""
    users, ports = BUILD / "users.json", BUILD / "ports.json"
    with open(users, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump(accounts(), file)
    command = [sys.executable, "-m", "tests.servers.mail_server", "--ports-file", str(ports)]
    command += ["--ca-file", str(BUILD / "ca.pem"), "--users-file", str(users)]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    try:
        yield wait_for(ports, server)
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        users.unlink()


def wait_for(ports: Path, server: subprocess.Popen[bytes]) -> dict[str, int]:
    """The ports, as soon as all listen."""
    deadline = time.monotonic() + START_SECONDS
    while not ports.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the demo's mail server did not start")
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.05)
    return dict(json.loads(ports.read_text(encoding="utf-8")))


def play(playbook: str, *arguments: str, folder: Path = EXAMPLES) -> subprocess.CompletedProcess[str]:
    """One run of ansible-playbook, its command shown."""
    shown = " ".join(argument if " " not in argument else f"'{argument}'" for argument in (playbook, *arguments))
    # As it can be copied in the folder that `make demo` was typed in.
    here, above = folder.relative_to(ROOT), os.path.relpath(ROOT, folder)
    say(f"   $ (cd {here} && ansible-playbook {shown})".replace(f"@{ROOT}/", f"@{above}/"))
    environment = {**os.environ, "COLUMNS": "10000", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
    environment.setdefault("ANSIBLE_COLLECTIONS_PATH", str(ROOT / "build" / "collections"))
    environment["ANSIBLE_CONFIG"] = str(EXAMPLES / "ansible.cfg")
    command = [str(Path(sys.executable).parent / "ansible-playbook"), playbook, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


# What belongs to a paragraph begins with blanks; these begin one that a person reads.
SPOKEN = re.compile(r"\[(ERROR|WARNING|DEPRECATED)|  \S+: Test connection|\s+- '?Test connection")
RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)


def told(run: subprocess.CompletedProcess[str], *, warnings: bool = False) -> None:
    """What the play says to a person, and what became of the hosts, without what it repeats for machines."""
    shown = False
    for line in (run.stdout + run.stderr).splitlines():
        if SPOKEN.match(line) or not line.startswith("  "):
            shown = bool(SPOKEN.match(line)) and (warnings or not line.startswith(("[WARN", "[DEPR")))
        if line.strip() and shown:
            text = line.rstrip().replace("- 'Test", "Test").rstrip("'")
            say(textwrap.fill(text, 116, initial_indent="   ", subsequent_indent="      "))
    say(f"   -> {outcome(run)}")


def outcome(run: subprocess.CompletedProcess[str]) -> str:
    """What became of the hosts, in one sentence."""
    rows = [(host, int(changed), int(lost) + int(failed)) for host, changed, lost, failed in RECAP.findall(run.stdout)]
    parts = {
        "failed, as it should": [host for host, _changed, failed in rows if failed],
        "changed": [host for host, changed, failed in rows if changed and not failed],
        "as it was": [host for host, changed, failed in rows if not changed and not failed],
    }
    return "; ".join(f"{word}: {', '.join(sorted(hosts))}" for word, hosts in parts.items() if hosts)


def story(text: str) -> None:
    """A few sentences on what is to be seen."""
    say(textwrap.fill(text, 116, initial_indent="   ", subsequent_indent="   "))


def screen(run: subprocess.CompletedProcess[str], *wanted: str) -> None:
    """Some paragraphs of what the record shows: each begins at the margin, and its lines are set in."""
    shown = False
    for line in run.stdout.splitlines():
        shown = line.startswith(wanted) or (shown and line.startswith("  "))
        if shown:
            say(f"   {line}")


def must(run: subprocess.CompletedProcess[str], *, fail: bool, saying: str) -> None:
    """End the demo with everything that was printed where a run did not do what it is here to show."""
    if (run.returncode != 0) is not fail or not re.search(saying, run.stdout + run.stderr):
        raise SystemExit(f"the demo is broken: expected {saying!r}\n{run.stdout}{run.stderr}")


def overrides(name: str, values: Mapping[str, object]) -> str:
    """Variables in a file for `-e @FILE`: no value stands in a process list."""
    file = BUILD / f"{name}.json"
    file.write_text(json.dumps(values, indent=2), encoding="utf-8")
    return f"@{file}"


def demo(ports: Mapping[str, int]) -> None:
    """What there is to see, in order."""
    relay = {
        "relay_host": "localhost",
        "relay_port_starttls": ports["smtp_starttls"],
        "relay_port_implicit_tls": ports["smtp_implicit_tls"],
        "email_check_options": {"tls": {"ca_file": str(BUILD / "ca.pem")}, "timeout": 10},
        "email_dest_root": f"{BUILD}/files/{{{{ inventory_hostname }}}}",
        "email_record_dest": f"{BUILD}/seen",
        "email_runbook_dest": f"{BUILD}/runbooks",
    }
    own = overrides("relay", relay)

    heading(1, "Three environments: judged, checked against the server, written")
    story(
        "The settings of five hosts stand in examples/inventory: what all share, what each environment changes, the"
        " passwords in vaults. They are judged here; then each host tries the mail server with the new ones, and only"
        " if it takes them writes what its applications read, all files or none."
    )
    run = play("site.yml", "-e", own)
    told(run, warnings=True)
    must(run, fail=False, saying="changed=1")
    if "does not say" in run.stdout + run.stderr:
        story(
            "Such a warning names what an application's documentation leaves open. It asks for one look at the"
            " application itself; then acknowledge: [the setting] in its entry keeps the warning to the report."
        )

    heading(2, "The same again: nothing is left to do")
    run = play("site.yml", "-e", own)
    told(run)
    must(run, fail=False, saying="changed=0")
    if "changed=1" in run.stdout:
        raise SystemExit(f"the demo is broken: the second run changed something\n{run.stdout}")

    heading(3, "Five mistakes: each is told at its file, line and column, all at once, and nothing is written")
    run = play("validate.yml", "-i", "localhost,", "-c", "local", folder=EXAMPLES / "mistakes")
    told(run)
    must(run, fail=True, saying="5 errors")

    heading(4, "The four outcomes of a check, in the words of the admin pages' documentation")
    story("A check makes one login, sends no message and changes nothing.")
    closed = {"relay_port_starttls": ports["closed"]}
    wrong = {"vault_smtp_password": "not-the-password"}
    untrusted = {"relay_port_starttls": ports["smtp_untrusted"]}
    cases: list[tuple[str, Mapping[str, object], str]] = [
        ("everything is right", {}, "Test connection complete"),
        ("a closed port", closed, r"SMTP server connection failed\. Check server url or port"),
        ("a wrong password", wrong, r"SMTP login failed\. Check server login or password\."),
        ("a certificate that nobody here trusts", untrusted, "Test connection failed"),
    ]
    for name, changes, message in cases:
        say(f"\n   {name}:")
        extra = overrides(name.replace(" ", "-"), {**relay, "email_record_dest": "", **changes})
        run = play("appmail.settings.check", "--limit", "dev", "-e", extra)
        told(run)
        must(run, fail=bool(changes), saying=message)

    heading(5, "Incoming mail: a mailbox that an application reads")
    incoming = {"host": "localhost", "port": ports["imap_implicit_tls"], "tls": {"ca_file": str(BUILD / "ca.pem")}}
    run = play("incoming.yml", "-e", overrides("incoming", {"incoming_check_options": incoming}))
    told(run)
    must(run, fail=False, saying="Test connection complete")

    heading(6, "The record, for an auditor: what everything is set to, where, since when, and what was seen")
    record = {"email_audit_dest": f"{BUILD}/record", "email_audit_formats": ["html", "json", "csv", "manifest"]}
    run = play("appmail.settings.audit", "-e", own, "-e", overrides("record", record))
    must(run, fail=False, saying="smtp.auth.password +secret, vaulted: vault_smtp_password")
    screen(run, "production", "policies", "waivers", "The settings are", "In order", "Not ")

    look()


def look() -> None:
    """Where to look and what to type next, as it can be copied where `make demo` was typed."""
    heading(7, "Where to look")
    for what, folder, pattern in LOOK:
        say(f"\n   {what}")
        for file in sorted(file for file in (BUILD / folder).rglob(pattern) if file.is_file()):
            say(f"     {file.relative_to(ROOT)}")
    heading(8, "What to type next")
    say(f"   $ {READY}")
    for what, command in NEXT:
        say(f"\n   {what}:\n   $ {command}")
    if not KEEP:
        say("\n   The demo's mail server has ended; make demo KEEP=1 leaves it running, to type the commands above.")


def keep() -> None:
    """Leave the mail server running until whoever watches has had enough."""
    say(f"\n   The mail server runs until you press Ctrl-C. In another terminal, in {ROOT}:\n   $ {READY}")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def main() -> None:
    """Run the demo in a fresh folder."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    with mail_server() as ports:
        demo(ports)
        if KEEP:
            keep()


if __name__ == "__main__":
    main()
