"""What can become of a file."""

from __future__ import annotations

from dataclasses import dataclass

from sql.ledger.batch_ledger import BatchLedger


@dataclass(frozen=True, slots=True)
class FileIngested:
    """All rows were read; the good ones are with the workers."""

    batch: BatchLedger


@dataclass(frozen=True, slots=True)
class FileRefused:
    """The file, or the rest of it, was refused; the batch tells why."""

    batch: BatchLedger


@dataclass(frozen=True, slots=True)
class FileKnown:
    """The same file came before; nothing was done."""

    batch: BatchLedger


@dataclass(frozen=True, slots=True)
class FileGone:
    """The file was not there any more, or somebody else works on it."""


@dataclass(frozen=True, slots=True)
class NotAFile:
    """It is a link, a folder or a device, and was put aside."""

    problem: str


FileOutcome = FileIngested | FileRefused | FileKnown | FileGone | NotAFile
