"""Properties of any kind are read, told apart and sent on as the bytes they came as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, frame, header

from broker.transport.decoding import LATIN_1, prepare_client, read_content_frame, read_text, write_text
from tests.support.raw_properties import UNDECODABLE, RawProperties, entry, field, nested

prepare_client()


def decoded(**values: bytes) -> commands.Basic.Properties:
    content = b"\0\x3c\0\0" + bytes(8) + b"".join(RawProperties(**values).encode())
    raw = b"\x02\0\x01" + len(content).to_bytes(4, "big") + content + b"\xce"
    found, quickly = frame.unmarshal(raw)[2], read_content_frame(raw[0], content)
    assert isinstance(found, header.ContentHeader)
    assert isinstance(quickly, header.ContentHeader)
    assert (quickly.properties, quickly.body_size) == (found.properties, found.body_size)
    return quickly.properties


@pytest.mark.parametrize("values", UNDECODABLE.values(), ids=UNDECODABLE)
def test_any_property_is_decoded(values: dict[str, bytes]) -> None:
    decoded(**values)


def test_what_follows_an_odd_property_is_read_too() -> None:
    found = decoded(
        timestamp=b"\xff" * 8, app_id=b"mine", headers=entry(b"\xe4", b"S", b"a") + entry(b"b", b"t", b"\1")
    )
    assert (found.timestamp, found.app_id) == (None, "mine")
    assert found.headers == {f"{LATIN_1}ä": "a", "b": True}


def test_a_time_is_a_time() -> None:
    moment = int(datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp())
    assert decoded(timestamp=moment.to_bytes(8, "big")).timestamp == datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert decoded(timestamp=(moment * 1_000).to_bytes(8, "big")).timestamp == datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_every_type_of_a_table_is_read() -> None:
    values = field(b"S", b"s") + field(b"I", b"\0\0\0\7") + field(b"x", b"\xff" * 9) + field(b"V", b"")
    found = decoded(headers=entry(b"list", b"A", values) + entry(b"table", b"F", entry(b"d", b"d", bytes(8))))
    assert found.headers == {"list": ["s", 7, bytearray(b"\xff" * 9), None], "table": {"d": 0.0}}


def test_what_is_nested_too_deep_is_left_out_and_the_rest_is_read() -> None:
    found = decoded(headers=entry(b"deep", b"", nested(20_000)) + entry(b"b", b"t", b"\1")).headers
    assert found is not None
    assert found["b"] is True
    assert str(found["deep"]).count("[") < 40


def test_a_type_nobody_knows_costs_the_headers_and_nothing_else() -> None:
    found = decoded(headers=entry(b"a", b"?", b"xx"), message_id=b"m-1")
    assert (found.headers, found.message_id) == ({}, "m-1")


def test_a_latin_1_text_is_not_the_utf_8_text_that_looks_like_it() -> None:
    assert read_text("Müller".encode()) == "Müller"
    assert read_text("Müller".encode("latin-1")) == f"{LATIN_1}Müller"
    assert read_text(f"{LATIN_1}Müller".encode()) != f"{LATIN_1}Müller"


@given(st.binary(max_size=30) | st.binary(max_size=9).map(lambda tail: LATIN_1.encode() + tail))
def test_bytes_come_back_from_their_text(raw: bytes) -> None:
    assert write_text(read_text(raw)) == raw


@given(st.text(max_size=30) | st.text(max_size=9).map(lambda tail: LATIN_1 + tail))
def test_any_text_can_be_sent(text: str) -> None:
    properties = commands.Basic.Properties(message_id=text)
    assert header.ContentHeader(properties=properties).marshal()


def test_a_long_latin_1_id_still_fits_when_it_is_sent_on() -> None:
    identity = decoded(message_id=b"\xfc" * 255).message_id
    sent = header.ContentHeader(properties=commands.Basic.Properties(message_id=identity)).marshal()
    assert sent.endswith(b"\xfc" * 255)


def test_a_text_that_is_too_long_is_refused() -> None:
    properties = commands.Basic.Properties(message_id="ü" * 128)
    with pytest.raises(TypeError, match="256 bytes"):
        header.ContentHeader(properties=properties).marshal()
