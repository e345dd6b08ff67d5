"""Files of forms as clients write them: under the name that the sender means, in whatever spelling, and byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway_api.door.problems import MalformedBody
from gateway_api.wire.dispositions import name_in
from gateway_api.wire.forms import open_form

CSV = b"a,b\n1,2\n"


def received(disposition: bytes, more: bytes = b"") -> tuple[str, bytes]:
    """Return the name and the bytes of a form's file that comes in small pieces."""
    form = b"--x\r\nContent-Disposition: " + disposition + b"\r\n" + more + b"\r\n" + CSV + b"\r\n--x--\r\n"

    async def body() -> AsyncIterator[bytes]:
        for place in range(0, len(form), 7):
            yield form[place : place + 7]

    async def receive() -> tuple[str, bytes]:
        name, pieces = await open_form(body(), b"x")
        return name, b"".join([piece async for piece in pieces])

    return asyncio.run(receive())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b'filename="a;b.csv"', "a;b.csv"),
        ('filename="mühle.csv"'.encode(), "mühle.csv"),  # curl, browsers, httpx
        ('filename="mühle.csv"'.encode("latin-1"), "mühle.csv"),
        (b"filename*=utf-8''m%C3%BChle.csv", "mühle.csv"),  # requests with the urllib3 of Debian 12
        (b"filename=\"=?utf-8?B?bcO8aGxlLmNzdg==?=\"; filename*=utf-8''m%C3%BChle.csv", "mühle.csv"),  # .NET
        (b'filename="=?utf-8?B?bcO8aGxlLmNzdg==?="', "mühle.csv"),
        (b'filename="=?x?Q?.csv"', "=?x?Q?.csv"),
        (b"filename=a.csv; filename*=nonsense", "a.csv"),
        (b"filename*=a.csv", "a.csv"),
        (b'filename=""', ""),
    ],
)
def test_the_name_of_a_file_is_the_one_that_its_sender_means(written: bytes, meant: str) -> None:
    assert received(b'form-data; name="file"; ' + written) == (meant, CSV)
    assert name_in("attachment; " + written.decode("latin-1")) == meant


def test_a_header_of_a_name_alone_has_that_name() -> None:
    assert (name_in("filename=a.csv"), name_in("attachment"), name_in("")) == ("a.csv", None, None)


def test_a_file_in_another_writing_than_its_bytes_is_refused() -> None:
    disposition = b'form-data; name="file"; filename="a.csv"'
    assert received(disposition, b"Content-Transfer-Encoding: binary\r\n") == ("a.csv", CSV)
    with pytest.raises(MalformedBody, match=r"written in 'base64'\. Send its bytes as they are"):
        received(disposition, b"Content-Transfer-Encoding: Base64\r\n")
