"""Judge series by the defaults of Evidently and NannyML; run by an environment that has them, see drift_side_by_side.

Reads an .npz file of `trained_N`, `served_N` and `rows_N` for each series, and writes as JSON how many windows each calls drifted.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Floats = np.ndarray[Any, np.dtype[np.float64]]


def evidently_alarms(trained: Floats, served: Floats, rows: int) -> int:
    """Count windows that Evidently calls drifted by the test that it takes for numbers of so many rows."""
    from evidently.legacy.calculations.stattests import get_stattest  # noqa: PLC0415  # seconds
    from evidently.legacy.core import ColumnType  # noqa: PLC0415  # same

    reference = pd.Series(trained)
    test: Any = get_stattest(reference, pd.Series(served[:rows]), ColumnType.Numerical, None)
    judge: Callable[..., Any] = test
    return sum(_judged(judge, reference, pd.Series(window)) for window in served.reshape(-1, rows))


def _judged(judge: Any, reference: pd.Series, window: pd.Series) -> bool:
    from evidently.legacy.core import ColumnType  # noqa: PLC0415  # seconds

    return bool(judge(reference, window, ColumnType.Numerical, None).drifted)


def nannyml_alarms(trained: Floats, served: Floats, rows: int) -> int:
    """Count windows that NannyML calls drifted, with chunks of as many rows."""
    import nannyml  # noqa: PLC0415  # seconds

    calculator = nannyml.UnivariateDriftCalculator(column_names=["number"], chunk_size=rows)
    calculator.fit(pd.DataFrame({"number": trained}))
    found = calculator.calculate(pd.DataFrame({"number": served})).filter(period="analysis").to_df()
    return int(found["number", "jensen_shannon", "alert"].sum())


def main() -> None:
    """Judge every series."""
    warnings.simplefilter("ignore")
    series = np.load(sys.argv[1])
    found = []
    for number in range(len(series.files) // 3):
        given = series[f"trained_{number}"], series[f"served_{number}"], int(series[f"rows_{number}"])
        found.append({"evidently": evidently_alarms(*given), "nannyml": nannyml_alarms(*given)})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
