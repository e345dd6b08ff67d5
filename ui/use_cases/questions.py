"""What a person says to findings: a field for each that leaves a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from ui.gateway.answers import FindingAnswer
from ui.parts.texts import escape_label

WORDS = {
    "keep": "Keep the column as it is",
    "drop": "Leave the column out",
    "category": "Take its values as names",
    "missing": "Take these values as missing",
    "read": "Read them as what they mean",
}
OF_KIND = {
    ("thousands", "read"): "Of thousands: 1.002, or 1,002, is a thousand and two",
    ("thousands", "keep"): "Decimals: 1.002, or 1,002, is one and two thousandths",
    ("dates", "read"): "Read them as times",
    ("written numbers", "read"): "Read them as the numbers that they mean",
}
"""What a choice comes to where a word for all would not tell it, by the kind of the finding."""


def show_questions(findings: Sequence[FindingAnswer], decided: Mapping[str, str], look: int) -> dict[str, str] | None:
    """Show the fields; return what was chosen, by the names of findings, once a person wants it applied.

    Parameters
    ----------
    findings
        What was found.
    decided
        What was decided before; it may be decided anew.
    look
        Number of the look at the file; another look has other fields.
    """
    asked = [one for one in findings if one.choices and (one.severity == "decide" or one.id in decided)]
    if not asked:
        return None
    with st.form(f"new-questions-{look}"):
        chosen = {one.id: _choice(one, f"new-question-{look}-{place}") for place, one in enumerate(asked)}
        applied = st.form_submit_button("Look again with these decisions", icon=":material/gavel:")
    return chosen if applied else None


def _choice(finding: FindingAnswer, key: str) -> str:
    kind = finding.id.removeprefix(f"{finding.column}: ")
    chosen = st.selectbox(
        escape_label(f"{finding.column or 'All columns'}: {finding.text}"),
        finding.choices,
        finding.choices.index(finding.choice) if finding.choice in finding.choices else 0,
        format_func=lambda choice: OF_KIND.get((kind, choice)) or WORDS.get(choice, choice),
        key=key,
    )
    return str(chosen)
