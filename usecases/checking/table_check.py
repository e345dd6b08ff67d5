"""Check many rows at once: typed good rows on one side, bad rows with every reason on the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.raw_rows import cell_value
from usecases.checking.reasons import Reason, RuleName, reason_of_shown, shown_value
from usecases.columns.casting import cast, cast_key
from usecases.columns.features import CategoryFeature, Feature, FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.notations import may_be_thousands
from usecases.columns.texts import Mask, true_where
from usecases.columns.written import Written, written_as
from usecases.contract.row_layout import category_array, require_columns, row_schema
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """Outcome of a check.

    Attributes
    ----------
    good
        Good rows in the layout of :func:`usecases.contract.row_layout.row_schema`.
    good_positions
        Position in the input of each good row, ascending.
    bad
        Reasons by position in the input. Together with ``good_positions`` these are all rows, each once.
    """

    good: pa.RecordBatch
    good_positions: np.ndarray[Any, np.dtype[np.int64]]
    bad: Mapping[int, list[Reason]]


def check_table(use_case: UseCase, raw: pa.RecordBatch, *, are_cells: bool = True) -> CheckedTable:
    """Check every row against the contract.

    Parameters
    ----------
    use_case
        The contract.
    raw
        Rows as read: texts or typed values, columns in any order.
    are_cells
        Whether texts are cells of one table, of which others of a column tell how one is written.

    Raises
    ------
    TableRefusedError
        If columns are missing, unknown or repeated.
    """
    require_columns(use_case, raw.schema.names)
    raw = percents_as_texts(use_case, raw)
    typed, faults = _typed(use_case, raw, are_cells=are_cells)
    encoded = _encoded(use_case, typed)
    unclear = [
        feature.name
        for feature in use_case.features
        if not _is_clear(feature, typed.column(feature.name), encoded.column(feature.name))
    ]
    if unclear:
        frame = to_frame(typed.select(unclear))
        faults += _broken_checks(use_case, frame, {fault.column: fault.positions for fault in faults})
    for rule in use_case.parsed_rules:
        positions = np.flatnonzero(~rule.holds(typed))
        faults.append(_Fault(rule.name, None, positions, [None] * len(positions)))
    if use_case.may_lack_all_features:
        faults.append(_without_features(use_case, typed, faults))
    bad = _reasons_by_position(use_case, faults)
    is_bad = np.zeros(raw.num_rows, dtype=np.bool_)
    is_bad[np.fromiter(bad, dtype=np.int64, count=len(bad))] = True
    good = encoded.filter(pa.array(~is_bad)) if bad else encoded
    return CheckedTable(good=good, good_positions=np.flatnonzero(~is_bad), bad=bad)


@dataclass(frozen=True, slots=True)
class _Fault:
    """One rule that some cells of a column, or some rows, break."""

    rule: str
    column: str | None
    positions: np.ndarray[Any, np.dtype[np.int64]]
    values: list[Any]


def _typed(use_case: UseCase, raw: pa.RecordBatch, *, are_cells: bool = True) -> tuple[pa.RecordBatch, list[_Fault]]:
    """Cast every column and note the cells that cannot be read."""
    faults: list[_Fault] = []
    arrays: list[pa.Array] = []
    present = set(raw.schema.names)
    readers: dict[str, Callable[[pa.Array], tuple[pa.Array, Mask]]] = {
        feature.name: partial(cast, feature) for feature in use_case.features
    }
    if use_case.key:
        readers[use_case.key] = cast_key
    for name in use_case.columns:
        if name not in present:
            arrays.append(pa.nulls(raw.num_rows, _plain(use_case, name)))
            continue
        column = raw.column(name)
        array, unreadable = readers[name](column)
        arrays.append(array)
        if are_cells and unreadable.any() and _may_have_thousands(use_case.features_by_name.get(name), column):
            unreadable = unreadable | may_be_thousands(column)
        positions = np.flatnonzero(unreadable)
        if len(positions):
            faults.append(_Fault(RuleName.TYPE, name, positions, [cell_value(column[at]) for at in positions.tolist()]))
    return pa.RecordBatch.from_arrays(arrays, names=list(use_case.columns)), faults


def _may_have_thousands(feature: Feature | None, column: pa.Array) -> bool:
    is_plain = isinstance(feature, FloatFeature) and not feature.decimal_comma
    return is_plain and bool(pa.types.is_string(column.type))


_PERCENT = "%"

_MOST = 0.5
"""Share of the cells of a column whose hundredfold has to lie within the range."""


def percents_as_texts(use_case: UseCase, raw: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows with `10%` for 0.1, as a CSV file has it, in columns of cells that show 10 % where what was learned from writes 10.

    Taken as they are, all would be a hundredth. Elsewhere, as where such cells or shares were learned from, numbers stay what
    they are.
    """
    for place, field in enumerate(raw.schema):
        feature = use_case.features_by_name.get(field.name)
        if not field.metadata or written_as(field) is not Written.PERCENTS:
            continue
        shares = raw.column(place).cast(pa.float64()).to_numpy(zero_copy_only=False)
        if isinstance(feature, FloatFeature | IntegerFeature) and _are_percents(feature, shares):
            texts = [f"{100 * share:.12g}%" if np.isfinite(share) else None for share in shares.tolist()]
            raw = raw.set_column(place, pa.field(field.name, pa.string()), pa.array(texts, pa.string()))
    return raw


