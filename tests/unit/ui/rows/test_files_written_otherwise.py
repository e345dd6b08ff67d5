"""Handing in a file that is written otherwise: what differs is asked, accepted, remembered and withdrawn."""

from __future__ import annotations

from typing import Any

from tests.unit.ui.checked_files import checked
from tests.unit.ui.stand_in_gateway import USE_CASE, StandInGateway
from tests.unit.ui.test_file_form import press, words


def test_a_file_that_is_written_otherwise_is_read_so_once_somebody_said_so(
    hand_in: Any, gateway: StandInGateway
) -> None:
    content = "machine_id;quality;speed;Torque in Nm;Operator\na;M;1480;41,5;Jo\n"
    page = hand_in(content)
    assert "rows.csv is not written as this use case expects" in words(page)
    fields = {box.label: box.value for box in page.selectbox if " is" in box.label or ": " in box.label}
    assert fields == {"Torque in Nm is": "torque", "Operator is": "", "Torque [Nm]: 41,5": "decimal_comma"}
    mappings: list[dict[str, Any]] = []

    def accept(asked: Any) -> tuple[int, dict[str, Any]]:
        wanted = asked.json
        who = {"accepted_by": "page", "accepted_at": "2026-05-04T12:00:00Z", "withdrawn_by": None, "withdrawn_at": None}
        mappings.append({"id": 1, **wanted, **who})
        said = {name: wanted[name] for name in ("columns", "encoding", "notations")}
        gateway.answers["POST /check"] = lambda asked: (
            200,
            checked(USE_CASE, asked.parameters["name"], asked.body, said),
        )
        return 201, mappings[0]

    gateway.answers["POST /mappings"] = accept
    gateway.answers["GET /mappings"] = lambda _: (200, {"use_case": "machines", "mappings": mappings})
    page = press(page, "Read it so, and remember it")
    assert gateway.requests("POST /mappings")[0].json["columns"] == {
        "machine_id": "machine_id", "quality": "quality", "speed": "speed", "Torque in Nm": "torque", "Operator": None,
    }  # fmt: skip
    assert "1 row, all valid" in words(page)
    assert "Torque in Nm is torque; ignored: Operator; numbers: torque as 1.234,5" in words(page)
    said = "\n".join(caption.value for caption in page.caption)
    assert "Read as you have just said, for every file with these columns (mapping 1)" in said
    del page.session_state["mapping-accepted"]
    assert any("Read as it was said before" in caption.value for caption in page.run().caption)
    gateway.answers["POST /mappings/1/withdraw"] = (200, mappings[0])
    press(page, "Withdraw mapping 1")
    assert gateway.requests("POST /mappings/1/withdraw")


def test_a_name_with_another_unit_is_told_whichever_column_it_is_said_to_be(hand_in: Any) -> None:
    page = hand_in("machine_id;quality;speed;Moment [lbft]\na;M;1480;41\n")
    page = next(box for box in page.selectbox if box.label == "Moment [lbft] is").set_value("torque").run()
    assert "says another unit than Nm" in words(page).replace("*", "")
    assert not next(button for button in page.button if button.label == "Read it so, and remember it").disabled
    page = next(box for box in page.selectbox if box.label == "Moment [lbft] is").set_value("humid").run()
    assert "another unit" not in words(page)


def test_a_mapping_names_every_column_that_rows_need_once(hand_in: Any) -> None:
    page = hand_in("machine_id;quality;speed;Torque in Nm;Torque before\na;M;1480;41;42\n")
    box = next(box for box in page.selectbox if box.label == "Torque in Nm is")
    page = box.set_value("").run()
    assert any("No column is Torque" in caption.value for caption in page.caption)
    assert next(button for button in page.button if button.label == "Read it so, and remember it").disabled
    page = next(box for box in page.selectbox if box.label == "Torque before is").set_value("torque").run()
    assert not next(button for button in page.button if button.label == "Read it so, and remember it").disabled
    page = press(page, "Hand it in as it is")
    assert "unknown column" in words(page)
    assert r"Machine failure are machine\_id, quality, Speed \[rpm\] \(speed\), " in words(page)
