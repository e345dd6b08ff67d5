"""Row rules: a small expression language, parsed once, evaluated on one row or on whole columns.

Only comparisons, arithmetic, `and`, `or`, `not`, feature names and literals exist; there is no call, attribute or
index, so a rule read from a file cannot run anything. A rule in which a missing value takes part is not broken, as in
an SQL CHECK: whether a value may be missing is the feature's own matter.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_NUMBERS = frozenset({"float", "integer"})
_KIND_OF_CONSTANT = {bool: "boolean", int: "float", float: "float", str: "category"}
_MAX_DEPTH = 40
"""Deeper than any condition a person writes, and far from Python's limit of recursion."""


class RuleError(ValueError):
    """A row rule cannot be used; the message says which part of it and what is allowed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed row rule.

    Attributes
    ----------
    name
        Name of the rule among the reasons of a bad row.
    text
        The condition as written.
    tree
        The parsed condition; only whitelisted nodes.
    names
        Features that take part.
    """

    name: str
    text: str
    tree: ast.expr
    names: tuple[str, ...]

    def holds(self, rows: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Check for each of many rows whether the rule holds; rows with a missing value it needs count as holding.

        Parameters
        ----------
        rows
            Typed columns, categories as texts; null where a value is missing.
        """
        columns: dict[str, Any] = {}
        missing = np.zeros(rows.num_rows, dtype=bool)
        for name in self.names:
            column = rows.column(name)
            if column.null_count:
                missing |= column.is_null().to_numpy(zero_copy_only=False)
            columns[name] = _as_array(column)
        with np.errstate(all="ignore"):  # a division by zero gives inf or nan, and the comparison decides
            verdict = _evaluate(self.tree, columns)
        return np.asarray(missing | np.broadcast_to(np.asarray(verdict, dtype=bool), missing.shape), dtype=np.bool_)

    def holds_for(self, row: Mapping[str, Any]) -> bool:
        """Check whether the rule holds for one row of plain values.

        Numbers are taken as 64-bit floats exactly as :meth:`holds` takes them, so that one row and a column of rows
        can never get different verdicts.
        """
        values: dict[str, Any] = {}
        for name in self.names:
            value = row.get(name)
            if value is None:
                return True
            if isinstance(value, datetime):
                values[name] = np.datetime64(value.astimezone(UTC).replace(tzinfo=None), "us")
            elif isinstance(value, bool | str):
                values[name] = value
            else:
                values[name] = np.float64(value)
        with np.errstate(all="ignore"):
            return bool(_evaluate(self.tree, values))


def parse_rule(name: str, text: str, kinds: Mapping[str, str]) -> Rule:
    """Parse the condition of a row rule.

    Parameters
    ----------
    name
        Name of the rule.
    text
        The condition, such as ``a + b < 2 * c and quality != 'L'``.
    kinds
        Type of every feature by name.

    Raises
    ------
    RuleError
        If the text is no condition in the language of row rules.

    Examples
    --------
    >>> rule = parse_rule("warmer", "process > air + 1", {"process": "float", "air": "float"})
    >>> rule.holds_for({"process": 310.0, "air": 300.0}), rule.holds_for({"process": 300.5, "air": 300.0})
    (True, False)
    >>> parse_rule("evil", "__import__('os')", {})
    Traceback (most recent call last):
    ...
    usecases.contract.rules.RuleError: rule evil: Call is not allowed; use comparisons, + - * /, and, or, not
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RuleError(f"rule {name}: {text!r} is not an expression") from error
    try:
        kind = _kind(tree, kinds)
    except RuleError as error:
        raise RuleError(f"rule {name}: {error}") from None
    if kind != "boolean":
        raise RuleError(f"rule {name}: {text!r} is not a condition; compare something")
    names = tuple(sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}))
    if not names:
        raise RuleError(f"rule {name}: {text!r} names no feature")
    return Rule(name=name, text=text, tree=tree, names=names)


