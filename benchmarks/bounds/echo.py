"""The bound of the online benchmark: a bare FastAPI service that gives back the row it was sent."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

from usecases.checking.row_model import row_model
from usecases.contract.catalog import load_catalog

app = FastAPI()
Row = row_model(load_catalog()["equipment_failure"])


@app.post("/echo")
async def echo(row: Row) -> Row:  # type: ignore[valid-type]  # the model is derived while the program runs
    """Return the row back."""
    return row


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
