# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say what mail should be like, and for whom."""

    DOCUMENTATION = r"""
options:
  settings:
    description:
      - The spec of this environment, usually the variable C(email_settings) from C(group_vars/ENVIRONMENT).
      - What may stand in it is described by C(schemas/email_settings.schema.json).
    type: dict
    required: true
  base:
    description:
      - The spec that lies under O(settings), usually the variable C(email_settings_base) from C(group_vars/all).
      - Mappings merge deeply, everything else is replaced.
    type: dict
    default: {}
  targets:
    description:
      - The applications that get the settings, usually the variable C(email_targets).
      - Each entry has C(app), and where wanted C(version), C(dest), C(owner), C(group), C(mode), C(settings),
        C(options), C(accept) and C(acknowledge). See C(schemas/email_targets.schema.json).
      - With V(installed) as its C(version) the host is asked which it has, in the same call. C(as) gives it to docker
        compose, systemd or Kubernetes in place of the application's own file.
    type: list
    elements: dict
    default: []
  target_paths:
    description:
      - Folders with targets of your own, one folder an application.
      - They are looked into before the collection's own. A relative path starts at the playbook's folder.
    type: list
    elements: path
    default: []
"""

    POLICIES = r"""
options:
  policies:
    description:
      - Rules of your organisation, each a JSON Schema (draft 2020-12) for the settings as they take effect.
      - An entry is the name of a policy that comes with the collection, such as V(encryption-required), the path of a
        file, a schema, or a mapping with C(policy) and where wanted C(groups), C(severity), C(message) and C(options).
      - A path that is relative starts at the playbook's folder, else at the folder that you stand in.
      - In a schema C(title) is the policy's name, C(x-message) replaces the sentence, C(x-severity) can be C(warning),
        and C(x-groups) are the inventory's groups that it is for.
    type: list
    elements: raw
    default: []
"""

    CHECKING = r"""
options:
  check_on_failure:
    description:
      - What happens when a check fails. With V(warn) it is a warning, and the task goes on.
    type: str
    choices: [fail, warn]
    default: fail
  check_login:
    description:
      - Which hosts log in. With V(once), each distinct account logs in from the first host of the run that comes to it;
        the others wait for its verdict. Where it was accepted they connect and negotiate TLS, and their results say
        that the login was left to another host; where it was refused they fail, before anything is written.
      - Use it where many hosts share an account, so that they don't all log in at once.
      - With V(never) no host logs in, as for a second check in the same run.
    type: str
    choices: [every, once, never]
    default: every
  check_options:
    description:
      - Options of M(appmail.settings.smtp_check) and M(appmail.settings.imap_check) for every server, such as
        C(timeout), C(retries), C(recipients), C(probe_invalid_login), C(fail_on) or C(max_parallel).
      - What stands here wins over what the settings say.
    type: dict
    default: {}
  record_dest:
    description:
      - A folder of the controller for what was seen on each host, without secrets. M(appmail.settings.report) reads it.
      - Left out, nothing is kept.
    type: path
    version_added: 1.0.0
"""

    WRITING = r"""
options:
  dest_root:
    description:
      - Put before the path of every file, so that nothing outside this folder is touched.
      - A link that leads out of it is refused, and so is a file or a folder in it that belongs to another user.
      - With it and without it, a folder or a link that an unprivileged user could change is refused, but for the user
        and the group that the file is given to. No link in a folder of theirs is followed.
    type: path
  backup:
    description:
      - Keep a copy of each file that changes, beside it. It is open to the new file's owner and group, and to nobody
        more than the new file is.
    type: bool
    default: false
  takeover:
    description:
      - What becomes of a file that is there and was not written by this collection, where all of it is replaced.
      - With V(backup) a copy of it is kept beside it, whatever O(backup) says, and a warning names the lines that the
        new file does not have. With V(refuse) nothing is written.
      - A file counts as ours where one of its first three lines names C(appmail.settings). One that can have no such
        line, as a password's, counts as ours where an earlier run wrote it or another file of the same application has
        the line.
    type: str
    choices: [backup, refuse]
    default: backup
  removed:
    description:
      - What becomes of files, and blocks of files, that an earlier run wrote and that no target lists any more.
      - With V(warn) and V(remove) the host remembers what was written, without secrets, in
        C(/var/lib/appmail.settings) (below O(dest_root) where that is set; for a user who is not root in
        C(~/.local/state/appmail.settings)), for each host of the inventory by itself.
      - With V(warn) what is left is named, with V(remove) it is taken away in the same transaction. Use them where one
        task lists all applications of a host. A file that somebody has put in the place of ours stays, and is named.
    type: str
    choices: [ignore, warn, remove]
    default: ignore
  remember_reloads:
    description:
      - Whether what has to be reloaded is remembered on the host until it happened. Each of the returned reloads then
        has a C(marker), a file to remove once it was reloaded; until then every run returns that reload again.
      - A service that this host does not have is told before anything is written.
    type: bool
    default: false
"""

    RUNBOOKS = r"""
options:
  runbook_dest:
    description:
      - A folder of the controller for the runbooks of admin pages, where the person is who reads them. A relative path
        starts at the playbook's folder. The host gets no runbook then.
      - In it each host of the inventory has a folder of its own, so C(HOST/teamconnect.runbook.md). One that
        C(dest) of the target's entry names lies below it at that path.
      - Everyone who may enter the folder may read a runbook, unless C(include_secrets) puts secrets into it. It is
        written once the host has its files, whole or not at all; a file of that name that was not made by this
        collection is refused before anything is written.
      - A runbook that an earlier run wrote on the host, or here for an application that is listed no more, is left as
        O(removed) says.
      - Left out, runbooks are written on the host, where C(target.yml) says.
    type: path
    version_added: 1.0.0
"""

    PAYLOAD = r"""
options:
  coverage:
    description:
      - Whether the result has C(coverage), which is large where a host has many applications.
      - Ansible keeps the results of all hosts until the run ends, so the role goes without.
    type: bool
    default: true
    version_added: 1.0.0
  payload:
    description:
      - What the controller's half hands to the host's half. Not for playbooks.
    type: str
"""
