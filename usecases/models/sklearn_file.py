"""Reading a model of scikit-learn that skops wrote: it holds no code, and its trees are whole before anything is scored."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from usecases.models.runtime import ModelError, first_line

TRUSTED_TYPES = (
    "builtins.object",
    "functools.partial",
    "numpy.dtype",
    "numpy.number",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._mutual_info.mutual_info_regression",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils.validation.check_array",
)
"""Types beside those that skops trusts by itself; none of them runs anything of a file.

Trees and splines are among them for they are checked here: scikit-learn and SciPy follow their nodes and knots without
looking whether they are there, so that a damaged file would end the process.
"""

_SERVED = frozenset(
    {
        "_loss", "base", "calibration", "compose", "decomposition", "discriminant_analysis", "dummy", "ensemble",
        "feature_selection", "impute", "isotonic", "kernel_approximation", "linear_model", "multiclass", "naive_bayes",
        "neural_network", "pipeline", "preprocessing", "random_projection", "tree", "utils",
    }
)  # fmt: skip
"""Parts of scikit-learn whose models are served. Others, such as neighbours and support vectors, score by compiled code that
trusts numbers of the file, and nobody has written checks of these."""

_INSTEAD = "; log what it fitted, the best_estimator_ of a search or the estimator_ of a threshold"

_MOST_BYTES = 2 * 1024**3
"""Of an unpacked file; forests of a thousand deep trees stay below."""

_WHOLE_ROWS = ("sklearn.tree._classes", "sklearn.ensemble._forest", "sklearn.ensemble._gb")
"""Modules whose estimators hand their rows on to trees as they are."""

_MANY = 2**31
_PLAIN = (str, bytes, int, float, bool, type, type(None), np.generic)


@dataclass
class _SameColumns:
    """Prepares numbers for trees, and refuses to give them fewer columns than they were fitted on."""

    inner: Any
    columns: int

    def transform(self, rows: Any) -> Any:
        found = self.inner.transform(rows)
        if found.shape[1] != self.columns:
            raise ValueError(f"its trees want {self.columns} columns and get {found.shape[1]}")
        return found


def read_sklearn(content: bytes) -> Any:
    """Check a model file, and return the estimator in it.

    Raises
    ------
    usecases.models.runtime.ModelError
        If it is anything but a file of skops with parts of scikit-learn that are served, or damaged.
    """
    import skops.io  # noqa: PLC0415  # a second that Airflow and the doors need not spend

    _require_served(content)
    try:
        estimator = skops.io.loads(content, trusted=list(TRUSTED_TYPES))
        for part, columns in parts_of(estimator):
            _require_whole(part, columns)
            if hasattr(part, "categories_"):
                part.categories_ = [_numbers_as_such(known) for known in part.categories_]
    except ModelError:
        raise
    except Exception as error:  # a damaged file makes skops meet anything
        raise ModelError(f"it is damaged, or holds what may be code: {first_line(error)}") from error
    return estimator


def _numbers_as_such(known: Any) -> Any:
    """Return what an encoder knows as numbers, if it is nothing else: beside a column of truths a notebook has objects of them."""
    are_numbers = known.dtype == object and all(type(one) in {int, float} for one in known.tolist())
    return known.astype(np.float64) if are_numbers else known


def parts_of(estimator: Any) -> Iterator[tuple[Any, int]]:
    """Yield all that an estimator is made of, each with the fewest columns that those around it hand on to it."""
    waiting: list[tuple[Any, int]] = [(estimator, _MANY)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        part, columns = waiting.pop()
        if isinstance(part, _PLAIN) or (id(part), columns) in seen:
            continue
        seen.add((id(part), columns))
        yield part, columns
        if isinstance(part, np.ndarray):
            inside = part.ravel().tolist() if part.dtype == object else []
        elif isinstance(part, dict):
            inside = list(part.values())
        elif isinstance(part, list | tuple | set | frozenset):
            inside = list(part)
        else:
            inside = list(vars(part).values()) if hasattr(part, "__dict__") else []
            own = int(getattr(part, "n_features_in_", _MANY))  # trees of a forest do not say it
            columns = min(columns, own) if type(part).__module__ in _WHOLE_ROWS else _MANY
        waiting.extend((one, columns) for one in inside)


def _require_served(content: bytes) -> None:
    """Refuse a file by what it says is in it, before any of that is made."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if (unpacked := sum(entry.file_size for entry in packed.infolist())) > _MOST_BYTES:
                raise ModelError(
                    f"it would be {unpacked / 1024**3:.1f} GB unpacked; {_MOST_BYTES / 1024**3:.0f} GB are allowed"
                )
            waiting = [json.loads(packed.read("schema.json"))]
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError("it is no file of skops; log it with serialization_format='skops'") from error
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            package, _, rest = str(found.get("__module__", "")).partition(".")
            if package == "sklearn" and rest.partition(".")[0] not in _SERVED:
                instead = _INSTEAD if rest.startswith("model_selection") else ""
                raise ModelError(f"it holds {found.get('__class__')} of sklearn.{rest}, which is not served{instead}")
        if isinstance(found, dict | list):
            waiting.extend(found.values() if isinstance(found, dict) else found)


