"""What a machine is told by `make demo` before anything is installed on it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
DEBIAN_12 = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
UBUNTU = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n'


@pytest.mark.parametrize(
    ("system", "python", "told"),
    [
        pytest.param(UBUNTU, "3.12", "on Debian 12 and Debian 13 on x86_64; this is Ubuntu 24.04.1 LTS", id="system"),
        pytest.param(DEBIAN_12, "3.12", "on Python 3.11 and 3.13, those of Debian 12 and 13; python3 is 3.12", id="python"),
        pytest.param(DEBIAN_12, "", "python3 is missing", id="no python"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_said_before_anything_is_installed(
    tmp_path: Path, system: str, python: str, told: str
) -> None:
    (tmp_path / "os-release").write_text(system)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, does in (
        ("python3", f"echo {python}" if python else "exit 127"),
        ("apt-get", f"touch {tmp_path}/installed"),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    with_that_release = f"mount --bind {tmp_path}/os-release /etc/os-release && exec deploy/setup.sh --test chromium"
    refused = subprocess.run(
        ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c", with_that_release],
        cwd=CHECKOUT,
        env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert told in refused.stderr
    assert "Nothing was installed" in refused.stderr
    assert refused.stdout == ""
    assert not (tmp_path / "installed").exists()
