# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in our block is not always what takes effect; whatever defeats it is named with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.appmail.settings.plugins.module_utils._files.effective import defeats, overridden
from ansible_collections.appmail.settings.plugins.module_utils._files.file_spec import Effective, FileSpec
from ansible_collections.appmail.settings.plugins.module_utils._files.filesystem import WriteError
from ansible_collections.appmail.settings.plugins.module_utils._files.managed_block import Block
from ansible_collections.appmail.settings.plugins.module_utils._files.writer import write_files
from ansible_collections.appmail.settings.plugins.module_utils._own_keys.registry import OwnKeys

BLOCK = Block("demo")
EFFECTIVE = Effective(
    command=["postconf", "-n"],
    elsewhere=[{"name": "transport_maps", "because": "routes past relayhost", "harmless": ["static:x"]}],
)
SPEC = FileSpec("/etc/main.cf", "demo", "main.cf", "", block=BLOCK, effective=EFFECTIVE)
OURS = f"{BLOCK.begin}\nrelayhost = [new]:587\nlevel = secure\nempty =\n{BLOCK.end}\n"

CASES: dict[str, tuple[str, str | None, list[str]]] = {
    "nothing": (f"a = b\n{OURS}", None, []),
    "set again below": (
        f"a = b\n{OURS}# note\nrelayhost = [old]:25\n",
        None,
        ["/etc/main.cf:8 wins over relayhost of our block: what stands last counts; delete that line"],
    ),
    "set again below, twice": (
        f"{OURS}level=may\n  level = x\nlevel = none\n",
        None,
        ["/etc/main.cf:8 wins over level"],
    ),
    "one that we leave empty": (f"{OURS}empty = x\n", None, ["/etc/main.cf:6 wins over empty"]),
    "set to the same below": (f"{OURS}relayhost  =   [new]:587\n", None, []),
    "set above": (f"relayhost = [old]\n{OURS}", None, []),
    "a comment below": (f"{OURS}#relayhost = [old]\n", None, []),
    "a line that continues our last one": (
        f"{OURS}\n# note\n postmaster@example.org\n",
        None,
        ["/etc/main.cf:8 continues empty of our block, for it begins with a blank; delete the line or its blank"],
    ),
    "a line that continues the one above": (f"a = b\n  c\n{OURS}", None, []),
    "a tab": (f"{OURS}\tx\n", None, ["/etc/main.cf:6 continues empty"]),
    "what sends elsewhere, above": (
        f"transport_maps = hash:/x\n{OURS}",
        None,
        ["/etc/main.cf:1: transport_maps"],
    ),
    "what sends elsewhere, below": (
        f"{OURS}transport_maps = hash:/x\n",
        None,
        ["/etc/main.cf:6: transport_maps"],
    ),
    "what is taken back": (f"transport_maps = hash:/x\n{OURS}transport_maps =\n", None, []),
    "what is harmless": (f"{OURS}transport_maps = static:x\n", None, []),
    "the program agrees": (OURS, "relayhost = [new]:587\nempty = \n", []),
    "the program says otherwise": (
        OURS,
        "relayhost = [old]:25\n",
        ["/etc/main.cf: postconf says that relayhost of our block does not take effect as it is written"],
    ),
    "known already": (f"{OURS}relayhost = x\n", "relayhost = x\n", ["/etc/main.cf:6 wins over relayhost"]),
    "the file has no such block": ("relayhost = x\n", None, []),
    "line ends of another system": (
        OURS.replace("\n", "\r\n") + "level = may\r\n",
        None,
        ["/etc/main.cf:6 wins over level"],
    ),
}