def _kind(node: ast.expr, kinds: Mapping[str, str], depth: int = 0) -> str:
    """Check one node and give the type of its value."""
    if depth > _MAX_DEPTH:
        raise RuleError(f"the expression is nested deeper than {_MAX_DEPTH} levels")
    kind_of = partial(_kind, kinds=kinds, depth=depth + 1)
    match node:
        case ast.Name(id=name):
            kind = _kind_of_feature(name, kinds)
        case ast.Constant(value=value) if type(value) in _KIND_OF_CONSTANT:
            kind = _KIND_OF_CONSTANT[type(value)]
            _require_float(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            kind = _require("boolean", operand, kind_of(operand))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            kind = _require("float", operand, kind_of(operand))
        case ast.BoolOp(values=parts):
            kind = {_require("boolean", part, kind_of(part)) for part in parts}.pop()
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
            kind = {_require("float", side, kind_of(side)) for side in (left, right)}.pop()
        case ast.Compare(left=left, comparators=comparators):
            _require_comparable(node, [kind_of(side) for side in (left, *comparators)])
            kind = "boolean"
        case _:
            raise RuleError(f"{type(node).__name__} is not allowed; use comparisons, + - * /, and, or, not")
    return kind


def _kind_of_feature(name: str, kinds: Mapping[str, str]) -> str:
    if name not in kinds:
        raise RuleError(f"{name} is not a feature")
    return "float" if kinds[name] in _NUMBERS else kinds[name]


def _require_float(value: object) -> None:
    try:
        _ = float(value) if isinstance(value, int) else value
    except OverflowError:
        raise RuleError("a number is too large") from None


def _require_comparable(node: ast.Compare, kinds: list[str]) -> None:
    if len(set(kinds)) > 1:
        raise RuleError(f"{ast.unparse(node)} compares {' with '.join(kinds)}")
    for comparison in node.ops:
        if type(comparison) not in _COMPARISONS:
            raise RuleError(f"{type(comparison).__name__} is not allowed; compare with < <= > >= == !=")
        if kinds[0] in {"category", "boolean"} and not isinstance(comparison, ast.Eq | ast.NotEq):
            raise RuleError(f"{ast.unparse(node)}: a {kinds[0]} has no order; compare with == or !=")


def _require(kind: str, node: ast.expr, found: str) -> str:
    if found != kind:
        raise RuleError(f"{ast.unparse(node)} is a {found} where a {kind} is needed")
    return kind


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Compute a checked node; the values are scalars or arrays of one length."""
    of = partial(_evaluate, values=values)
    match node:
        case ast.Name(id=name):
            result = values[name]
        case ast.Constant(value=value):
            result = value if isinstance(value, bool | str) else np.float64(value)  # type: ignore[arg-type]  # a number
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            result = np.logical_not(of(operand))
        case ast.UnaryOp(operand=operand):
            result = -of(operand)
        case ast.BoolOp(op=op, values=parts):
            result = reduce(np.logical_and if isinstance(op, ast.And) else np.logical_or, map(of, parts))
        case ast.BinOp(op=operation, left=left, right=right):
            result = _ARITHMETIC[type(operation)](of(left), of(right))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [of(side) for side in (left, *comparators)]
            pairs = zip(ops, sides[:-1], sides[1:], strict=True)
            result = reduce(np.logical_and, (_COMPARISONS[type(op)](one, other) for op, one, other in pairs))
        case _:  # pragma: no cover  # parse_rule lets nothing else through
            raise RuleError(f"{type(node).__name__} is not allowed")
    return result


def _as_array(column: pa.Array) -> Any:
    """Return a column in the form in which a scalar of the same feature is compared."""
    import pyarrow as pa  # noqa: PLC0415  # half a second that a command which checks no row need not spend

    if pa.types.is_boolean(column.type):
        column = column.fill_null(False)  # noqa: FBT003  # pyarrow takes no keyword
    elif pa.types.is_integer(column.type):
        column = column.cast(pa.float64(), safe=False)
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))  # in UTC and without saying so
    return column.to_numpy(zero_copy_only=False)
