"""Split a data set of Parquet files into row groups that are read together: find its files, and hold their columns against the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.parquet import PARQUET, is_data_file, row_group_sizes
from usecases.formats.reading import columns_of
from usecases.stores.target import Target


class WrongJobError(Exception):
    """A job cannot be carried out as it was ordered; says why and what to do."""


class SplittingTooSlowError(Exception):
    """Looking at the files took longer than somebody waits; says how far it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroups:
    """Row groups of one file that are read together."""

    path: str
    """File below the input; empty where the input is that file."""
    first_group: int
    groups: int
    rows_before: int
    """Rows of the data set before these."""
    rows: int


def require_plannable(use_case: UseCase, given: Target, output: Target) -> None:
    """Raise where a job cannot be planned, whatever its files hold.

    Raises
    ------
    WrongJobError
        If rows of the use case are more than what a file holds of them, or the places do not suit each other.
    """
    _require_scorable(use_case)
    _require_apart(given, output)
    _require_free(output)


def split_rows(
    use_case: UseCase, given: Target, *, claim_rows: int, most_rows: int, seconds: float | None = None
) -> list[RowGroups]:
    """Split the rows of a file, or of all Parquet files below a folder, into claims of whole row groups.

    Parameters
    ----------
    use_case
        Contract whose columns the files have to have.
    given
        The file or folder.
    claim_rows
        Rows of a claim, where a row group has no more.
    most_rows
        Rows that a data set may have.
    seconds
        How long looking at the files may take; as long as it takes, if not given.

    Raises
    ------
    WrongJobError
        If there are no rows, or too many, or a file cannot be read.
    SplittingTooSlowError
        If it takes too long.
    """
    claims: list[RowGroups] = []
    began, rows_before = monotonic(), 0
    files = _data_files(given)
    for number, path in enumerate(files):
        if seconds is not None and monotonic() - began > seconds:
            raise SplittingTooSlowError(f"{number:,} of {len(files):,} files were looked at in {seconds:g} s")
        sizes = _row_groups(use_case, given, path)
        for groups in _cut(sizes, claim_rows):
            rows = sum(sizes[groups.start : groups.stop])
            claims.append(
                RowGroups(path=path, first_group=groups.start, groups=len(groups), rows_before=rows_before, rows=rows)
            )
            rows_before += rows
    if not claims:
        raise WrongJobError(f"{given.place} holds no rows; give a Parquet file, or a folder with such files")
    if rows_before > most_rows:
        raise WrongJobError(
            f"{given.place} holds {rows_before:,} rows; a job has at most {most_rows:,}, so give parts of it"
        )
    return claims


def _data_files(given: Target) -> list[str]:
    """List what a reader of data sets takes for data: Parquet by its ending, and nothing that begins with a dot or a line."""
    found = given.files_below()
    if not found:
        raise WrongJobError(
            f"there is nothing at {given.place}; paths are those of the machine that the workers run on"
        )
    if kind := table_format(found):
        raise WrongJobError(f"{given.place} {KEEPS_MORE.format(kind=kind)}")
    # A file that was named itself is meant, however its name begins.
    return [path for path in found if (is_data_file(path) if path else given.url.lower().endswith(PARQUET.endings))]


KEEPS_MORE = (
    "is a table of {kind}, whose folder also keeps files with rows that were deleted or replaced; write what the table holds "
    "now as plain Parquet into another folder, and give that"
)


def table_format(paths: Iterable[str]) -> str | None:
    """Return the table format that keeps a folder, by the paths of the files below it; none of a folder of plain files.

    >>> table_format(["_delta_log/00000.json", "a.parquet"]), table_format(["day=1/a.parquet"])
    ('Delta Lake', None)
    """
    for path in paths:
        steps = path.split("/")
        if "_delta_log" in steps:
            return "Delta Lake"
        if ".hoodie" in steps:
            return "Hudi"
        if "metadata" in steps and path.endswith(".metadata.json"):
            return "Iceberg"
    return None


def _row_groups(use_case: UseCase, given: Target, path: str) -> list[int]:
    try:
        return row_group_sizes(given.opener(path), columns_of(use_case), path)
    except (FileBrokenError, TableRefusedError) as error:
        raise WrongJobError(f"{path or given.place}: {error}") from error


def _cut(sizes: Sequence[int], claim_rows: int) -> Iterator[range]:
    """Put row groups together up to so many rows.

    >>> list(_cut([4, 4, 4, 9, 1, 0], 8))
    [range(0, 2), range(2, 3), range(3, 4), range(4, 6)]
    """
    first = rows = 0
    for number, size in enumerate(sizes):
        if rows and rows + size > claim_rows:
            yield range(first, number)
            first, rows = number, 0
        rows += size
    if rows:
        yield range(first, len(sizes))


def _require_scorable(use_case: UseCase) -> None:
    """Raise where rows of a use case are more than what a file holds of them."""
    if use_case.forecast is not None:
        raise WrongJobError(
            f"{use_case.name} is a forecast, which is made from observations; send these as files: smartpredict drop FILE"
        )
    if use_case.feature_tables:
        raise WrongJobError(
            f"{use_case.name} joins features from observations, which a job does not; send the rows as files: "
            "smartpredict drop FILE"
        )


def _require_apart(given: Target, output: Target) -> None:
    """Raise where answers would be written among the rows they are of."""
    if f"{output.url}/".startswith(f"{given.url}/"):
        raise WrongJobError(f"{output.place} lies in {given.place}, which is read; give a folder beside it")


def _require_free(output: Target) -> None:
    """Raise where a folder that answers would go to holds files already."""
    found = [path for path in output.files_below() if not path.rpartition("/")[2].startswith(".")]
    if found:
        raise WrongJobError(
            f"{output.place} holds {found[0]} already; give an empty folder, or one that is not there yet"
        )
