"""What may be configured about ingestion."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.messages import MAX_PART_ROWS


class Watch(StrEnum):
    """How new files are noticed."""

    INOTIFY = "inotify"
    POLLING = "polling"


class RefusalLimits(BaseSettings):
    """When a sender has so many refused messages that further ones are held, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    refused_messages: int = Field(
        default=300,
        ge=1,
        description="Refused messages of an account and a use case, beyond the share that is bearable, from which on further "
        "ones are held until a person decides.",
    )
    refused_share: float = Field(default=0.5, gt=0, lt=1, description="Share of refused messages that is bearable.")
    refused_pause: timedelta = Field(
        default=timedelta(minutes=10),
        gt=timedelta(0),
        description="Time without a refusal after which counting begins anew.",
    )
    held_max_messages: int = Field(
        default=100_000, ge=0, description="Messages that a hold takes; further ones are dead letters again."
    )
    held_max_bytes: int = Field(default=1024**3, ge=0, description="Bytes of their bodies that a hold takes.")


class IngestionSettings(BaseSettings):
    """Settings of ingestion, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL, as ingestion's account.")
    broker_url: SecretStr = Field(description="RabbitMQ, as ingestion's account.")
    data: Path = Field(description="Folder with incoming/, processing/, good_data/ and bad_data/.")
    usecases: Path | None = Field(default=None, description="Folder of further use cases.")
    metrics_host: str = Field(default="127.0.0.1", description="Address for health and metrics.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Port of health and metrics; 0 for none.")
    watch: Watch = Field(
        default=Watch.INOTIFY, description="How new files are noticed; polling for network mounts, which tell nothing."
    )
    settle_seconds: timedelta = Field(
        default=timedelta(seconds=1),
        gt=timedelta(0),
        description="How long a file must stay as it is where nothing tells that it is complete.",
    )
    unseen_settle_seconds: timedelta = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        description="The same where the system does not tell whether somebody still has the file open for writing: it "
        "belongs to another account, or lies on a network mount.",
    )
    rescan_seconds: timedelta = Field(
        default=timedelta(seconds=10), gt=timedelta(0), description="Pause between two looks at all folders."
    )
    part_rows: int = Field(default=MAX_PART_ROWS, ge=1, le=MAX_PART_ROWS, description="Rows of a part.")
    files_at_once: int = Field(
        default=2, ge=1, le=16, description="Files read at once: a small one need not wait for a huge one."
    )
    files_per_run: int = Field(
        default=1_000, ge=1, description="Most files that one run of a schedule begins; the next run takes the others."
    )
    run_seconds: timedelta = Field(
        default=timedelta(seconds=45),
        gt=timedelta(0),
        description="After this a run of a schedule begins no further file, so that it ends before the next one is due.",
    )
    commit_seconds: timedelta = Field(
        default=timedelta(minutes=5),
        gt=timedelta(0),
        description="How long a scheduled prediction waits until workers have stored all rows.",
    )
    refusals: RefusalLimits = Field(default_factory=RefusalLimits, description="When refused messages are held.")
    server_seconds: timedelta = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        description="How long a run of a schedule bears that the database or the broker is away; then it fails.",
    )
