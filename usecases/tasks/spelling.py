"""How data write what is predicted; what reads a target asks nothing else of the use case."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_NAMED = 10
"""Classes that are named to somebody whose label is none of them."""


@dataclass(frozen=True, slots=True)
class TargetSpelling:
    """How data write what came true.

    Attributes
    ----------
    classes
        Names of the classes, in the order of their codes; none of a number.
    source_names
        How data write each class, in the same order; empty where they write the names.
    left_out
        Classes of the data that are not learned from.
    missing_values
        Texts that stand for a missing value.
    decimal_comma
        Whether texts write 1,5 for one and a half.
    """

    classes: tuple[str, ...] = ()
    source_names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    decimal_comma: bool = False

    @property
    def classes_in_words(self) -> str:
        """The classes as somebody may give them.

        >>> TargetSpelling(("ok", "failure"), ("0", "1")).classes_in_words
        'ok (0), failure (1)'
        """
        shown = list(self.classes[:_MOST_NAMED])
        if self.source_names:
            shown = [f"{name} ({source})" for name, source in zip(shown, self.source_names, strict=False)]
        return ", ".join(shown) + (", ..." if len(self.classes) > _MOST_NAMED else "")
