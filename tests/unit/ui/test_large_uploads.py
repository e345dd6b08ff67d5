"""Large uploads: the bytes go to the disk, Streamlit gets an empty file, and everything is checked before."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from ui.transfers.large_uploads import SMALL_BYTES, UPLOAD_PATH, LargeUploadMiddleware, LargeUploads

BOUNDARY = b"----boundary"
HEAD = (
    b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; filename="plant.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n"
)
TAIL = b"\r\n--" + BOUNDARY + b"--\r\n"
LARGE = b"0123456789\r\n" * (SMALL_BYTES // 12 + 100)


class Uploads:
    """Stands where Streamlit is: reads the form, and keeps what it got."""

    def __init__(self, limit: int = 10 * SMALL_BYTES) -> None:
        self.large_uploads = LargeUploads()
        self.app = LargeUploadMiddleware(self._streamlit, self.large_uploads, limit)
        self.got: bytes | None = None
        self.name: str | None = None

    async def _streamlit(self, scope: Scope, receive: Receive, _send: Send) -> None:
        if scope["method"] == "PUT":
            request = Request(scope, receive)
            form = await MultiPartParser(request.headers, request.stream()).parse()
            file = form["file"]
            assert not isinstance(file, str)
            self.got, self.name = await file.read(), file.filename
            await form.close()

    async def put(self, body: bytes, *, announced: bool = True, piece: int = 64 * 1024) -> None:
        pieces = [body[start : start + piece] for start in range(0, len(body), piece)]

        async def receive() -> Message:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        headers = [(b"content-type", b"multipart/form-data; boundary=" + BOUNDARY)]
        if announced:
            headers.append((b"content-length", str(len(body)).encode()))
        await self.app(self._scope("PUT", headers), receive, self._send)

    async def delete(self) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self.app(self._scope("DELETE", []), receive, self._send)

    def _scope(self, method: str, headers: list[tuple[bytes, bytes]]) -> Scope:
        return {"type": "http", "method": method, "path": f"{UPLOAD_PATH}session/file-1", "headers": headers}

    async def _send(self, message: Message) -> None:
        """Nobody looks at the answer here."""


async def test_a_small_file_passes_as_it_is() -> None:
    uploads = Uploads()
    await uploads.put(HEAD + b"a,b\n1,2\n" + TAIL)
    assert (uploads.got, uploads.name) == (b"a,b\n1,2\n", "plant.csv")
    assert uploads.large_uploads.find("file-1") is None


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("piece", [64 * 1024, 1_000_003])
async def test_a_large_file_goes_to_the_disk(announced: bool, piece: int) -> None:  # noqa: FBT001
    uploads = Uploads()
    await uploads.put(HEAD + LARGE + TAIL, announced=announced, piece=piece)
    assert (uploads.got, uploads.name) == (b"", "plant.csv")
    on_disk = uploads.large_uploads.find("file-1")
    assert on_disk is not None
    assert on_disk.size == len(LARGE)
    with on_disk.open() as first, on_disk.open() as second:
        assert first.read(12) == second.read(12) == b"0123456789\r\n"
        assert first.read() == LARGE[12:]
    await uploads.delete()
    assert uploads.large_uploads.find("file-1") is None


@pytest.mark.parametrize("body", [b"", HEAD.strip() + LARGE, LARGE + TAIL, HEAD + LARGE])
async def test_what_is_no_form_of_one_file_is_refused(body: bytes) -> None:
    uploads = Uploads()
    with pytest.raises(HTTPException) as caught:
        await uploads.put(body or b"x", announced=False)
    assert caught.value.status_code == 400
    assert uploads.large_uploads.find("file-1") is None


async def test_a_file_past_the_limit_is_refused_while_it_arrives() -> None:
    uploads = Uploads(limit=SMALL_BYTES)
    with pytest.raises(HTTPException) as caught:
        await uploads.put(HEAD + LARGE * 2 + TAIL, announced=False)
    assert caught.value.status_code == 413


async def test_a_browser_that_hangs_up_leaves_nothing() -> None:
    uploads = Uploads()

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"multipart/form-data; boundary=" + BOUNDARY)]
    scope = uploads._scope("PUT", headers)
    seen: list[Message] = []

    async def streamlit(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append(await receive())

    await LargeUploadMiddleware(streamlit, uploads.large_uploads, SMALL_BYTES)(scope, gone, uploads._send)
    assert seen == [{"type": "http.disconnect"}]
    assert uploads.large_uploads.find("file-1") is None
