"""Colours and shapes, light and dark."""

from __future__ import annotations

from typing import Any

#: Told apart also by people who confuse red and green (after Okabe and Ito), and dark enough beside white.
CLASS_COLORS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#8A6D00", "#56B4E9", "#666666")

THEME: dict[str, Any] = {
    "theme.baseRadius": "0.5rem",
    "theme.paddingTop": "2rem",
    "theme.headingFontSizes": ["2.1rem", "1.4rem", "1.2rem"],
    "theme.light.primaryColor": "#0B63A5",
    "theme.light.codeTextColor": "#0B1118",
    "theme.dark.codeTextColor": "#E8EDF4",
    "theme.light.textColor": "#0B1118",
    "theme.light.secondaryBackgroundColor": "#F2F5F9",
    "theme.light.linkColor": "#0B63A5",
    "theme.dark.primaryColor": "#1F78CC",
    "theme.dark.backgroundColor": "#12171F",
    "theme.dark.secondaryBackgroundColor": "#1C2430",
    "theme.dark.textColor": "#E8EDF4",
    "theme.dark.linkColor": "#7CC4FF",
}

SLIDER_STYLE = (
    "<style>[data-testid='stSliderThumbValue'], [data-testid='stSliderThumbValue'] p {color: inherit}</style>"
)
"""Numbers above the knobs of sliders: Streamlit's have the primary colour, which cannot be read on dark ground."""