def _require_whole(part: Any, columns: int) -> None:
    kind = type(part).__name__
    if kind == "Tree":
        inner = np.asarray(part.children_left) >= 0
        children = np.stack([part.children_left, part.children_right])
        _require_leading(
            children[:, inner], np.flatnonzero(inner), np.asarray(part.feature)[inner], part.node_count, columns
        )
    elif kind.startswith("HistGradientBoosting"):
        _require_whole_boosting(part)
    elif kind == "BSpline":
        knots, weights, degree = part._t, part._c, part.k  # noqa: SLF001  # SciPy checks them where one is made, not here
        is_whole = knots.ndim == 1 and knots.dtype == weights.dtype == np.float64 and type(degree) is int
        if not is_whole or not 0 <= degree < len(weights) or len(knots) < len(weights) + degree + 1:
            raise ModelError("it is damaged: a spline has too few knots")


def _require_whole_boosting(part: Any) -> None:
    columns = int(part.n_features_in_)
    if part._preprocessor is not None:  # noqa: SLF001  # scikit-learn checks what it gets nowhere else
        part._preprocessor = _SameColumns(part._preprocessor, columns)  # noqa: SLF001  # same
    is_category = np.asarray(part._bin_mapper.is_categorical_, dtype=bool)  # noqa: SLF001  # same
    if is_category.shape != (columns,):
        raise ModelError("it is damaged: its columns do not fit its trees")
    for trees in part._predictors:  # noqa: SLF001  # same
        for tree in trees:
            nodes, lists = tree.nodes, tree.raw_left_cat_bitsets
            inner = nodes["is_leaf"] == 0
            splits = nodes[inner]
            children = np.stack([splits["left"], splits["right"]]).astype(np.int64)
            features = splits["feature_idx"].astype(np.int64)
            _require_leading(children, np.flatnonzero(inner), features, len(nodes), columns)
            by_list = splits["is_categorical"] != 0
            has_lists = lists.ndim == 2 and lists.shape[1] == 8 and (splits["bitset_idx"][by_list] < len(lists)).all()  # noqa: PLR2004  # 256 bits
            if not (has_lists or not by_list.any()) or not is_category[features[by_list]].all():
                raise ModelError("it is damaged: the lists of categories of a tree are missing")


def _require_leading(children: Any, parents: Any, features: Any, nodes: int, columns: int) -> None:
    """Raise unless every split has two nodes after it, and a column that rows have: scikit-learn follows them anywhere."""
    leads = bool(nodes > 0 and columns < _MANY and (children > parents).all() and (children < nodes).all())
    if not (leads and bool(((features >= 0) & (features < columns)).all())):
        raise ModelError("it is damaged: a tree does not lead to its leaves")
