# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real applications send with what was rendered, and refuse to where the spec says that they must.

The refusals matter most: a file that sends well may still send in clear text, or to anyone who claims to be the relay.
"""

from __future__ import annotations

import contextlib
import email.parser
import email.policy
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest
import trustme

from ansible_collections.appmail.settings.plugins.plugin_utils._spec.paths import JSON, Tree, put, without
from tests.applications import alertmanager, msmtp, postfix
from tests.applications.written import write
from tests.servers.recording_server import Identity, Manners, RecordingServer, Visit

pytestmark = pytest.mark.once

USER, PASSWORD = "svc-mail", "p@ss:w/rd# \"q\"\\x $y %z `w` {{v}} 'u' é"
SENDER, RECIPIENT = "noreply@example.edu", "someone@example.org"
NAME = "relay.example.edu"
MESSAGE = b"From: root\nTo: someone@example.org\nSubject: hello\n\nhello\n"
LOGIN = ("PLAIN", "LOGIN")


@dataclass(frozen=True)
class Authorities:
    """Who signed what: the relay's own certificate, one for another name, one of an authority that nobody trusts."""

    ca: trustme.CA
    good: trustme.LeafCert
    misnamed: trustme.LeafCert
    untrusted: trustme.LeafCert
    client: trustme.LeafCert
    folder: Path

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    def identity(self, name: str = "good", newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> Identity:
        return Identity(getattr(self, name), self.ca, newest)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    ca = trustme.CA()
    made = Authorities(
        ca=ca,
        good=ca.issue_cert(NAME, "127.0.0.1", "::1"),
        misnamed=ca.issue_cert("other.example.edu"),
        untrusted=trustme.CA().issue_cert(NAME),
        client=ca.issue_cert("app1.example.edu"),
        folder=tmp_path_factory.mktemp("authorities"),
    )
    ca.cert_pem.write_to_path(made.ca_file)
    made.client.private_key_and_cert_chain_pem.write_to_path(str(made.folder / "client.pem"))
    return made


# One function for each application: write its files, send one message; None if the relay took it, or what it says.

Attempt = Callable[[Tree, Path], str | None]


def with_msmtp(spec: Tree, folder: Path) -> str | None:
    written = write("msmtp", spec, folder)
    done = msmtp.submit(written.files["msmtprc"], RECIPIENT, MESSAGE)
    return done.stderr.decode() if done.returncode else None


def with_postfix(spec: Tree, _folder: Path) -> str | None:
    with postfix.postfix_folder() as folder:
        write("postfix", spec, folder / "config", verify=False)
        with postfix.sender(folder) as sender:
            sender.send(RECIPIENT, MESSAGE)
            return sender.wait_for_the_end()


def with_alertmanager(spec: Tree, folder: Path) -> str | None:
    options: dict[str, JSON] = {"route": {"receiver": "email", "group_wait": "0s"}, "recipients": [RECIPIENT]}
    written = write("alertmanager", spec, folder, version=alertmanager.version(), options=options)
    with alertmanager.alertmanager(written.files["alertmanager.yml"]) as started:
        started.alert("something")
        return started.wait_for_the_end()


APPLICATIONS: dict[str, tuple[Attempt, str | None]] = {
    "msmtp": (with_msmtp, msmtp.why_not()),
    "postfix": (with_postfix, postfix.why_not(to_send=True)),
    "alertmanager": (with_alertmanager, alertmanager.why_not()),
}
each_application = pytest.mark.parametrize(
    "app",
    [
        pytest.param(app, marks=pytest.mark.skipif(reason is not None, reason=str(reason)))
        for app, (_command, reason) in APPLICATIONS.items()
    ],
)


def spec_for(server: RecordingServer, authorities: Authorities, changes: Mapping[str, JSON]) -> Tree:
    spec: Tree = {
        "schema_version": 1,
        "smtp": {
            "host": server.address,
            "port": server.port,
            "encryption": "starttls",
            "timeout": 10,
            "helo_name": "app1.example.edu",
            "tls": {"ca_file": authorities.ca_file, "server_name": NAME},
            "auth": {"username": USER, "password": PASSWORD},
        },
        "sender": {"address": SENDER},
    }
    for name, value in changes.items():
        spec = put(spec, name, value)
    return spec


def without_login(spec: Tree) -> Tree:
    return without(spec, ("smtp", "auth"))


def sent(app: str, spec: Tree, server: RecordingServer, folder: Path) -> Visit:
    """Send one message, which the relay has to take."""
    assert APPLICATIONS[app][0](spec, folder) is None
    return server.message()


def refused(app: str, spec: Tree, server: RecordingServer, folder: Path) -> tuple[str, Visit]:
    """Send one message, which must not leave; what the application says, and what the relay saw of it."""
    said = APPLICATIONS[app][0](spec, folder)
    visit = server.visit()
    assert said is not None
    assert visit.message is None
    return said, visit


@each_application
def test_starttls_and_login(app: str, authorities: Authorities, tmp_path: Path) -> None:
    manners = Manners(authorities.identity(), users={USER: PASSWORD}, mechanisms=LOGIN)
    with RecordingServer(manners) as server:
        visit = sent(app, spec_for(server, authorities, {}), server, tmp_path)
    assert visit.tls in ("TLSv1.2", "TLSv1.3")
    assert visit.server_name == NAME
    assert visit.helo == "app1.example.edu"
    assert (visit.username, visit.password) == (USER, PASSWORD)
    assert (visit.sender, visit.recipients) == (SENDER, [RECIPIENT])
    assert re.search(rb"^From: .*noreply@example\.edu", visit.message or b"", re.MULTILINE | re.IGNORECASE)


@each_application
def test_clear_text_without_login(app: str, authorities: Authorities, tmp_path: Path) -> None:
    """TLS is never used, though the relay offers it."""
    with RecordingServer(Manners(authorities.identity())) as server:
        spec = spec_for(server, authorities, {"smtp.encryption": "none", "smtp.tls": {}})
        visit = sent(app, without_login(spec), server, tmp_path)
    assert (visit.tls, visit.username) == (None, None)


@each_application
def test_implicit_tls(app: str, authorities: Authorities, tmp_path: Path) -> None:
    manners = Manners(authorities.identity(), implicit=True, users={USER: PASSWORD}, mechanisms=LOGIN)
    with implicit_server(app, manners) as server:
        visit = sent(app, spec_for(server, authorities, {"smtp.encryption": "implicit_tls"}), server, tmp_path)
    assert visit.tls is not None
    assert visit.server_name == NAME
    assert (visit.username, visit.password) == (USER, PASSWORD)


@contextlib.contextmanager
def implicit_server(app: str, manners: Manners) -> Iterator[RecordingServer]:
    """A relay on a free port; on 465, at an address of its own, for what can do no other."""
    if app != "alertmanager":
        with RecordingServer(manners) as server:
            yield server
        return
    for last in range(2, 250):
        with contextlib.suppress(OSError), RecordingServer(manners, f"127.46.5.{last}", 465) as server:
            yield server
            return
    pytest.skip("nobody may listen on port 465 here but root")


@each_application
def test_cram_md5(app: str, authorities: Authorities, tmp_path: Path) -> None:
    manners = Manners(authorities.identity(), users={USER: PASSWORD}, mechanisms=("PLAIN", "CRAM-MD5"))
    with RecordingServer(manners) as server:
        spec = spec_for(server, authorities, {"smtp.auth.mechanism": "cram-md5"})
        # Go's and Cyrus' lists are in the server's order: PLAIN stands first, and is not to be taken.
        visit = sent(app, spec, server, tmp_path)
    assert (visit.mechanism, visit.username, visit.password) == ("CRAM-MD5", USER, None)


@each_application
def test_client_certificate(app: str, authorities: Authorities, tmp_path: Path) -> None:
    manners = Manners(authorities.identity(), users={USER: PASSWORD}, mechanisms=LOGIN)
    with RecordingServer(manners) as server:
        certificate = str(authorities.folder / "client.pem")
        spec = spec_for(server, authorities, {"smtp.tls.client_certificate": certificate})
        visit = sent(app, spec, server, tmp_path)
    assert visit.client == "app1.example.edu"


@each_application
@pytest.mark.parametrize("certificate", ["untrusted", "misnamed"])
def test_certificate_that_need_not_be_verified(
    app: str, certificate: str, authorities: Authorities, tmp_path: Path
) -> None:
    manners = Manners(authorities.identity(certificate), users={USER: PASSWORD}, mechanisms=LOGIN)
    with RecordingServer(manners) as server:
        visit = sent(app, spec_for(server, authorities, {"smtp.tls.verify": False}), server, tmp_path)
    assert visit.tls is not None


@each_application
@pytest.mark.parametrize("certificate", ["untrusted", "misnamed"])
@pytest.mark.parametrize("encryption", ["starttls", "implicit_tls"])
def test_wrong_certificate_is_refused(
    app: str, encryption: str, certificate: str, authorities: Authorities, tmp_path: Path
) -> None:
    implicit = encryption == "implicit_tls"
    manners = Manners(authorities.identity(certificate), implicit, {USER: PASSWORD}, LOGIN)
    with implicit_server(app, manners) if implicit else RecordingServer(manners) as server:
        said, visit = refused(app, spec_for(server, authorities, {"smtp.encryption": encryption}), server, tmp_path)
    assert visit.password is None
    assert re.search(r"certificate|not verified|not trusted", said, re.IGNORECASE)


@each_application
def test_relay_without_starttls_is_refused(app: str, authorities: Authorities, tmp_path: Path) -> None:
    with RecordingServer(Manners(users={USER: PASSWORD}, mechanisms=LOGIN)) as server:
        said, visit = refused(app, spec_for(server, authorities, {}), server, tmp_path)
    assert visit.password is None
    assert re.search(r"STARTTLS|TLS is required", said)


@each_application
def test_tls_that_is_too_old_is_refused(app: str, authorities: Authorities, tmp_path: Path) -> None:
    identity = authorities.identity(newest=ssl.TLSVersion.TLSv1_2)
    with RecordingServer(Manners(identity, users={USER: PASSWORD}, mechanisms=LOGIN)) as server:
        spec = spec_for(server, authorities, {"smtp.tls.minimum_version": "1.3"})
        _result, visit = refused(app, spec, server, tmp_path)
    assert visit.password is None


@each_application
def test_wrong_password_is_refused(app: str, authorities: Authorities, tmp_path: Path) -> None:
    with RecordingServer(Manners(authorities.identity(), users={USER: "another"}, mechanisms=LOGIN)) as server:
        said, visit = refused(app, spec_for(server, authorities, {}), server, tmp_path)
    assert (visit.username, visit.password) == (USER, PASSWORD)
    assert PASSWORD not in said


@pytest.mark.skipif(postfix.why_not(to_send=True) is not None, reason=str(postfix.why_not(to_send=True)))
@pytest.mark.parametrize("tls", [True, False])
def test_postfix_uses_tls_where_it_is_offered(tls: bool, authorities: Authorities, tmp_path: Path) -> None:
    identity = authorities.identity("untrusted") if tls else None
    with RecordingServer(Manners(identity)) as server:
        changes: dict[str, JSON] = {"smtp.encryption": "starttls_opportunistic", "smtp.tls.verify": False}
        spec = spec_for(server, authorities, changes)
        visit = sent("postfix", without_login(spec), server, tmp_path)
    assert (visit.tls is not None) is tls


@pytest.mark.parametrize(
    "app",
    [
        pytest.param(app, marks=pytest.mark.skipif(APPLICATIONS[app][1] is not None, reason=str(APPLICATIONS[app][1])))
        for app in ("msmtp", "postfix")
    ],
)
def test_ipv6_address(app: str, authorities: Authorities, tmp_path: Path) -> None:
    manners = Manners(authorities.identity(), users={USER: PASSWORD}, mechanisms=LOGIN)
    try:
        server = RecordingServer(manners, "::1")
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with server:
        visit = sent(app, spec_for(server, authorities, {}), server, tmp_path)
    assert visit.tls is not None


@pytest.mark.skipif(msmtp.why_not() is not None, reason=str(msmtp.why_not()))
@pytest.mark.parametrize("allowed", [True, False])
def test_msmtp_holds_programs_to_the_sender(allowed: bool, authorities: Authorities, tmp_path: Path) -> None:
    with RecordingServer(Manners()) as server:
        changes: dict[str, JSON] = {"smtp.encryption": "none", "smtp.tls": {}, "sender.allow_custom_address": allowed}
        written = write("msmtp", without_login(spec_for(server, authorities, changes)), tmp_path)
        for option in ("-fother@example.org", "--from=other@example.org", "--read-envelope-from"):
            message = MESSAGE.replace(b"root", b"other@example.org")
            assert msmtp.submit(written.files["msmtprc"], RECIPIENT, message, option).returncode == 0
            visit = server.message()
            expected = "other@example.org" if allowed else SENDER
            assert visit.sender == expected
            assert f"From: {expected}".encode() in (visit.message or b"")


@pytest.mark.skipif(alertmanager.why_not() is not None, reason=str(alertmanager.why_not()))
@pytest.mark.parametrize(
    "name",
    ['Example "University" \\ {{x}}, $1', "Universität Zürich, Fakultät für Informatik und Medien, 日本語", "=?x?="],
)
def test_alertmanager_names_the_sender(name: str, authorities: Authorities, tmp_path: Path) -> None:
    with RecordingServer(Manners()) as server:
        changes: dict[str, JSON] = {
            "smtp.encryption": "none",
            "smtp.tls": {},
            "sender.display_name": name,
            "sender.reply_to": "help{{x}}@example.edu",
        }
        visit = sent("alertmanager", without_login(spec_for(server, authorities, changes)), server, tmp_path)
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(visit.message or b"")
    shown, address = parseaddr(message["From"])
    assert (str(make_header(decode_header(shown))), address) == (name, SENDER)
    assert message["Reply-To"] == "help{{x}}@example.edu"
    assert visit.sender == SENDER


@pytest.mark.skipif(postfix.why_not(to_send=True) is not None, reason=str(postfix.why_not(to_send=True)))
def test_postfix_reads_blanks_that_postconf_does_not_show(authorities: Authorities, tmp_path: Path) -> None:
    """postconf prints one blank for several; Postfix itself reads them all, or it would not find this file."""
    folder = tmp_path / "two  blanks $HOME"
    folder.mkdir()
    authorities.ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    manners = Manners(authorities.identity(), users={USER: PASSWORD}, mechanisms=LOGIN)
    with RecordingServer(manners) as server:
        spec = spec_for(server, authorities, {"smtp.tls.ca_file": str(folder / "ca.pem")})
        visit = sent("postfix", spec, server, tmp_path)
    assert visit.tls is not None
