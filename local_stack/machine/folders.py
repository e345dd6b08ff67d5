"""Where the stack of this checkout keeps its files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from local_stack.errors import StackError

__all__ = ["AIRFLOW_PYTHON", "CHECKOUT", "Folders", "is_airflow_installed"]

#: The folder that holds our packages.
CHECKOUT: Final = Path(__file__).resolve().parents[2]

#: Airflow has an environment of its own, which the stack can do without.
AIRFLOW_PYTHON: Final = CHECKOUT / ".venv-airflow" / "bin" / "python"

#: The kernel's limit for the path of a unix socket, with its closing zero and room for supervisor's temporary suffix.
_SOCKET_PATH_LIMIT: Final = 90


def is_airflow_installed() -> bool:
    """Return whether this checkout has Airflow's environment, and we may use it."""
    return os.access(AIRFLOW_PYTHON, os.X_OK)


@dataclass(frozen=True, slots=True)
class Folders:
    """The stack's home and what lies in it."""

    home: Path

    @classmethod
    def current(cls) -> Self:
        """Take SMARTPREDICT_HOME, or `.smartpredict` in the checkout."""
        given = os.environ.get("SMARTPREDICT_HOME")
        return cls(Path(given).expanduser().absolute() if given else CHECKOUT / ".smartpredict")

    @property
    def secrets(self) -> Path:
        """Passwords and keys, readable by the owner only."""
        return self.home / "secrets.json"

    @property
    def state(self) -> Path:
        """Ports and options to be the same next time."""
        return self.home / "state.json"

    @property
    def logs(self) -> Path:
        """One log per process, rotated."""
        return self.home / "logs"

    @property
    def launch(self) -> Path:
        """One launch file per process; they hold the secrets that it gets."""
        return self.home / "launch"

    @property
    def data(self) -> Path:
        """What ingestion watches and sorts."""
        return self.home / "data"

    @property
    def models(self) -> Path:
        """The workers' local copies of the served models."""
        return self.home / "models"

    @property
    def usecases(self) -> Path:
        """Use cases of one's own, unless SMARTPREDICT_USECASES names another folder."""
        return self.home / "usecases"

    @property
    def artifacts(self) -> Path:
        """MLflow's files."""
        return self.home / "mlflow-artifacts"

    @property
    def postgres(self) -> Path:
        """The database's data, unless its user cannot reach it (see `server_folders`)."""
        return self.home / "postgres"

    @property
    def rabbitmq(self) -> Path:
        """The broker's data, unless its user cannot reach it (see `server_folders`)."""
        return self.home / "rabbitmq"

    @property
    def prometheus(self) -> Path:
        """Prometheus' configuration, targets and data."""
        return self.home / "prometheus"

    @property
    def supervisor_config(self) -> Path:
        """What the supervisor reads."""
        return self.home / "supervisord.conf"

    @property
    def supervisor_pid(self) -> Path:
        """The supervisor's process id."""
        return self.home / "run" / "supervisord.pid"

    @property
    def socket(self) -> Path:
        """Where the supervisor takes orders; in a short folder of our own if the home's path is too long."""
        wanted = self.home / "run" / "supervisor.sock"
        if len(os.fsencode(wanted)) <= _SOCKET_PATH_LIMIT:
            return wanted
        fingerprint = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"smartpredict-{os.geteuid()}-{fingerprint}" / "supervisor.sock"

    def make(self) -> None:
        """Create the folders; other users of the machine may pass through the home, and look into none."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711)
        private = (self.logs, self.launch, self.data, self.models, self.usecases, self.artifacts, self.prometheus)
        for folder in (*private, self.supervisor_pid.parent, self.socket.parent):
            folder.mkdir(exist_ok=True, mode=0o700)
            if folder.stat().st_uid != os.geteuid():
                raise StackError(
                    f"{folder} belongs to another user. Run the command as that user, or set SMARTPREDICT_HOME."
                )
