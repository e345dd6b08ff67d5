"""Which rules rows broke, counted by the gateway over all of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer, QualitySummary, RuleCount, UseCaseAnswer
from ui.gateway.problems import NotOfferedError
from ui.parts.heading import cached_use_case
from ui.parts.tables import row_height
from ui.parts.texts import column_title, rule_title, titled
from ui.shared import gateway


def counts_of(batch: BatchAnswer) -> QualitySummary | None:
    """Count what was refused of a batch, over all of its rows; None where the gateway cannot."""
    try:
        return gateway().batch_quality(batch)
    except NotOfferedError:
        return None


def show_broken_rules(batch: BatchAnswer, counts: QualitySummary | None) -> None:
    """Show what was wrong with the refused rows of a batch, however many they are; nothing where there are none."""
    rules = [] if counts is None else counts.by_rule
    if not rules:
        return
    rules_table(cached_use_case(batch.use_case), rules, "Broken rules of this file by column, the most frequent first")
    kept = max(rule.rows for rule in rules)
    if batch.problem and kept < batch.rows.quarantined:
        st.caption("Of a file that was refused as a whole, the first 1,000 bad rows are kept with their reasons.")


def rules_table(use_case: UseCaseAnswer, rules: Sequence[RuleCount], about: str) -> None:
    """Show broken rules with how many rows broke each."""
    rows = [
        {
            "Column": column_title(use_case, rule.column),
            "Rule": rule_title(rule.rule),
            "Rows": rule.rows,
            "For example": rule.example or "(nothing)",
            "What is wrong": titled(use_case, rule.column, rule.message),
        }
        for rule in rules
    ]
    frame = pd.DataFrame(rows)
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        row_height=row_height(frame),
        alt=about,
        column_config={
            "Rows": st.column_config.ProgressColumn(
                "Rows", format="%d", min_value=0, max_value=max(rule.rows for rule in rules)
            )
        },
    )
