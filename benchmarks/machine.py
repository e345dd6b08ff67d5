"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = (
    "fastapi",
    "uvicorn",
    "aio-pika",
    "faststream",
    "sqlalchemy",
    "psycopg2-binary",
    "pgpq",
    "pyarrow",
    "pandera",
    "xgboost-cpu",
)


def describe_machine() -> dict[str, str]:
    """Return processor, memory and versions."""
    models = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    }
    return {
        "processor": f"{os.cpu_count()} x {', '.join(sorted(models)) or platform.machine()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
