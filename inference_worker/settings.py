"""What may be configured about a worker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.messages import Lane
from sql.jobs.orders import CLAIM_ROWS


class WorkerSettings(BaseSettings):
    """Settings of a worker, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL, as the worker's account.")
    broker_url: SecretStr = Field(description="RabbitMQ, as the worker's account.")
    mlflow_url: str = Field(description="MLflow server, or any tracking URI.")
    models: Path = Field(description="Folder for local copies of served models.")
    usecases: Path | None = Field(default=None, description="Folder of further use cases.")
    metrics_host: str = Field(default="127.0.0.1", description="Address for health and metrics.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of health and metrics; 0 for none.")
    lanes: str = Field(
        default=",".join(Lane),
        description="Comma separated lanes that this worker takes messages from: some for callers who wait, others for files.",
    )
    bulk_prefetch: int = Field(
        default=5, ge=1, le=20, description="Parts held at once: one scored, two stored, two ready to follow."
    )
    online_prefetch: int = Field(default=4, ge=1, le=20, description="Coalesced requests worked on at once.")
    job_prefetch: int = Field(default=1, ge=1, le=20, description="Claims of jobs worked on at once.")
    job_claim_rows: int = Field(
        default=CLAIM_ROWS,
        ge=1,
        le=100_000_000,
        description="Rows of a claim of a job, where row groups are no larger.",
    )
    threads: int = Field(default=1, ge=1, le=64, description="Threads of one scoring call.")
    model_poll: timedelta = Field(default=timedelta(seconds=30), description="Pause between looks at the registry.")

    @field_validator("lanes")
    @classmethod
    def _known(cls, text: str) -> str:
        names = {name.strip() for name in text.split(",")}
        if not names <= {*Lane}:
            raise ValueError(f"name one or more of {', '.join(Lane)}, separated by commas")
        return text

    @property
    def taken_lanes(self) -> frozenset[Lane]:
        """The lanes that this worker takes messages from."""
        return frozenset(Lane(name.strip()) for name in self.lanes.split(","))
