"""A person at the page without a mouse: Tab until a control has the focus, then keys; nothing is clicked or focused from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, expect

from tests.end_to_end.ui.visitor import Visitor

MOST_STEPS = 250
"""Steps of the focus until a control is reached; a page has far fewer controls."""

NAME_OF_FOCUS = """() => {
    const focus = document.activeElement;
    const table = focus.closest('[data-testid="stDataFrame"] canvas');
    if (table) return table.closest('[role="region"]')?.ariaLabel ?? 'a table without a name';
    if (focus.ariaLabel) return focus.ariaLabel;
    if (focus.labels?.length) return focus.labels[0].innerText.trim();
    // The part of the page that scrolls takes the focus too; it has no name, and every text in it.
    if (!focus.matches('a, button, summary')) return '';
    const read = focus.cloneNode(true);
    read.querySelectorAll('[aria-hidden="true"]').forEach(one => one.remove());
    return read.textContent.trim();
}"""

COLUMN_OF_FOCUS = "Number(/^glide-cell-(\\d+)-/.exec(document.activeElement.id)?.[1] ?? -1)"


class Keyboard:
    """What a person does at a page without a mouse; controls are named as a screen reader names them."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page
        self.key = visitor.page.keyboard.press
        # Before any key: Playwright begins to catch choices of files with the first who listens, and does not wait for it.
        self.page.on("filechooser", lambda _: None)

    def to(self, name: str) -> None:
        """Go on with Tab until the control of this name has the focus."""
        self.visitor.settle()
        passed = []
        for _ in range(MOST_STEPS):
            self.key("Tab")
            passed.append(self.page.evaluate(NAME_OF_FOCUS))
            if passed[-1] == name:
                return
        raise AssertionError(f"no control {name!r} is reached by Tab, only {list(dict.fromkeys(passed))}")

    def press(self, name: str, *, then_sees: str = "", key: str = "Enter") -> None:
        """Go to a control and press it."""
        self.to(name)
        self.key(key)
        if then_sees:
            self.visitor.sees(then_sees)
        self.visitor.settle()

    def write(self, name: str, text: str) -> None:
        """Go to a field and write into it, in place of what it holds."""
        self.to(name)
        self.key("Control+A")
        self.page.keyboard.type(text)

    def fill_in(self, name: str, text: str) -> None:
        """Write into a field and end it with Enter."""
        self.write(name, text)
        self.key("Enter")
        self.visitor.settle()

    def pick(self, name: str, option: str) -> None:
        """Go to a list, write what is looked for, and take the first that fits."""
        self.to(name)
        self.page.keyboard.type(option)
        self.key("Enter")
        self.visitor.settle()

    def go(self, page: str) -> None:
        """Go to a page by the navigation."""
        self.press(page)
        self.page.get_by_role("heading", name=page, level=1).wait_for()

    def hand_in(self, file: Path) -> None:
        """Press the button that opens the choice of files, which is the browser's own."""
        self.to("Upload")
        with self.page.expect_file_chooser() as chooser:
            self.key("Enter")
        chooser.value.set_files(file)

    def to_table(self, name: str) -> None:
        """Go to a table, and to a cell of its first row: it listens to keys only a moment after it has the focus."""
        self.to(name)
        self.to_column(1)

    def to_column(self, number: int) -> None:
        """Go along the row of a table to a column, by the number that the table gives it."""
        for _ in range(MOST_STEPS):
            place = self._column()
            if place == number:
                return
            self.key("ArrowRight" if place < number else "ArrowLeft")
        raise AssertionError(f"column {number} is not reached by arrow keys")

    def _column(self) -> int:
        """Return the column of the cell that has the focus, once it rests; -1 while no cell has it."""
        seen = [self.page.evaluate(COLUMN_OF_FOCUS)]
        while len(seen) == 1 or seen[-1] != seen[-2]:
            self.page.wait_for_timeout(200)
            seen.append(self.page.evaluate(COLUMN_OF_FOCUS))
        return int(seen[-1])

    def tick(self, table: str, then_sees: str) -> None:
        """Tick the first row of a table."""
        self.to_table(table)
        self.key("Shift+Space")
        self.visitor.sees(then_sees)
        self.visitor.settle()

    def edit(self, table: str, column: int, text: str) -> None:
        """Write into a cell of a table, in place of what it holds, and look whether it is there."""

        def write() -> None:
            editor = self.page.locator(".gdg-input:focus")
            editor.wait_for(timeout=5_000)
            self.key("Control+A")
            self.page.keyboard.type(text)
            expect(editor).to_have_value(text)
            self.key("Enter")

        self._in_cell(table, column, write, text)

    def choose(self, table: str, column: int, option: str) -> list[str]:
        """Choose from the list of a cell of a table, and return all that the list offers."""
        offered: list[str] = []

        def pick() -> None:
            options = self.page.get_by_role("option")
            options.first.wait_for(timeout=5_000)
            offered[:] = options.all_inner_texts()
            self.page.keyboard.type(option)
            expect(options).to_have_count(1)
            self.key("Enter")

        self._in_cell(table, column, pick, option)
        return offered

    def _in_cell(self, table: str, column: int, act: Callable[[], None], text: str) -> None:
        """Do something in a cell of the first row, and look whether the text is there.

        A page that moves meanwhile, for an alert comes in above it, closes the cell; a person does it again.
        """
        deadline = time.monotonic() + 60
        while True:
            try:
                self.to_table(table)
                self.to_column(column)
                self.key("Enter")
                act()
                self.page.locator("canvas td").filter(has_text=text).first.wait_for(state="attached", timeout=15_000)
                break
            except (Error, AssertionError):
                if time.monotonic() > deadline:
                    raise
                self.key("Escape")
        self.page.wait_for_timeout(300)  # a table tells the server of an edit a moment later
        self.visitor.settle()
