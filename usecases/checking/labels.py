"""Labels as they are delivered: checked in columns, each bad one with its reason; the same verdict from every door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import cast, cast_key
from usecases.columns.day_first import plain_days
from usecases.columns.features import TimestampFeature, common_zone
from usecases.columns.notations import has_decimal_commas
from usecases.columns.texts import Mask, nowhere, true_where
from usecases.columns.timestamps import MICROSECONDS_A_DAY, UTC_ZONE
from usecases.contract.spec import UseCase
from usecases.tasks.spelling import TargetSpelling
from usecases.tasks.targets import target_texts

LABEL_SCHEMA = pa.schema(
    [
        pa.field("item", pa.int64()),
        pa.field("prediction_id", pa.string()),
        pa.field("key", pa.string()),
        pa.field("label", pa.string()),
        pa.field("number", pa.float64()),
        pa.field("labelled_at", pa.timestamp("us", "UTC")),
        pa.field("until", pa.timestamp("us", "UTC")),
        pa.field("refusal", pa.string()),
    ]
)
"""Layout of checked labels: `label` names a class, `number` is the value of a regression, one of them is null.

`until` is when the prediction was made at the latest, if the key names it: of a day alone that is its end.
"""

_CLOCKS_APART = timedelta(minutes=15)
"""Time by which a clock may be ahead: less than any two time zones are apart."""

_FIRST_ZONE = timedelta(hours=14)
"""Time by which the first time zone is ahead of UTC."""

_UUID = r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$"
_UUID_OF_OURS = r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?7"
"""Version 7, in which a time comes first; those that programs make up are of version 4."""
_SHOWN_LETTERS = 40
_DAY = r"^\d{4}-\d\d-\d\d$"
_MIDNIGHT = r"^\d{4}-\d\d-\d\d[T ]00:00(:00(\.0{1,9})?)?$"
"""How databases write the days of a column that has no other times."""


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """Labels as they came: a prediction is named by its id or by the key of its row; the rest may be missing.

    Attributes
    ----------
    prediction_ids, keys
        Which prediction; where both are given, the id counts.
    labels
        What came true: a class by its name or as the data writes it, or a number.
    moments
        When it was known.
    """

    labels: pa.Array
    prediction_ids: pa.Array | None = None
    keys: pa.Array | None = None
    moments: pa.Array | None = None


def check_labels(
    use_case: UseCase, columns: LabelColumns, *, first_item: int = 1, now: datetime | None = None
) -> pa.RecordBatch:
    """Check labels and lay them out in :data:`LABEL_SCHEMA`; what is bad has its reason in `refusal`, and nothing else.

    Parameters
    ----------
    use_case
        Gives the classes and says whether there is a key.
    columns
        The labels.
    first_item
        Number of the first one, by which a reason is found again.
    now
        The time, after which nothing can be known yet.
    """
    count = len(columns.labels)
    task = use_case.task.definition
    spelling = _with_commas(use_case, columns.labels)
    targets = task.read_targets(spelling, columns.labels)
    missing = "the label is missing" if task.names_classes else "the label is missing or no number"
    zone, given = common_zone(use_case.features), plain_days(_column(columns.moments, count))
    moments, bad_moment = cast(TimestampFeature(name="labelled_at", type="timestamp", time_zone=zone), given)
    now = now or datetime.now(UTC)
    moments = _begun(moments, now, zone)
    in_future = _true(pc.greater(moments, pa.scalar(now + _CLOCKS_APART, moments.type)))
    keys, bad_key = cast_key(_column(columns.keys, count))
    ids, bad_id = cast_key(_column(columns.prediction_ids, count))
    bad_id |= _true(pc.invert(pc.match_substring_regex(ids, _UUID)))
    has_id, has_key = _true(pc.is_valid(ids)) | bad_id, _true(pc.is_valid(keys)) | bad_key
    refusal = pa.nulls(count, pa.string())
    # The first reason that fits is told; the later ones overwrite nothing.
    for where, reason in (
        (targets.missing, missing),
        (
            targets.left_out,
            _said_of(columns.labels, f"is a class that is left out; known are {spelling.classes_in_words}"),
        ),
        (targets.refused, _said_of(columns.labels, task.refusal(spelling))),
        (bad_moment, "labelled_at is no time; write it like 2026-03-01T12:30:00Z"),
        (
            in_future,
            f"labelled_at lies in the future (it is {now:%Y-%m-%dT%H:%MZ}); write when it was known, with its offset from UTC",
        ),
        (bad_id, "prediction_id is no id of a prediction; they look like 019b76da-a8c1-7a3f-8f13-86cd2d63d94a"),
        (
            ~has_id & bad_key,
            f"the key is too long, no text, or a number without its last digits (1.2E+12); {use_case.key or 'key'} names a row",
        ),
        (~has_id & ~has_key, _unnamed_reason(use_case)),
        (~has_id & has_key & (use_case.key is None), f"{use_case.name} has no key; name predictions by prediction_id"),
    ):
        refusal = pc.if_else(pc.and_(pa.array(where), pc.is_null(refusal)), reason, refusal)
    good = pc.is_null(refusal)
    empty = {"label": pa.nulls(count, pa.string()), "number": pa.nulls(count, pa.float64())}
    read = empty | {task.label_column: task.labels(use_case.classes, targets.numbers)}
    arrays = {
        "item": pa.array(np.arange(first_item, first_item + count, dtype=np.int64)),
        "prediction_id": _kept(ids, good),
        "key": _kept(keys, pc.and_(good, pa.array(~has_id))),
        "label": _kept(read["label"], good),
        "number": _kept(read["number"], good),
        "labelled_at": _kept(moments, good),
        "until": _kept(_ends(moments, _are_days(given), now, zone), good),
        "refusal": refusal,
    }
    return pa.RecordBatch.from_pydict(arrays, schema=LABEL_SCHEMA)


def are_prediction_ids(column: pa.Array) -> bool:
    """Return whether any text of a column may be the id of a prediction: other programs call ids of their own so."""
    texts, _ = cast_key(column)
    return bool(_true(pc.match_substring_regex(texts, _UUID_OF_OURS)).any())


def _begun(moments: pa.Array, now: datetime, zone: str) -> pa.Array:
    """Return times, and now for a day that has begun somewhere in the world: who writes a day alone means that of his place."""
    day = (now + _FIRST_ZONE).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=ZoneInfo(zone))
    if day <= now:
        return moments
    return pc.if_else(pc.equal(moments, pa.scalar(day, moments.type)), pa.scalar(now, moments.type), moments)


def _are_days(given: pa.Array) -> Mask:
    """Return which times are days alone: days, and cells of a workbook, or of a database, of which none has a time."""
    if pa.types.is_date(given.type):
        return true_where(given.is_valid())
    if pa.types.is_timestamp(given.type):
        if given.type.tz is not None:  # moments, whatever the clocks of their zone show
            return nowhere(given)
        is_day = true_where(pc.equal(given, pc.floor_temporal(given, unit="day")))
        return is_day if is_day.sum() == len(given) - given.null_count else nowhere(given)
    if not (pa.types.is_string(given.type) or pa.types.is_large_string(given.type)):
        return nowhere(given)
    texts = pc.utf8_trim_whitespace(given)
    is_day, is_midnight = (true_where(pc.match_substring_regex(texts, form)) for form in (_DAY, _MIDNIGHT))
    are_days = is_midnight.sum() > 1 and bool((is_day | is_midnight | ~true_where(pc.not_equal(texts, ""))).all())
    return is_day | is_midnight if are_days else is_day


def _ends(moments: pa.Array, are_days: Mask, now: datetime, zone: str) -> pa.Array:
    """Return times, and the ends of days that are given alone: what a day knows is about what was predicted on it, too."""
    a_day, until = pa.scalar(MICROSECONDS_A_DAY, pa.duration("us")), pa.scalar(now, moments.type)
    if zone == UTC_ZONE:
        next_days = pc.add(moments, a_day)
    else:  # a day on which clocks are changed has an hour more or less
        midnights = pc.add(pc.local_timestamp(moments.cast(pa.timestamp("us", zone))), a_day)
        next_days = pc.assume_timezone(midnights, zone, ambiguous="earliest", nonexistent="latest").cast(moments.type)
    ends = pc.subtract(next_days, pa.scalar(1, pa.duration("us")))
    return pc.if_else(pa.array(are_days), pc.if_else(pc.less(ends, until), ends, until), moments)


def _with_commas(use_case: UseCase, labels: pa.Array) -> TargetSpelling:
    """Return how labels are written: numbers with decimal commas where some number has one."""
    spelling = use_case.target_spelling
    if use_case.task.definition.names_classes or not pa.types.is_string(labels.type) or not has_decimal_commas(labels):
        return spelling
    return replace(spelling, decimal_comma=True)


def _said_of(labels: pa.Array, what: str) -> pa.Array:
    """Write a reason that begins with the label, of each."""
    shown = pc.utf8_slice_codeunits(target_texts(labels), 0, _SHOWN_LETTERS)
    return pc.binary_join_element_wise("the label '", shown, f"' {what}", "", null_handling="replace")


def _column(column: pa.Array | None, count: int) -> pa.Array:
    return pa.nulls(count, pa.string()) if column is None else column


def _kept(column: pa.Array, where: pa.Array) -> pa.Array:
    return pc.if_else(where, column, pa.scalar(None, column.type))


def _true(mask: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    result: np.ndarray[tuple[int], np.dtype[np.bool_]] = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)  # noqa: FBT003  # pyarrow takes no keyword
    return result


def _unnamed_reason(use_case: UseCase) -> str:
    by_key = f" or by {use_case.key}, the key of its row" if use_case.key else ""
    return f"nothing says which prediction is meant; name it by prediction_id{by_key}"
