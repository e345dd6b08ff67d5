"""What an operator may set, by environment variables that begin with SMARTPREDICT_."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.administration.limits import QueueLimits
from broker.messages import MAX_INBOX_BYTES


class Settings(BaseSettings):
    """Settings of the gateway."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="PostgreSQL, with the gateway's login.")
    broker_url: SecretStr = Field(description="RabbitMQ, with the gateway's account.")
    setup_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL, with the registrar's login; without it no use case can be added here."
    )
    read_database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL for past predictions and monitoring, such as a standby; the other one where it is not set.",
    )
    api_keys: SecretStr = Field(default=SecretStr(""), description="Comma separated `name:role:secret`.")
    data: Path = Field(
        description="Folder that ingestion watches; uploads go to `incoming/` below it, files to learn from to `trainings/`."
    )
    mlflow_url: str | None = Field(
        default=None, description="MLflow, for listing and promoting versions of models; predictions need it not."
    )
    prometheus_url: str | None = Field(
        default=None, description="Prometheus, whose alerts are listed beside those of the monitoring; none if not set."
    )
    job_roots: str = Field(
        default="",
        description="Comma separated paths and URLs of buckets below which jobs may read and write; none if not set.",
    )
    usecases: Path | None = Field(default=None, description="Folder of further use cases.")
    gateway_host: str = Field(default="127.0.0.1", description="Address to listen on.")
    gateway_port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on.")
    gateway_grpc_host: str = Field(default="127.0.0.1", description="Address to listen on for gRPC.")
    gateway_grpc_port: int | None = Field(
        default=None, ge=1, le=65_535, description="Port to listen on for gRPC, which is not served without it."
    )
    bulk_on_demand: bool = Field(
        default=False,
        description="Workers for files are started when parts wait, as KEDA does: that none runs does not make the gateway unready.",
    )
    predict_deadline: timedelta = Field(
        default=timedelta(seconds=10), gt=timedelta(0), description="How long a caller of /predict waits at most."
    )
    limits: QueueLimits = Field(default_factory=QueueLimits, description="What queues may hold.")
    max_in_flight: int = Field(
        default=2,
        ge=1,
        description="Messages of a use case under way at once; two keep a worker busy, more batch worse.",
    )
    max_body_bytes: int = Field(default=MAX_INBOX_BYTES, gt=0, description="Largest body of /predict.")
    max_infer_bytes: int = Field(
        default=64 * 1024**2, gt=0, description="Largest file a use case may be made of here; it is read as a whole."
    )
    max_training_bytes: int = Field(
        default=1024**3,
        gt=0,
        description="Largest file that a model may be trained on here; a trainer reads it as a whole.",
    )
    max_upload_bytes: int = Field(default=5 * 1024**3, gt=0, description="Largest file that may be uploaded.")

    @property
    def allowed_places(self) -> list[str]:
        """The places below which jobs may read and write."""
        return [place for text in self.job_roots.split(",") if (place := text.strip())]