SERVICES = {
    "no such file": ("", []),
    "an option": ("smtp unix - - y - - smtp\n  -o level=none\n", ["/etc/master.cf:2 wins over level"]),
    "on the service's own line": ("smtp unix - - y - - smtp -o level=none\n", ["/etc/master.cf:1 wins over level"]),
    "in braces, with blanks": (
        "smtp unix - - y - - smtp\n\t-o { level = a, b }\n",
        ["/etc/master.cf:2 wins over level"],
    ),
    "twice": (
        "smtp unix - - y - - smtp\n -o level=may\n -o level=none\n",
        ["/etc/master.cf:3 wins over level of our block: an option of the service counts more; delete it there"],
    ),
    "ours at last": ("smtp unix - - y - - smtp\n -o level=may\n -o level=secure\n", []),
    "the same as ours": ("smtp unix - - y - - smtp\n -o level=secure\n", []),
    "one that the service does not read": ("smtp unix - - y - - smtp\n -o relayhost=[x]\n", []),
    "none of ours": ("smtp unix - - y - - smtp\n -o syslog_name=x\n", []),
    "a comment": ("smtp unix - - y - - smtp\n# -o level=none\n  #-o level=none\n", []),
    "below a comment": ("smtp unix - - y - - smtp\n#\n  -o level=none\n", ["/etc/master.cf:3 wins over level"]),
    "another service": ("relay unix - - y - - smtp\n  -o level=none\nsmtp inet n - y - - smtpd\n -o level=none\n", []),
    "the service once more": ("smtp unix - - y - - smtp\n -o level=none\nsmtp unix - - y - - smtp\n", []),
    "line ends of another system": ("smtp unix - - y - - smtp\r\n -o level=none\r\n", ["/etc/master.cf:2 wins over"]),
}


@pytest.mark.parametrize(("services", "expected"), SERVICES.values(), ids=SERVICES)
def test_an_option_of_the_service_that_wins_is_named_with_its_line(services: str, expected: list[str]) -> None:
    spec = replace(SPEC, effective=Effective(services={"file": "master.cf", "service": "smtp/unix", "begins": "le"}))
    sentences = overridden(spec, OURS, services)
    assert len(sentences) == len(expected), sentences
    for sentence, beginning in zip(sentences, expected):
        assert sentence.startswith(beginning)


def test_an_option_of_the_service_is_told_where_nothing_changes_too(tmp_path: Path) -> None:
    effective = Effective(services={"file": "master.cf", "service": "smtp/unix", "begins": "le"})
    spec = FileSpec(str(tmp_path / "main.cf"), "demo", "main.cf", "level = secure\n", block=BLOCK, effective=effective)
    assert write_files([spec], check_mode=False, backup=False, diff=False).warnings == []
    (tmp_path / "master.cf").write_text("smtp unix - - y - - smtp\n -o level=none\n")
    outcome = write_files([spec], check_mode=False, backup=False, diff=False)
    assert not outcome.changed
    assert outcome.warnings == [
        f"{tmp_path}/master.cf:2 wins over level of our block: an option of the service counts more; delete it there"
    ]


@pytest.mark.parametrize(("text", "output", "expected"), CASES.values(), ids=CASES)
def test_what_defeats_a_setting_is_named_with_its_line(text: str, output: str | None, expected: list[str]) -> None:
    sentences = defeats(SPEC, text, output)
    assert len(sentences) == len(expected), sentences
    assert all(sentence.startswith(start) for sentence, start in zip(sentences, expected))


def test_it_is_said_in_check_mode_by_the_run_and_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "main.cf"
    path.write_text("transport_maps = hash:/secret\n")
    effective = Effective(command=["sh", "-c", "cat {file}; echo level = may"], elsewhere=EFFECTIVE.elsewhere)
    spec = FileSpec(str(path), "demo", "main.cf", "level = secure\n", block=BLOCK, effective=effective)
    runs = [write_files([spec], check_mode=mode, backup=False, diff=False).warnings for mode in (True, False, False)]
    elsewhere = f"{path}:1: transport_maps routes past relayhost"
    asked = f"{path}: sh says that level of our block does not take effect as it is written"
    # Where nothing changes the file alone is read: no program has to be started.
    assert runs == [[asked, elsewhere], [asked, elsewhere], [elsewhere]]


def keyed(form: str, dialect: str, names: tuple[str, ...], under: str | None = None) -> FileSpec:
    """A block of keys in a format."""
    effective = Effective(keys=OwnKeys(form, dialect, names), under=under)
    return FileSpec("/etc/app", "demo", "app", "", block=BLOCK, effective=effective)


