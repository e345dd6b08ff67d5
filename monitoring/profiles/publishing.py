"""What each slot of a profile counts, in words; published with the reference profile so that SQL can read profiles too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from monitoring.profiles.key_reference import KeyReference
from monitoring.profiles.reference import CategoryBins, CategoryCounts, NumberBins, NumberCounts, ReferenceProfile
from sql.profiles.keys import KeyLength, KeyNumber, PublishedKeys, TrainedKey
from sql.profiles.reference import NumberColumn, PublishedReference, Slot, SlotKind, TrainedWindows, WindowUnit
from usecases.contract.spec import UseCase


def published(use_case: UseCase, reference: ReferenceProfile) -> PublishedReference:
    """Return a reference profile as the database stores it, its slots in the order of :class:`~monitoring.profiles.part_counts.PartCounter`."""
    bins, counts = reference.bins, reference.profile
    slots: list[Slot] = []
    for name in use_case.features_by_name:
        if name in bins.numbers:
            slots += _number_slots(name, bins.numbers[name], counts.numbers[name])
        else:
            slots += _category_slots(name, bins.categories[name], counts.categories[name])
    slots += _number_slots("score", bins.score, counts.score)
    if bins.classes is not None and counts.classes is not None:
        slots += _category_slots("prediction", bins.classes, counts.classes)
    clocks = {name for name, of in reference.windows.items() if of.is_clock}
    times = {name for name, of in reference.windows.items() if of.gives_time}
    numbers = [
        NumberColumn(name, of.present, of.total, of.squares, is_clock=name in clocks, gives_time=name in times)
        for name, of in {**counts.numbers, "score": counts.score}.items()
    ]
    return PublishedReference(
        reference=reference.digest,
        use_case=use_case.name,
        rows=counts.rows,
        profile=reference.model_dump(mode="json"),
        slots=tuple(slots),
        numbers=tuple(numbers),
        windows=tuple(_windows(reference)),
        keys=None if reference.keys is None else published_keys(reference.keys),
    )


def published_keys(reference: KeyReference) -> PublishedKeys:
    """Return what training looked like by key as the database stores it."""
    return PublishedKeys(
        numbers=[
            KeyNumber(name, len(reference.keys), of.mean, of.deviation, of.between, of.most_missing)
            for name, of in reference.numbers.items()
        ],
        lengths=[
            KeyLength(name, one.length, one.windows, one.shift)
            for name, of in reference.numbers.items()
            for one in of.limits
        ],
        trained=[
            TrainedKey(name, *values)
            for name, of in reference.numbers.items()
            for values in zip(
                reference.keys, reference.rows, of.present, of.means, of.deviations, of.strays, strict=True
            )
        ],
    )


def bin_labels(edges: tuple[float, ...]) -> list[str]:
    """Return names of the bins between edges.

    >>> bin_labels((1.5, 20.0))
    ['below 1.5', '1.5 to 20', '20 and above']
    >>> bin_labels((5334567.0, 5334568.0))
    ['below 5334567', '5334567 to 5334568', '5334568 and above']
    >>> bin_labels(())
    ['any number']
    """
    if not edges:
        return ["any number"]
    # Six digits are enough, but where they make two bins one.
    written = ([f"{edge:.{digits}g}" for edge in edges] for digits in range(6, 18))
    texts = next(texts for texts in written if len({*texts}) == len(edges))
    between = [f"{left} to {right}" for left, right in pairwise(texts)]
    return [f"below {texts[0]}", *between, f"{texts[-1]} and above"]


def _windows(reference: ReferenceProfile) -> Iterator[TrainedWindows]:
    for name, of in reference.windows.items():
        for unit, found in ((WindowUnit.ROWS, of.by_rows), (WindowUnit.SECONDS, of.by_seconds)):
            for limits in found:
                yield TrainedWindows(feature=name, unit=unit, **limits.model_dump())


def _number_slots(name: str, bins: NumberBins, counts: NumberCounts) -> Iterator[Slot]:
    for label, rows in zip(bin_labels(bins.edges), counts.counts, strict=True):
        yield Slot(name, SlotKind.BIN, label, is_number=True, trained=rows)
    for kind, rows in (
        (SlotKind.MISSING, counts.missing),
        (SlotKind.BELOW, counts.below),
        (SlotKind.ABOVE, counts.above),
    ):
        yield Slot(name, kind, kind.value, is_number=True, trained=rows)


def _category_slots(name: str, bins: CategoryBins, counts: CategoryCounts) -> Iterator[Slot]:
    for label, rows in zip(bins.values, counts.counts, strict=True):
        yield Slot(name, SlotKind.BIN, label, is_number=False, trained=rows)
    for kind, rows in ((SlotKind.MISSING, counts.missing), (SlotKind.UNSEEN, counts.unseen)):
        yield Slot(name, kind, kind.value, is_number=False, trained=rows)
