"""What may be configured about a trainer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TrainerSettings(BaseSettings):
    """Settings of a trainer, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL, as the trainer's account.")
    mlflow_url: str = Field(description="Address of MLflow.")
    data: Path = Field(description="Folder that the gateway stores files in; those of trainings are in `trainings/`.")
    usecases: Path | None = Field(default=None, description="Folder of further use cases, where their data is.")
    metrics_host: str = Field(default="127.0.0.1", description="Address for health and metrics.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of health and metrics; 0 for none.")
    training_deadline: timedelta = Field(
        default=timedelta(hours=6), gt=timedelta(0), description="How long a training may take; then it is ended."
    )
    trainer_memory: int | None = Field(
        default=None,
        ge=256 * 1024**2,
        description="Bytes of memory that the process of a training may take; no limit if not set.",
    )