def block(text: str) -> str:
    return f"{BLOCK.begin}\n{text}{BLOCK.end}\n"


INI = keyed("ini", "go", ("mailer.HOST", "mailer.USER"))
DOTENV = keyed("dotenv", "dotenvy", ("SMTP_HOST", "SMTP_HOST_NAME"))
PROPERTIES = keyed("properties", "java", ("mail.smtp.host",))
PYTHON = keyed("python", "module", ("SMTP_HOST", "SMTP_PORT"))
PHP = keyed("php", "array", ("$config.smtp_host", "$config.smtp_conn_options.ssl.cafile"), "$config")
VARIABLE = keyed("php", "variables", ("$wgSMTP.host", "$wgSMTP.port"))
YAML = keyed("yaml", "flat", ("mail.host", "mail.port"))
NESTED = keyed("yaml", "nested", ("mail.host", "mail.port"))

# What stands around the block, what stands in it, and the lines below it that win, with what they set.
KEYED: dict[str, tuple[FileSpec, str, str, str, list[tuple[int, str]]]] = {
    "INI, below in its section again": (
        INI, "", "[mailer]\nHOST = a\n", "x = 1\n[mailer]\nHOST = b\n", [(7, "mailer.HOST")]
    ),
    "INI, below without a header": (INI, "", "[mailer]\nHOST = a\n", "HOST = b\n", [(5, "mailer.HOST")]),
    "INI, in another section": (INI, "", "[mailer]\nHOST = a\n", "[other]\nHOST = b\n", []),
    "INI, above": (INI, "[mailer]\nHOST = b\n", "[mailer]\nHOST = a\n", "", []),
    "INI, a comment": (INI, "", "[mailer]\nHOST = a\n", ";HOST = b\n", []),
    "INI, one that we do not set": (INI, "", "[mailer]\nHOST = a\n", "USER = b\n", []),
    "dotenv": (DOTENV, "", "SMTP_HOST=a\n", "export SMTP_HOST=b\nSMTP_HOST_NAME=c\n", [(4, "SMTP_HOST")]),
    "properties": (PROPERTIES, "", "mail.smtp.host=a\n", "mail.smtp.host : b\n", [(4, "mail.smtp.host")]),
    "Python": (PYTHON, "", 'SMTP_HOST = "a"\n', 'if x:\n    pass\nSMTP_HOST="b"\n', [(6, "SMTP_HOST")]),
    "Python, with a type": (PYTHON, "", 'SMTP_HOST = "a"\n', 'SMTP_HOST: str = "b"\n', [(4, "SMTP_HOST")]),
    "Python, what only compares": (PYTHON, "", 'SMTP_HOST = "a"\n', 'SMTP_HOST == "b"\nSMTP_HOSTS = 1\n', []),
    "Python, an item of it": (PYTHON, "", "SMTP_HOST = {}\n", "SMTP_HOST['a'] = 1\n", [(4, "SMTP_HOST")]),
    "Python, an item that only is compared": (PYTHON, "", "SMTP_HOST = {}\n", "SMTP_HOST['a'] == 1\n", []),
    "Python, what is added": (PYTHON, "", "SMTP_HOST = {}\n", "SMTP_HOST |= {'a': 1}\n", [(4, "SMTP_HOST")]),
    "Python, what changes it": (PYTHON, "", "SMTP_HOST = {}\n", "SMTP_HOST.update(a=1)\n", [(4, "SMTP_HOST")]),
    "Python, what reads it": (PYTHON, "", "SMTP_HOST = {}\n", "SMTP_HOST.get('a')\nx = SMTP_HOST\n", []),
    "Python, what takes it away": (PYTHON, "", "SMTP_HOST = {}\n", "del SMTP_HOST\n", [(4, "SMTP_HOST")]),
    "PHP, a variable": (VARIABLE, "<?php\n", "$wgSMTP = ['host' => 'a'];\n", "$wgSMTP = false;\n", [(5, "$wgSMTP")]),
    "PHP, an item of a variable": (
        VARIABLE, "<?php\n", "$wgSMTP = ['host' => 'a'];\n", "$wgSMTP['host'] = 'b';\n", [(5, "$wgSMTP")]
    ),
    "PHP, a variable that is taken away": (
        VARIABLE, "<?php\n", "$wgSMTP = ['host' => 'a'];\n", "unset($wgSMTP);\n", [(5, "$wgSMTP")]
    ),
    "PHP, a variable with a longer name": (
        VARIABLE, "<?php\n", "$wgSMTP = [];\n", "$wgSMTPs = 1;\nunset($wgSMTPs);\nif ($wgSMTP == 1) {}\n", []
    ),
    "PHP, a key that is taken away": (
        PHP, "<?php\n", "$config['smtp_host'] = 'a';\n", "unset($config['smtp_host']);\n", [(5, "smtp_host")]
    ),
    "PHP": (PHP, "<?php\n", "$config['smtp_host'] = 'a';\n", '$config["smtp_host"] = "b";\n', [(5, "smtp_host")]),
    "PHP, a part of it": (
        PHP,
        "<?php\n",
        "$config['smtp_conn_options'] = [];\n",
        "$config['smtp_conn_options']['ssl']['cafile'] = 'b';\n",
        [(5, "smtp_conn_options")],
    ),
    "PHP, another variable": (PHP, "<?php\n", "$config['smtp_host'] = 'a';\n", "$other['smtp_host'] = 'b';\n", []),
    "YAML": (YAML, "", "mail.host: a\n", "'mail.host': b\nmail.port: 1\n", [(4, "mail.host")]),
    "YAML, within something else": (YAML, "", "mail.host: a\n", "other:\n  mail.host: b\n", []),
    "YAML, in levels": (NESTED, "", "mail:\n  host: a\n", "mail:\n  port: 1\n", [(5, "mail")]),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "above", "ours", "below", "winners"), KEYED.values(), ids=KEYED)
