"""What holds for every page: it can be used in the dark, on a phone and by everybody."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.end_to_end.ui.conftest import Visit
from tests.end_to_end.ui.visitor import PAGES


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 390, "height": 844}}),
    ],
)
def test_every_page_in_the_dark_and_on_a_phone(
    visit: Visit, dropped: UUID, name: str, settings: dict[str, object]
) -> None:
    visitor = visit(**settings)
    for page in PAGES:
        visitor.open(page)
        visitor.page.wait_for_timeout(500)
        assert visitor.violations() == [], page
        assert not visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"), page
        visitor.picture(f"{PAGES[page] or 'predict'}-{name}")
