"""A stack whose broker is asked to speak MQTT and STOMP, and then not to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.machine.folders import Folders
from local_stack.processes.supervisor import Supervisor
from local_stack.services.service_list import OPTIONAL
from local_stack.stack import Stack
from tests.support.clients.raw_clients import mqtt_answer, publish_packet, stomp_answer
from tests.support.command import smartpredict
from tests.support.running_stack import remember_ports
from tests.support.servers import server_folder

SERVERS_ONLY = ("--workers", "0", *(word for name in OPTIONAL for word in ("--without", name)))
PUBLISH = publish_packet("predict/nobody", b"{}")


@pytest.fixture
def home() -> Iterator[Path]:
    with server_folder() as folder:
        remember_ports(folder / "home")
        yield folder / "home"
        smartpredict("down", "--delete-data", home=folder / "home")


def up(home: Path, *options: str) -> str:
    """Start what is asked for, and give what was printed."""
    done = smartpredict("up", *options, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pids(stack: Stack) -> dict[str, int]:
    """Return the process ids of what runs."""
    return {process.name: process.pid for process in Supervisor(stack.folders).processes()}


def test_the_broker_speaks_what_it_is_asked_to_and_starts_anew_where_that_changes(home: Path) -> None:
    printed = up(home, *SERVERS_ONLY, "--mqtt", "--stomp")
    stack = Stack.remembered(Folders(home))
    urls, before = stack.protocol_urls(), pids(stack)
    assert set(urls) == {"mqtt", "stomp"}
    assert all(url in printed for url in urls.values())

    up(home)
    assert pids(stack) == before, "it goes on as it runs"
    assert mqtt_answer(urls["mqtt"], PUBLISH)
    assert stomp_answer(urls["stomp"], "SEND", destination="/exchange/inbox/nobody") == "RECEIPT"

    up(home, "--no-mqtt")
    after = pids(stack)
    assert (after["postgres"], after["rabbitmq"] != before["rabbitmq"]) == (before["postgres"], True)
    with pytest.raises(ConnectionRefusedError):
        mqtt_answer(urls["mqtt"], PUBLISH)
    assert stomp_answer(urls["stomp"], "SEND", destination="/exchange/inbox/nobody") == "RECEIPT"