def test_a_key_of_our_block_that_is_set_again_below_is_told(
    spec: FileSpec, above: str, ours: str, below: str, winners: list[tuple[int, str]]
) -> None:
    assert defeats(spec, above + block(ours) + below, None) == [
        f"/etc/app:{line} wins over {name} of our block: what stands last counts; delete that line"
        for line, name in winners
    ]


def test_a_block_of_php_below_its_closing_tag_is_refused_without_php(tmp_path: Path) -> None:
    """A web server would show it to everybody, the password in it, and no verifier need be there to tell."""
    path = tmp_path / "config.php"
    path.write_text("<?php\n?>\n")
    keys = OwnKeys("php", "", ("$config.smtp_pass",))
    spec = FileSpec(str(path), "demo", path.name, "$config['smtp_pass'] = 'x';\n", block=Block("demo", "//"))
    for check_mode in (True, False):
        with pytest.raises(WriteError, match="would stand outside PHP code"):
            write_files(
                [replace(spec, effective=Effective(keys=keys))], check_mode=check_mode, backup=False, diff=False
            )
    assert path.read_text() == "<?php\n?>\n"


@pytest.mark.parametrize("old", [None, "", "\n"], ids=["no file", "an empty one", "a blank one"])
def test_a_file_that_is_made_for_a_block_of_php_is_php(tmp_path: Path, old: str | None) -> None:
    path = tmp_path / "config.php"
    if old is not None:
        path.write_text(old)
    block, effective = Block("demo", "//"), Effective(keys=OwnKeys("php", "", ("$a",)))
    spec = FileSpec(str(path), "demo", path.name, "$a = 'x';\n", block=block, effective=effective)
    write_files([spec], check_mode=False, backup=False, diff=False)
    assert path.read_text() == f"<?php\n{block.begin}\n$a = 'x';\n{block.end}\n"
    assert not write_files([spec], check_mode=False, backup=False, diff=False).changed
    write_files([replace(spec, content="", absent=True)], check_mode=False, backup=False, diff=False)
    assert not path.exists()