def _are_percents(feature: FloatFeature | IntegerFeature, shares: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Return whether the hundredfold lies within the range of a feature, and nearer to its example, as far as they are declared.

    Where cells in percent were learned from, none are. Where the example is at most 1 they are taken for shares, unless its unit
    says otherwise: those that spread widely have others far from it.
    """
    may_be_share = feature.unit != _PERCENT and feature.example and abs(feature.example) <= 1
    if feature.shown_in_percent or may_be_share:
        return False
    known = shares[np.isfinite(shares) & (shares != 0)]
    low = -np.inf if feature.minimum is None else feature.minimum
    high = np.inf if feature.maximum is None else feature.maximum
    if not len(known) or not (feature.example or np.isfinite(low) or np.isfinite(high)):
        return False
    steps = np.log(np.median(np.abs(known)) / abs(feature.example)) if feature.example else -np.log(100)
    are_within = np.mean((known * 100 >= low) & (known * 100 <= high)) > _MOST
    return bool(are_within and abs(steps + np.log(100)) < abs(steps))


def _is_clear(feature: Feature, column: pa.Array, encoded: pa.Array) -> bool:
    """Return whether no value of a column breaks its feature: what Arrow knows of a whole column saves its checks, which take 3 ms."""
    if column.null_count == len(column):
        return feature.nullable
    if column.null_count and not feature.nullable:
        return False
    if isinstance(feature, CategoryFeature):
        return bool(encoded.null_count == column.null_count)  # what is not allowed has no code
    if isinstance(feature, FloatFeature | IntegerFeature | TimestampFeature):
        found = pc.min_max(column).as_py()
        low, high = feature.minimum, feature.maximum
        return (low is None or found["min"] >= low) and (high is None or found["max"] <= high)
    return True


def _broken_checks(
    use_case: UseCase, frame: Any, unreadable: Mapping[str | None, np.ndarray[Any, np.dtype[np.int64]]]
) -> list[_Fault]:
    """Run pandera's checks of some columns one by one.

    ``DataFrameSchema.validate`` runs the same checks, but spends 30 ms a call on wording their failures; the
    masks are all that is needed here. A test holds the two together.
    """
    faults: list[_Fault] = []
    for name in frame.columns:
        for check in frame_schema(use_case).columns[name].checks:
            failed = check(frame[name]).failure_cases
            if failed is None or failed.empty:
                continue
            positions, values = failed.index.to_numpy(), failed.tolist()
            if check.name == RuleName.MISSING:
                # What could not be read was blanked; it has its reason already.
                positions = np.setdiff1d(positions, unreadable.get(name, positions[:0]), assume_unique=True)
                values = [None] * len(positions)
            faults.append(_Fault(check.name, name, positions, values))
    return faults


def _without_features(use_case: UseCase, typed: pa.RecordBatch, faults: list[_Fault]) -> _Fault:
    """Find the rows in which every feature is missing; cells that could not be read were blanked, and are a fault already."""
    lacking = np.ones(typed.num_rows, dtype=np.bool_)
    for feature in use_case.features:
        column = typed.column(feature.name)
        if not column.null_count:
            lacking[:] = False
            break
        lacking &= true_where(pc.is_null(column))
    for fault in faults:
        lacking[fault.positions] = False
    positions = np.flatnonzero(lacking)
    return _Fault(RuleName.NO_FEATURE, None, positions, [None] * len(positions))


def _reasons_by_position(use_case: UseCase, faults: list[_Fault]) -> dict[int, list[Reason]]:
    """Word every fault; only bad rows are visited."""
    bad: dict[int, list[Reason]] = {}
    for fault in faults:
        # What is wrong is mostly the same again and again: a word for a missing value, a sensor's last resort.
        reasons: dict[str | None, Reason] = {}
        for position, value in zip(fault.positions.tolist(), fault.values, strict=True):
            shown = None if value is None else shown_value(value)
            if shown not in reasons:
                reasons[shown] = reason_of_shown(use_case, fault.rule, fault.column, shown)
            bad.setdefault(position, []).append(reasons[shown])
    return dict(sorted(bad.items()))


def _plain(use_case: UseCase, name: str) -> pa.DataType:
    kind = row_schema(use_case).field(name).type
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _encoded(use_case: UseCase, typed: pa.RecordBatch) -> pa.RecordBatch:
    arrays = list(typed.columns)
    for index, feature in enumerate(use_case.features, start=1 if use_case.key else 0):
        if isinstance(feature, CategoryFeature):
            arrays[index] = category_array(feature, arrays[index])
    return pa.RecordBatch.from_arrays(arrays, schema=row_schema(use_case))


def load_checks() -> None:
    """Load what pandera loads at its first check: a quarter of a second that the first rows would wait for."""
    pandera.Check.ge(0)(pd.Series([0.0]))


@cache
def frame_schema(use_case: UseCase) -> pandera.DataFrameSchema:
    """Derive the pandera schema of typed columns.

    Every check is named by the rule it holds, so that a failure case tells the reason by itself. Types are not
    checked here: :mod:`usecases.columns.casting` has settled them, cell by cell.
    """
    columns: dict[str, pandera.Column] = {}
    if use_case.key:
        columns[use_case.key] = pandera.Column(nullable=True)
    for feature in use_case.features:
        checks = []
        if not feature.nullable:
            checks.append(pandera.Check(_is_present, name=RuleName.MISSING, error=RuleName.MISSING, ignore_na=False))
        if isinstance(feature, FloatFeature | IntegerFeature | TimestampFeature):
            low, high = (_comparable(limit) for limit in (feature.minimum, feature.maximum))
            if low is not None:
                checks.append(pandera.Check.ge(low, name=RuleName.MINIMUM, error=RuleName.MINIMUM))
            if high is not None:
                checks.append(pandera.Check.le(high, name=RuleName.MAXIMUM, error=RuleName.MAXIMUM))
        if isinstance(feature, CategoryFeature):
            allowed = list(feature.values)
            checks.append(pandera.Check.isin(allowed, name=RuleName.ALLOWED_VALUES, error=RuleName.ALLOWED_VALUES))
        # Nulls are a check of their own, above, so that they too are found by running the checks alone.
        columns[feature.name] = pandera.Column(nullable=True, checks=checks)
    return pandera.DataFrameSchema(columns, strict=True, ordered=True, name=use_case.name)


def _comparable(limit: float | datetime | None) -> Any:
    """Return a limit as the frame has its values: times in UTC, without saying so."""
    return limit.replace(tzinfo=None) if isinstance(limit, datetime) else limit


def _is_present(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.notna()


def to_frame(rows: pa.RecordBatch) -> Any:
    """Convert typed columns for pandera without losing what nulls do to whole numbers and booleans."""
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    columns: dict[str, Any] = {}
    for field, values in zip(rows.schema, rows.columns, strict=True):
        # Every time is in UTC by now, so the frame need not carry a time zone along.
        plain = values.cast(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else values
        columns[field.name] = plain.to_pandas(types_mapper=nullable.get if values.null_count else None)
    return pd.DataFrame(columns, copy=False)
