"""The programs of the documentation, with the real clients: a row is predicted once, though a confirm was lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_stack.machine.folders import CHECKOUT
from tests.integration.clients.conftest import Pipeline, program
from tests.support.clients.lost_confirm import lossy_line

PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((CHECKOUT / "docs" / "clients").glob("*.md"))}
CLIENTS = [
    (page, client)
    for page, text in PAGES.items()
    for client, section in re.findall(r"^## (.*)\n((?:(?!^## ).*\n)*)", text, re.MULTILINE)
    if "```" in section
]


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
