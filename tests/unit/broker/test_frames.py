"""Frames read out of all that has arrived are those that the client library reads piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pamqp.frame
import pytest
from aiormq import AMQPConnectionError, spec
from aiormq.connection import FrameReceiver
from aiormq.exceptions import InvalidFrameError
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.header import ContentHeader
from pamqp.heartbeat import Heartbeat

from broker.transport.decoding import ArrivedFrames, prepare_client, read_content_frame

prepare_client()

FRAMES = st.one_of(
    st.builds(Heartbeat),
    st.builds(
        spec.Basic.Deliver,
        consumer_tag=st.just("c"),
        delivery_tag=st.integers(1, 2**40),
        redelivered=st.booleans(),
        exchange=st.just("inbox"),
        routing_key=st.text(max_size=30),
    ),
    st.builds(ContentHeader, body_size=st.integers(0, 2**40)),
    st.builds(
        ContentHeader,
        body_size=st.integers(0, 300),
        properties=st.builds(
            spec.Basic.Properties,
            content_type=st.none() | st.just("application/json"),
            headers=st.none()
            | st.dictionaries(st.text(max_size=9), st.integers(-9, 9) | st.text(max_size=9), max_size=3),
            delivery_mode=st.sampled_from([None, 1, 2]),
            priority=st.none() | st.integers(0, 9),
            message_id=st.none() | st.text(max_size=30),
            timestamp=st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 2)),  # noqa: DTZ001  # its bounds have none
            app_id=st.none() | st.text(max_size=9),
        ),
    ),
    st.builds(ContentBody, st.binary(min_size=1, max_size=300)),
)


def written(frames: Sequence[pamqp.frame.FrameTypes]) -> bytes:
    return b"".join(pamqp.frame.marshal(frame, 0 if isinstance(frame, Heartbeat) else 1) for frame in frames)


async def read(kind: type[FrameReceiver], pieces: Sequence[bytes]) -> list[tuple[int, int, bytes]]:
    """Read frames of a connection that gives these pieces and closes."""
    reader = asyncio.StreamReader()
    receiver = kind(reader)
    found = []

    async def feed() -> None:
        for piece in pieces:
            reader.feed_data(piece)
            await asyncio.sleep(0)
        reader.feed_eof()

    feeding = asyncio.create_task(feed())
    try:
        async for size, channel, frame in receiver:
            found.append((size, channel, pamqp.frame.marshal(frame, channel)))
    except AMQPConnectionError:
        pass
    await feeding
    return found


@given(st.lists(FRAMES, max_size=12), st.lists(st.integers(0, 600), max_size=20))
def test_frames_are_the_same_wherever_the_bytes_are_cut(frames: list[pamqp.frame.FrameTypes], cuts: list[int]) -> None:
    content = written([Heartbeat(), *frames])
    ends = sorted({min(cut, len(content)) for cut in cuts} | {0, len(content)})
    pieces = [content[start:end] for start, end in pairwise(ends)]
    assert asyncio.run(read(ArrivedFrames, pieces)) == asyncio.run(read(FrameReceiver, pieces))


@given(st.binary(max_size=40), st.sampled_from([b"", b"\0\x3c\0\x3c", b"\0\x3c\0\0"]), st.integers(1, 3))
def test_of_any_bytes_the_same_is_read_or_nothing(content: bytes, begin: bytes, kind: int) -> None:
    raw = begin + content
    found = read_content_frame(kind, raw)
    if found is not None:
        expected = pamqp.frame.unmarshal(bytes([kind]) + b"\0\1" + len(raw).to_bytes(4, "big") + raw + b"\xce")[2]
        assert type(found) is type(expected)
        if isinstance(found, ContentHeader) and isinstance(expected, ContentHeader):
            assert (found.body_size, found.properties) == (expected.body_size, expected.properties)
        elif isinstance(found, spec.Basic.Deliver) and isinstance(expected, spec.Basic.Deliver):
            assert list(found) == list(expected)


async def test_a_frame_without_its_end_is_an_error_and_so_is_a_connection_that_ends_within_one() -> None:
    reader = asyncio.StreamReader()
    receiver = ArrivedFrames(reader)
    whole = written([ContentBody(b"row")])
    reader.feed_data(written([Heartbeat()]) + whole[:-1] + b"?" + whole[:4])
    await receiver.get_frame()
    with pytest.raises(InvalidFrameError):
        await receiver.get_frame()
    reader.feed_eof()
    with pytest.raises(AMQPConnectionError, match="closed"):
        await receiver.get_frame()
