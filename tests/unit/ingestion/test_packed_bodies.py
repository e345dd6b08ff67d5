"""Bodies that are packed, or written in another encoding, as their senders say: read to their end, or refused with what to do."""

from __future__ import annotations

import gzip
import json
import zlib

import pyarrow as pa
import pytest

from broker.dead_letters import HEADER_REPLAY
from broker.envelopes.compressed import BY_ARROW, MOST_MEMBERS, with_encoding
from broker.messages import MAX_INBOX_BYTES
from tests.support.ingestion.readings import READING, csv_file, reading
from tests.unit.ingestion.test_envelopes import read, refusal


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, zlib.MAX_WBITS | 16], ids=["zlib", "gzip"])
def test_what_kombu_compresses_is_unpacked(wbits: int) -> None:
    packing = zlib.compressobj(wbits=wbits)
    packed = packing.compress(json.dumps(READING).encode()) + packing.flush()
    headers = {"compression": "application/x-gzip"}
    assert read(packed, headers=headers, message_id="m-1").rows == [READING]
    assert "ends too early" in refusal(packed[:-8], headers=headers, message_id="m-1")
    assert "and the body is not" in refusal(READING, headers=headers, message_id="m-1")
    assert "compression='gzip'" in refusal(packed, headers={"compression": "application/x-lzma"}, message_id="m-1")


@pytest.mark.parametrize(
    ("kind", "wbits"),
    [("gzip", 31), ("gzip:UTF-8", 31), ("x-gzip", 31), ("deflate", 15), ("deflate,utf-8", -15), ("zlib", 15)],
)
def test_a_body_is_unpacked_as_its_content_encoding_says(kind: str, wbits: int) -> None:
    packing = zlib.compressobj(wbits=wbits)
    packed = packing.compress(json.dumps(READING).encode()) + packing.flush()
    headers = with_encoding({}, kind)
    assert read(packed, headers=headers, message_id="m-1").rows == [READING]
    assert "and the body is not" in refusal(READING, headers=headers, message_id="m-1")
    # A person who repairs its letter writes the row itself.
    assert read(READING, headers={**headers, "x-replay": "1"}).rows == [READING]
    assert "is not read; send with" in refusal(packed, headers=with_encoding({}, "snappy"), message_id="m-1")


@pytest.mark.parametrize(("kind", "codec"), BY_ARROW.items())
def test_a_body_is_unpacked_that_zlib_does_not_read(kind: str, codec: str) -> None:
    def pack(body: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as packing:
            packing.write(body)
        found: bytes = sink.getvalue().to_pybytes()
        return found

    headers = {"compression": kind} if "/" in kind else with_encoding({}, kind)
    packed = pack(json.dumps(READING).encode())
    assert read(packed, headers=headers, message_id="m-1").rows == [READING]
    for body in (READING, packed[:-2]):
        assert "or is cut off" in refusal(body, headers=headers, message_id="m-1")
    assert read(READING, headers={**headers, HEADER_REPLAY: "1"}).rows == [READING]
    large = pack(b" " * (MAX_INBOX_BYTES + 1))
    assert "unpacks to more than" in refusal(large, headers=headers, message_id="m-1")


def test_a_body_that_is_packed_piece_by_piece_is_unpacked_to_its_end() -> None:
    """As pigz, bgzip and shippers of logs write gzip; only its first piece was read, and the other rows were nowhere."""
    lines = [json.dumps(reading(machine_id=f"M-{number}")).encode() + b"\n" for number in range(3)]
    packed = b"".join(map(gzip.compress, lines))
    headers = with_encoding({}, "gzip")
    for body in (packed, packed + bytes(9), packed + b"\n"):
        assert len(read(body, "application/x-ndjson", headers=headers, message_id="m-1").table or ()) == 3
    rest = "behind the compressed body stands"
    assert rest in refusal(packed + b"machine_id", "application/x-ndjson", headers=headers, message_id="m-1")
    assert "ends too early" in refusal(packed[:-9], "application/x-ndjson", headers=headers, message_id="m-1")
    many = gzip.compress(b"") * (MOST_MEMBERS + 1)
    assert "pack it at once" in refusal(many, "application/x-ndjson", headers=headers, message_id="m-1")


@pytest.mark.parametrize("kind", ["", "utf-8", "UTF8", "binary", "8bit", "identity", "none"])
def test_an_encoding_that_says_nothing_is_none(kind: str) -> None:
    assert with_encoding({}, kind) == {}


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252", "UTF-16LE", "latin1"])
def test_texts_in_another_encoding_are_read_where_their_sender_says_which(encoding: str) -> None:
    body = json.dumps(reading(machine_id="Mühle 7"), ensure_ascii=False).encode(encoding)
    for told in (
        read(body, headers=with_encoding({}, encoding), message_id="m-1"),
        read(body, f'application/json; charset="{encoding}"', message_id="m-1"),
    ):
        assert told.rows == [reading(machine_id="Mühle 7")]
    table = csv_file(3).decode().replace("M-1", "Mühle 7").encode(encoding)
    assert len(read(table, f"text/csv;charset={encoding}", message_id="m-1").table or ()) == 3


def test_a_body_in_another_encoding_than_its_sender_says_is_refused() -> None:
    assert "is not utf-16" in refusal(b"{}x", "application/json; charset=utf-16", message_id="m-1")


def test_what_unpacks_to_very_much_is_refused_before_it_is_unpacked() -> None:
    packed = zlib.compress(b" " * (64 * MAX_INBOX_BYTES))
    assert "unpacks to more than" in refusal(packed, headers={"compression": "gzip"}, message_id="m-1")
