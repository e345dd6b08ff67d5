"""Files that were refused: what is said of them follows their state and their rows, and what was repaired of them since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st

from tests.unit.ui.stand_in_gateway import BATCH, BATCH_ID, StandInGateway
from tests.unit.ui.test_other_pages import QUALITY, Open, open_page, words

__all__ = ["open_page"]

NOW = datetime.now(UTC).isoformat()
ALL_BAD = {**BATCH["rows"], "rows_in": 60, "predicted": 0, "quarantined": 60}
REFUSED: dict[str, Any] = BATCH | {
    "name": "hall.csv", "state": "refused", "problem": "40 of 60 rows are bad", "progress": 1.0, "rows": ALL_BAD,
    "received_at": NOW,
}  # fmt: skip
BROKEN = REFUSED | {"problem": "line 7 has no end", "rows": {**ALL_BAD, "rows_in": 6, "predicted": 4, "quarantined": 2}}
"""A file that cannot be read past its first rows, of which four were good."""


def counted(batch: dict[str, Any], replayed: int, **more: int) -> dict[str, Any]:
    """Return what the gateway counts where this file is the only one."""
    rows = batch["rows"]
    one = {name: batch[name] for name in ("batch_id", "name", "source", "received_at")}
    one |= {"rows_in": rows["rows_in"], "quarantined": rows["quarantined"], "replayed": replayed, **more}
    return QUALITY | {"by_rule": [], "refused_batches": int(batch["state"] == "refused"), "by_batch": [one]}


def arrived(gateway: StandInGateway, batch: dict[str, Any], replayed: int = 0, **more: int) -> None:
    is_refused = batch["state"] == "refused"
    gateway.answers |= {
        "GET /batches": (200, {"batches": [batch] if is_refused else [], "next_cursor": None}),
        f"GET /batches/{BATCH_ID}": (200, batch),
        "GET /quarantine/summary": (200, counted(batch, replayed, **more)),
    }


@pytest.mark.parametrize(
    ("batch", "replayed", "said", "in_the_box"),
    [
        (REFUSED, 0, "1 file was refused as a whole**: hall.csv. Why", "refused as a whole ·"),
        (REFUSED, 0, "below; no row of it was predicted.", "refused as a whole ·"),
        (
            REFUSED,
            40,
            "below; 40 of 60 rows repaired since, no other row of it was predicted.",
            "refused as a whole, 40 of 60 rows repaired since ·",
        ),
        (
            REFUSED,
            60,
            "hall.csv. All rows of it were repaired and sent again since.",
            "refused as a whole, all repaired since ·",
        ),
        (BROKEN, 0, "1 file was refused**: hall.csv. Why", "refused after 4 good rows ·"),
        (BROKEN, 0, "below; no row that came after was predicted.", "refused after 4 good rows ·"),
        (BROKEN, 2, "The rest of the file was refused.", "refused after 4 good rows, all repaired since ·"),
    ],
)
def test_a_refused_file_says_what_was_predicted_of_it(
    open_page: Open, gateway: StandInGateway, batch: dict[str, Any], replayed: int, said: str, in_the_box: str
) -> None:
    arrived(gateway, batch, replayed)
    page = open_page("ui.quarantine.page")
    assert said in words(page)
    [box] = [box for box in page.selectbox if box.label == "File"]
    assert box.options[0].startswith(f"hall.csv · {in_the_box}")


@pytest.mark.parametrize(
    ("state", "rows", "in_the_box"),
    [
        ("ingested", {"rows_in": 40, "predicted": 40, "quarantined": 0}, "no row refused ·"),
        ("ingesting", {"rows_in": 40, "predicted": 0, "quarantined": 0, "pending": 40}, "no row refused so far ·"),
        ("received", {"rows_in": 0, "predicted": 0, "quarantined": 0}, "no row refused so far ·"),
        ("ingested", {"rows_in": 40, "predicted": 37, "quarantined": 3}, "3 rows of 40 refused ·"),
        ("refused", {"rows_in": 0, "predicted": 0, "quarantined": 0}, "refused as a whole ·"),
    ],
)
def test_a_file_that_an_address_names_is_called_what_its_state_says(
    open_page: Open, gateway: StandInGateway, state: str, rows: dict[str, int], in_the_box: str
) -> None:
    """A link, or the way back from the predictions of a repair, leads to a file in which nothing may be wrong."""
    name = "repair of hall.csv.fb407a795e.jsonl"
    batch = BATCH | {"name": name, "state": state, "problem": None, "rows": {**BATCH["rows"], **rows}}
    arrived(gateway, REFUSED)
    page = open_page("ui.quarantine.page")
    gateway.answers["GET /batches"] = (200, {"batches": [], "next_cursor": None})
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY)
    gateway.answers[f"GET /batches/{BATCH_ID}"] = (200, batch)
    page.query_params["batch"] = BATCH_ID
    page.run()
    assert not page.exception
    [box] = [box for box in page.selectbox if box.label == "File"]
    assert box.value == BATCH_ID
    assert box.options[0].startswith(f"{name} · {in_the_box}")


@pytest.mark.parametrize(
    ("batch", "replayed", "said"),
    [
        (REFUSED, 0, "1 file refused as a whole in the last 24 hours."),
        (REFUSED, 40, "1 file refused as a whole in the last 24 hours; 40 of 60 rows repaired since."),
        (REFUSED, 60, None),
        (BROKEN, 2, "1 file refused in the last 24 hours; all repaired since."),
        (REFUSED | {"rows": {**ALL_BAD, "rows_in": 0, "quarantined": 0}}, 0, "1 file refused as a whole in the"),
    ],
)
def test_a_refused_file_needs_somebody_until_all_of_it_was_repaired(
    open_page: Open, gateway: StandInGateway, batch: dict[str, Any], replayed: int, said: str | None
) -> None:
    arrived(gateway, batch, replayed)
    shown = words(open_page("ui.frame.operations_page"))
    assert ("This needs somebody" in shown) == (said is not None)
    assert ("Everything works." in shown) == (said is None)
    assert said is None or said in shown


def test_a_gateway_that_does_not_count_repairs_leaves_the_file_to_somebody(
    open_page: Open, gateway: StandInGateway
) -> None:
    arrived(gateway, REFUSED)
    del gateway.answers["GET /quarantine/summary"]
    st.cache_data.clear()
    assert "1 file refused as a whole in the last 24 hours." in words(open_page("ui.frame.operations_page"))


NOTHING_KEPT = REFUSED | {
    "batch_id": "01890a5d-ac96-774b-bcce-b302099a8058", "name": "mill.csv", "problem": "missing column 'torque'",
    "rows": {**ALL_BAD, "rows_in": 0, "quarantined": 0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("replayed", "said", "needs"),
    [
        (60, ["1 file was refused as a whole**: mill.csv. Why", "hall.csv. All rows of it were repaired"], "1 file refused as a whole in"),
        (
            40,
            ["2 files were refused as a whole**: hall.csv, mill.csv. Why", "below; 40 rows repaired since, no other row of them"],
            "2 files refused as a whole in the last 24 hours; 40 rows repaired since.",
        ),
    ],
)  # fmt: skip
def test_a_repaired_file_settles_none_of_which_nothing_is_kept(
    open_page: Open, gateway: StandInGateway, replayed: int, said: list[str], needs: str
) -> None:
    arrived(gateway, REFUSED, replayed)
    gateway.answers["GET /batches"] = (200, {"batches": [REFUSED, NOTHING_KEPT], "next_cursor": None})
    gateway.answers["GET /quarantine/summary"] = (200, counted(REFUSED, replayed) | {"refused_batches": 2})
    shown = words(open_page("ui.quarantine.page"))
    assert all(one in shown for one in said)
    assert "all repaired since, no other row" not in shown
    assert needs in words(open_page("ui.frame.operations_page"))


def test_rows_that_were_sent_again_are_told_among_those_that_came_in(open_page: Open, gateway: StandInGateway) -> None:
    """Each is counted twice, as it came and repaired; whether it came again within a time that is over nobody knows."""
    arrived(gateway, REFUSED, 40)
    gateway.answers["GET /quarantine/summary"] = (200, counted(REFUSED, 40) | {"rows_in": 100, "replayed": 40})
    page = open_page("ui.quarantine.page")
    [rows_in] = [metric for metric in page.metric if metric.label == "Rows in"]
    assert (rows_in.value, rows_in.delta) == ("100", "of these at least 40 sent again")
    page.radio(key="period").set_value("all").run()
    [rows_in] = [metric for metric in page.metric if metric.label == "Rows in"]
    assert rows_in.delta == "of these 40 sent again"
    page.radio(key="period").set_value("own").run()
    [rows_in] = [metric for metric in page.metric if metric.label == "Rows in"]
    assert rows_in.delta == ""


@pytest.mark.parametrize(
    ("batch", "replayed", "more", "said", "needs"),
    [
        (REFUSED, 0, {"discarded": 3}, "below; 3 of 60 rows discarded, no row of it was predicted.", "3 of 60 rows discarded."),
        (REFUSED, 40, {"discarded": 3}, "40 of 60 rows repaired since, 3 discarded, no other row of it", "3 discarded."),
        (REFUSED, 40, {"discarded": 20}, "hall.csv. All rows of it were discarded or repaired since.", None),
        (REFUSED, 0, {"discarded": 60}, "hall.csv. All rows of it were discarded or repaired since.", None),
        (REFUSED, 0, {"discarded": 10, "not_kept": 50}, "hall.csv. All rows of it were discarded or repaired since.", None),
        (BROKEN, 1, {"discarded": 1}, "hall.csv. All rows of it that were refused were discarded or repaired since.", None),
    ],
)  # fmt: skip
def test_a_refused_file_whose_rows_were_discarded_needs_nobody(
    open_page: Open,
    gateway: StandInGateway,
    batch: dict[str, Any],
    replayed: int,
    more: dict[str, int],
    said: str,
    needs: str | None,
) -> None:
    arrived(gateway, batch, replayed, **more)
    assert said in words(open_page("ui.quarantine.page"))
    shown = words(open_page("ui.frame.operations_page"))
    assert ("This needs somebody" in shown) == (needs is not None)
    assert (needs or "Everything works.") in shown


def test_discarded_rows_are_not_still_refused(open_page: Open, gateway: StandInGateway) -> None:
    batch = REFUSED | {"state": "ingested", "problem": None}
    arrived(gateway, batch)
    of_time = {"quarantined": 60, "replayed": 40, "discarded": 19}
    gateway.answers["GET /quarantine/summary"] = (200, counted(batch, 40, discarded=19) | of_time)
    page = open_page("ui.quarantine.page")
    [repaired] = [metric for metric in page.metric if metric.label == "Repaired"]
    assert (repaired.value, repaired.delta) == ("40", "1 still refused, 19 discarded")
    [box] = [box for box in page.selectbox if box.label == "File"]
    assert box.options[0].startswith("hall.csv · 60 rows of 60 refused, 40 of 60 rows repaired since, 19 discarded ·")
    assert "**60 rows of 60 refused, 40 of 60 rows repaired since, 19 discarded**." in words(page)
