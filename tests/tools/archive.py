# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive for Galaxy, the same bytes whoever builds it: `make build` leaves it under build/.

    python -m tests.tools.archive [FOLDER]       build it there
    python -m tests.tools.archive --again        from two clones, at other paths and under other umasks: the same bytes?
    python -m tests.tools.archive --contents     what is in it, by its folders, and what of the checkout is not

`ansible-galaxy collection build` takes what lies in the folder, in the order of the file system, with the times of the
checkout. Here it gets what git knows, and what it made is written again: in order, with one time for all, and no names
of users. The time is SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/), or that of the last
commit, in seconds.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.tools.tree import ROOT

MANIFEST, FILES = "MANIFEST.json", "FILES.json"
GALAXY = str(Path(sys.executable).parent / "ansible-galaxy")
# Before 1980 some programs take no time.
OLDEST = 315532800


class ArchiveError(Exception):
    """The archive cannot be made, or is not what it has to be; the sentence says why."""


def build(root: Path, folder: Path) -> Path:
    """Make the archive of a checkout in a folder; answer its path."""
    with tempfile.TemporaryDirectory() as made:
        sources = Path(made) / "sources"
        copy_sources(root, sources)
        run([GALAXY, "collection", "build", "--force", "--output-path", made, str(sources)], sources)
        [raw] = Path(made).glob("*.tar.gz")
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / raw.name
        archive.write_bytes(written_again(raw, epoch(root)))
    return archive


def install(built: Path, place: Path) -> Path:
    """Install an archive into an empty place, as a user does; answer the collection's folder there."""
    # By force, for one that is found elsewhere would do as well.
    run([GALAXY, "collection", "install", "--force", "--offline", "-p", str(place), str(built)], built.parent)
    collection = place / "ansible_collections" / "appmail" / "settings"
    if not (collection / MANIFEST).is_file():
        raise ArchiveError(f"ansible-galaxy installed nothing in {place}")
    return collection


def epoch(root: Path) -> int:
    """The time of all that is in the archive, in seconds."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said is not None and not said.isdecimal():
        raise ArchiveError(f"SOURCE_DATE_EPOCH is no number of seconds: {said}")
    return int(said) if said is not None else int(git(["log", "-1", "--format=%ct"], root) or OLDEST)


def known_files(root: Path) -> list[str]:
    """What git knows or would know of a checkout."""
    listed = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root)
    return sorted(name for name in listed.split("\0") if name and (root / name).is_file())


def copy_sources(root: Path, copy: Path) -> None:
    """What git knows of a checkout, as files of their own; whoever may run one in git may run it there."""
    for name in known_files(root):
        file = copy / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((root / name).read_bytes())
        file.chmod(0o755 if os.access(root / name, os.X_OK) else 0o644)


def written_again(raw: Path, time: int) -> bytes:
    """An archive of ansible-galaxy with the same files in order, at one time, and the manifests that belong to them."""
    with tarfile.open(raw) as opened:
        members = {member.name: member for member in opened.getmembers()}
        contents = {name: read_member(opened, member) for name, member in members.items() if member.isfile()}
    contents |= manifests(contents[FILES], contents[MANIFEST])
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(members, key=lambda name: (name not in (MANIFEST, FILES), name)):
            data = contents.get(name, b"")
            tar.addfile(header(members[name], len(data), time), io.BytesIO(data))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=time, compresslevel=9) as zipped:
        zipped.write(plain.getvalue())
    return packed.getvalue()


def read_member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = tar.extractfile(member)
    return opened.read() if opened else b""


def header(member: tarfile.TarInfo, size: int, time: int) -> tarfile.TarInfo:
    """What stands in front of a file: nothing of whoever built it."""
    made = tarfile.TarInfo(member.name)
    made.type, made.size, made.mtime, made.mode = member.type, size, time, member.mode
    return made


def manifests(files: bytes, manifest: bytes) -> dict[str, bytes]:
    """FILES.json in order, and MANIFEST.json with the sum of that."""
    listed, described = json.loads(files), json.loads(manifest)
    listed["files"].sort(key=lambda entry: entry["name"])
    in_order = dumped(listed)
    described["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(in_order).hexdigest()
    return {FILES: in_order, MANIFEST: dumped(described)}


def dumped(tree: object) -> bytes:
    return json.dumps(tree, indent=1).encode()


def git(arguments: Sequence[str], root: Path) -> str:
    # A checkout may belong to another user than the one who builds it, as in CI.
    return run(["git", "-c", "safe.directory=*", *arguments], root)


def run(command: Sequence[str], folder: Path, umask: int = -1) -> str:
    """What a command prints; raises ArchiveError with all that it said."""
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, umask=umask)
    if done.returncode:
        raise ArchiveError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def again(root: Path) -> str:
    """Build it from two clones; the sum of both. Raises ArchiveError where they differ."""
    sums: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as made:
        for name, umask in (("one", 0o022), ("another/and/deeper", 0o077)):
            clone = Path(made) / name
            clone.parent.mkdir(parents=True, exist_ok=True)
            run(["git", "-c", "safe.directory=*", "clone", "--quiet", str(root), str(clone)], root, umask)
            command = [sys.executable, "-m", "tests.tools.archive", str(clone / "build")]
            run(command, clone, umask)
            [archive] = (clone / "build").glob("*.tar.gz")
            sums[hashlib.sha256(archive.read_bytes()).hexdigest()] = archive
        if len(sums) > 1:
            raise ArchiveError(f"two clones of one commit gave two archives: {', '.join(sums)}")
    return f"sha256 {next(iter(sums))} from two clones"


def names_in(archive: Path) -> list[str]:
    """The files in an archive."""
    with tarfile.open(archive) as tar:
        return sorted(member.name for member in tar.getmembers() if member.isfile())


def by_folder(names: Sequence[str]) -> Mapping[str, int]:
    """How many files lie in each folder at the top; a file at the top stands for itself."""
    return Counter(f"{name.partition('/')[0]}/" if "/" in name else name for name in names)


def contents(root: Path, archive: Path) -> str:
    """What is in it, and what of the checkout is not."""
    inside = names_in(archive)
    left_out = by_folder([name for name in known_files(root) if name not in set(inside)])
    lines = [f"{archive.name}: {len(inside)} files, {archive.stat().st_size / 1024:.0f} KiB"]
    for title, counts in (("in it", by_folder(inside)), ("not in it", left_out)):
        lines += [f"{title}:", *(f"  {name:<24} {count:>5}" for name, count in sorted(counts.items()))]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build")
    parser.add_argument("--again", action="store_true", help="build it from two clones and compare")
    parser.add_argument("--contents", action="store_true", help="say what is in it")
    options = parser.parse_args()
    try:
        if options.again:
            print(again(ROOT))
        else:
            archive = build(ROOT, options.folder)
            print(contents(ROOT, archive) if options.contents else archive)
    except ArchiveError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
