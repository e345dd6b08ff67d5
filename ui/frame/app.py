"""What Streamlit runs for every click: the frame around the page that was chosen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.forecasts import page as forecasts_page
from ui.frame import models_page, monitoring_page, new_use_case_page, operations_page
from ui.frame.sign_in import require_sign_in
from ui.parts.administrator import keep_admin_key
from ui.parts.errors import with_error_page
from ui.parts.links import remember_pages
from ui.parts.theme import SLIDER_STYLE
from ui.predict import page as predict_page
from ui.predictions import page as predictions_page
from ui.quarantine import page as quarantine_page

HERE = Path(__file__).parent

# Pictures of our own: a named icon would be fetched from the internet by every browser.
st.set_page_config("SmartPredict", page_icon=HERE / "icon.svg", layout="wide")
st.logo(HERE / "logo.svg", size="large")
st.html(SLIDER_STYLE)
require_sign_in()
keep_admin_key()

PAGES = {
    "predict": st.Page(
        with_error_page(predict_page.show), title="Predict", icon=":material/bolt:", url_path="predict", default=True
    ),
    "past": st.Page(
        with_error_page(predictions_page.show),
        title="Past predictions",
        icon=":material/history:",
        url_path="past-predictions",
    ),
    "forecasts": st.Page(
        with_error_page(forecasts_page.show), title="Forecasts", icon=":material/timeline:", url_path="forecasts"
    ),
    "quality": st.Page(
        with_error_page(quarantine_page.show), title="Data quality", icon=":material/rule:", url_path="data-quality"
    ),
    "models": st.Page(
        with_error_page(models_page.show), title="Models", icon=":material/model_training:", url_path="models"
    ),
    "monitoring": st.Page(
        with_error_page(monitoring_page.show), title="Monitoring", icon=":material/query_stats:", url_path="monitoring"
    ),
    "operations": st.Page(
        with_error_page(operations_page.show),
        title="Operations",
        icon=":material/monitor_heart:",
        url_path="operations",
    ),
    "new": st.Page(
        with_error_page(new_use_case_page.show), title="New use case", icon=":material/add:", url_path="new-use-case"
    ),
}
remember_pages(PAGES)
st.navigation(list(PAGES.values()), position="top").run()
