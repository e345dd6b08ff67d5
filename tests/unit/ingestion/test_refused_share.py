"""When a sender has too many refused messages."""

from __future__ import annotations

from datetime import timedelta

from ingestion.messages.refused_share import RefusedShare
from ingestion.settings import RefusalLimits
from sql.dead_letters.holds import Sender
from tests.support.doctests import failures

PRESS, OVEN = Sender("press", "iris"), Sender("", "iris")
LIMITS = RefusalLimits(refused_messages=100, refused_share=0.2, refused_pause=timedelta(minutes=5))


def refuse(share: RefusedShare, sender: Sender, *, taken: int, times: int) -> int:
    """Refuse messages, each after some were taken, and return after how many there were too many; 0 for never."""
    for number in range(1, times + 1):
        share.taken[sender.account or None, sender.use_case] += taken
        if share.is_too_large(sender, number / 10):
            return number
    return 0


def test_a_bearable_share_never_adds_up() -> None:
    assert refuse(RefusedShare(LIMITS), PRESS, taken=4, times=5_000) == 0


def test_a_larger_share_does_however_much_went_well_before() -> None:
    share = RefusedShare(LIMITS)
    share.taken["press", "iris"] += 1_000_000
    assert refuse(share, PRESS, taken=0, times=5_000) == 100
    assert refuse(RefusedShare(LIMITS), PRESS, taken=3, times=5_000) > 100


def test_a_sender_answers_for_itself() -> None:
    share = RefusedShare(LIMITS)
    assert refuse(share, PRESS, taken=0, times=99) == 0
    assert refuse(share, OVEN, taken=0, times=99) == 0
    assert refuse(share, OVEN, taken=0, times=99) == 1


def test_a_pause_begins_anew() -> None:
    share = RefusedShare(LIMITS)
    assert refuse(share, PRESS, taken=0, times=99) == 0
    assert not share.is_too_large(PRESS, 99 / 10 + 301)
    share.begin_anew(PRESS)
    assert refuse(share, PRESS, taken=0, times=99) == 0


def test_its_example_holds() -> None:
    assert failures("ingestion.messages.refused_share") == 0
