"""What the manual says about dashboards and rules, from the same sources as these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_BEGIN: Final = "changes are lost. -->\n"
_END: Final = "<!-- End of what is written. -->"


def described(manual: str, dashboards: Sequence[Mapping[str, Any]], alerts: Sequence[Mapping[str, Any]]) -> str:
    """Write the description of every panel and rule between the marks of the manual."""
    before, _, rest = manual.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _BEGIN + "\n".join(_lines(dashboards, alerts)) + "\n" + _END + after


def _lines(dashboards: Sequence[Mapping[str, Any]], alerts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for source in dashboards:
        yield from ("", f"### {source['title']}", "", source["description"], "")
        yield from ("| panel | what it shows |", "|---|---|")
        for panel in source["panels"]:
            if "row" not in panel:
                yield f"| {_plain(panel['title'])} | {_plain(panel['description'])} |"
    yield from (
        "",
        "### Rules",
        "",
        "Evaluated every minute. What is asked of the database is about data, of Prometheus about machinery.",
    )
    yield from ("", "| rule | fires when | what to do |", "|---|---|---|")
    for alert in alerts:
        yield f"| {alert['title']} ({alert['severity']}) | {alert['when']} | {alert['action']} |"
    yield ""


def _plain(text: str) -> str:
    return " ".join(text.replace("$feature", "a feature").split())
