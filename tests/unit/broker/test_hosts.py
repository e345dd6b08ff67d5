"""Brokers of several hosts: whoever does not answer is left behind for the next one, and an error names them all."""

from __future__ import annotations

import asyncio
import re
import socket
import time

import aio_pika
import pytest
import yarl

from broker.administration.addresses import credentials, virtual_host
from broker.transport import hosts
from broker.transport.connection import client_url
from broker.transport.consumer import consumer
from broker.transport.hosts import HostsAwayError, each_host, host_names

URL = "amqp://owner:s%40fe@a:5672, b:5673,c/plant%207?heartbeat=9"


def test_each_host_has_a_url_of_its_own_in_their_order() -> None:
    assert each_host(URL) == [f"amqp://owner:s%40fe@{host}/plant%207?heartbeat=9" for host in ("a:5672", "b:5673", "c")]
    assert each_host("amqp://a/") == ["amqp://a/"]
    assert each_host("http://a:15672,b:15672") == ["http://a:15672", "http://b:15672"]


def test_what_else_a_url_says_is_read_as_from_one_of_one_host() -> None:
    assert (credentials(URL), virtual_host(URL)) == (("owner", "s@fe"), "plant 7")
    assert host_names(URL) == "a:5672, b:5673, c"


def test_silent_and_closed_hosts_are_asked_in_turn_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "HOST_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as closed:
        ports = [silent.getsockname()[1], closed.getsockname()[1]]
        closed.close()
        url = f"amqp://somebody:secret@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/"
        for connect in (_publisher, _consumer):
            began = time.monotonic()
            with pytest.raises(HostsAwayError) as told:
                asyncio.run(connect(url))
            assert time.monotonic() - began < 5
            assert {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", str(told.value))} == {*ports}
            assert "secret" not in str(told.value)


def test_a_host_that_was_left_is_asked_after_all_others_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    left, *others = (yarl.URL(f"amqp://{host}:5672") for host in ("left", "b", "c"))
    hosts.ask_last(left)
    found = [hosts.in_turn([left, *others]) for _ in range(50)]
    assert {host for *_, host in found} == {left}
    assert {host for host, *_ in found} == {*others}
    monkeypatch.setattr(hosts, "LEFT_SECONDS", 0)
    assert {host for host, *_ in (hosts.in_turn([left, *others]) for _ in range(50))} == {left, *others}


async def _publisher(url: str) -> None:
    await aio_pika.connect_robust(client_url(url))


async def _consumer(url: str) -> None:
    await consumer(url, "tests").connect()
