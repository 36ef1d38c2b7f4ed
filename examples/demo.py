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


# What a run begins a paragraph with, and which of these paragraphs are for machines or repeat what was said.
PARAGRAPH = re.compile(
    r"(TASK|PLAY|RUNNING HANDLER|\[|ok:|changed:|included:|fatal:|skipping:|Origin:|Using |running playbook"
    r"|  \S+: Test connection)"
)
FOR_MACHINES = re.compile(
    r"(fatal:|Origin:|PLAY \[|Using |running playbook|included:|TASK .*(Validating arguments|or check once more))"
)


def told(run: subprocess.CompletedProcess[str], *, warnings: bool = False) -> None:
    """What the play says to a person, without what it repeats for machines."""
    shown = True
    for line in (run.stdout + run.stderr).splitlines():
        if PARAGRAPH.match(line):
            after_arguments = not shown and line.startswith("ok:")
            shown = not (FOR_MACHINES.match(line) or after_arguments or (line.startswith("[WARN") and not warnings))
        if ": ok=" in line and shown:
            say(f"   {line}")
        elif line.strip() and shown:
            say(textwrap.fill(line.rstrip("* "), 116, initial_indent="   ", subsequent_indent="      "))


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

    heading(1, "Three environments: validated, checked against the server, written")
    run = play("site.yml", "-e", own)
    told(run, warnings=True)
    must(run, fail=False, saying="changed=1")

    heading(2, "The same again: nothing changes")
    run = play("site.yml", "-e", own)
    told(run)
    must(run, fail=False, saying="changed=0")
    if "changed=1" in run.stdout:
        raise SystemExit(f"the demo is broken: the second run changed something\n{run.stdout}")

    heading(3, "Settings with mistakes: every one at its file, line and column, and nothing written")
    run = play("validate.yml", "-i", "localhost,", "-c", "local", folder=EXAMPLES / "mistakes")
    told(run)
    must(run, fail=True, saying="5 errors")

    heading(4, "The four outcomes of a check, as the documentation of the admin pages names them")
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

    heading(7, "Where to look")
    for file in sorted(file for name in ("files", "runbooks") for file in (BUILD / name).rglob("*")):
        if file.is_file():
            say(f"   {file.relative_to(ROOT)}")
    say("\n   The settings that they were made from: examples/inventory")
    say(f"   The record's page: {(BUILD / 'record' / 'email-record.html').relative_to(ROOT)}")
    heading(8, "What to try next")
    say(f"   $ {READY}")
    for what, command in NEXT:
        say(f"\n   {what}:\n   $ {command}")


def main() -> None:
    """Run the demo in a fresh folder."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    with mail_server() as ports:
        demo(ports)


if __name__ == "__main__":
    main()
