"""MQTT and STOMP, byte by byte: what the broker answers, also to a client that asks for what it may not have."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

__all__ = ["MqttSubscriber", "StompSubscriber", "mqtt_answer", "publish_packet", "stomp_answer", "subscribe_packet"]

_PATIENCE_SECONDS = 60
_MQTT_CONNECTED = bytes([0x20, 2, 0, 0])
_MQTT_PUBLISH, _MQTT_PONG = 0x30, bytes([0xD0, 0])


def mqtt_answer(url: str, *packets: bytes) -> bytes:
    """Connect by MQTT 3.1.1, send packets, and give what comes back until the broker has answered a ping or hung up."""
    with _connection(url) as connection:
        connection.sendall(_mqtt_connect(url))
        answer = _receive(connection, len(_MQTT_CONNECTED))
        if answer != _MQTT_CONNECTED:
            return answer
        connection.sendall(b"".join(packets) + bytes([0xC0, 0]))
        answer = b""
        while not answer.endswith(_MQTT_PONG) and (more := _receive(connection, 1)):
            answer += more
        return answer


def publish_packet(topic: str, body: bytes) -> bytes:
    """Write a PUBLISH of quality 0: to one that is not allowed the broker hangs up."""
    return _packet(_MQTT_PUBLISH, _text(topic) + body)


def subscribe_packet(topics: str) -> bytes:
    """Write a SUBSCRIBE to a filter of topics."""
    return _packet(0x82, bytes([0, 1]) + _text(topics) + bytes([0]))


def stomp_answer(url: str, command: str, **headers: str) -> str:
    """Connect by STOMP, send one frame that asks for a receipt, and name what the broker answers: RECEIPT or ERROR."""
    with _connection(url) as connection:
        connection.sendall(_stomp_connect(url))
        answer, _ = _read_frame(connection)
        if answer == "CONNECTED":
            connection.sendall(_frame(command, {**headers, "receipt": "1"}))
            answer, _ = _read_frame(connection)
        return answer


class _Subscriber:
    """A connection that is open while a block runs."""

    def __init__(self, url: str) -> None:
        self._connection = _connection(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


class MqttSubscriber(_Subscriber):
    """A client that is subscribed to a topic."""

    def __init__(self, url: str, topic: str) -> None:
        super().__init__(url)
        self._connection.sendall(_mqtt_connect(url) + subscribe_packet(topic))
        granted = _receive_all(self._connection, len(_MQTT_CONNECTED) + 5)
        assert granted == _MQTT_CONNECTED + bytes([0x90, 3, 0, 1, 0]), granted

    def next_body(self) -> bytes:
        """Wait for a message and give its body."""
        kind, length, place = _receive_all(self._connection, 1)[0], 0, 0
        assert kind & 0xF0 == _MQTT_PUBLISH, kind
        while (part := _receive_all(self._connection, 1)[0]) & 128:
            length, place = length | (part & 127) << place, place + 7
        packet = _receive_all(self._connection, length | part << place)
        return packet[2 + int.from_bytes(packet[:2], "big") :]


class StompSubscriber(_Subscriber):
    """A client that is subscribed to a queue of its own, and may send."""

    def __init__(self, url: str, destination: str) -> None:
        super().__init__(url)
        self._connection.sendall(_stomp_connect(url))
        own = {"id": "0", "destination": destination, "durable": "false", "auto-delete": "true", "receipt": "1"}
        self._connection.sendall(_frame("SUBSCRIBE", own))
        answers = [_read_frame(self._connection)[0] for _ in range(2)]
        assert answers == ["CONNECTED", "RECEIPT"], answers

    def send(self, destination: str, body: bytes, **headers: str) -> None:
        """Send a message; underscores in names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.sendall(_frame("SEND", {"destination": destination, **named}, body))

    def next_body(self) -> bytes:
        """Wait for a message and give its body."""
        command, body = _read_frame(self._connection)
        assert command == "MESSAGE", (command, body)
        return body


def _connection(url: str) -> socket.socket:
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=_PATIENCE_SECONDS)


def _login(url: str) -> tuple[str, str]:
    where = urlsplit(url)
    return unquote(where.username or ""), unquote(where.password or "")


def _mqtt_connect(url: str) -> bytes:
    # Protocol level 4, with name and password, a session that ends with the connection, no keepalive.
    flags = bytes([4, 0b1100_0010, 0, 0])
    return _packet(0x10, _text("MQTT") + flags + _text("") + b"".join(map(_text, _login(url))))


def _packet(kind: int, body: bytes) -> bytes:
    length, rest = len(body) % 128, len(body) // 128
    return bytes([kind, length | 128, rest] if rest else [kind, length]) + body


def _text(text: str) -> bytes:
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def _stomp_connect(url: str) -> bytes:
    name, password = _login(url)
    return _frame("CONNECT", {"accept-version": "1.2", "host": "/", "login": name, "passcode": password})


def _frame(command: str, headers: dict[str, str], body: bytes = b"{}") -> bytes:
    head = "\n".join([command, *(f"{name}:{value}" for name, value in headers.items())])
    return head.encode() + b"\n\n" + body + b"\0"


def _read_frame(connection: socket.socket) -> tuple[str, bytes]:
    frame = b""
    while not frame.endswith(b"\0") and (more := _receive(connection, 1)):
        frame += more
    head, _, body = frame.lstrip(b"\n").partition(b"\n\n")
    return head.decode().partition("\n")[0], body.removesuffix(b"\0")


def _receive_all(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size and (more := _receive(connection, size - len(received))):
        received += more
    return received


def _receive(connection: socket.socket, size: int) -> bytes:
    try:
        return connection.recv(size)
    except ConnectionResetError:
        return b""
