"""The programs of the documentation, with the real clients: a row is predicted once, though a confirm was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.clients.conftest import ANSWERS, PAGES, Pipeline, clients_of, program
from tests.support.clients.lost_confirm import lossy_line

CLIENTS = [(page, client) for page in PAGES if page != ANSWERS for client in clients_of(page)]


@pytest.mark.parametrize(("page", "client"), CLIENTS)
def test_what_is_sent_again_after_a_lost_confirm_counts_once(
    pipeline: Pipeline, tmp_path: Path, page: str, client: str
) -> None:
    sent = program(page, client, tmp_path)
    before = pipeline.accepted()
    with lossy_line(pipeline.url(sent), sent.machine.encode()) as line:
        first = sent.run(line.url)
        assert line.has_lost_a_confirm, first.stderr
        if first.returncode != 0:  # most say so, and leave it to their user to send it again; some do by themselves
            again = sent.run(line.url)
            assert again.returncode == 0, again.stderr
    pipeline.wait_accepted(before + 2)
    pipeline.wait_predicted(sent.machine, 1)
