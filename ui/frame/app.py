"""What Streamlit runs for every click: the frame around the page that was chosen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.pages import data_quality, models, monitoring, new_use_case, operations, past_predictions, predict
from ui.parts.errors import guarded
from ui.parts.places import remember_places
from ui.sign_in import require_sign_in

HERE = Path(__file__).parent

# Pictures of our own: a named icon would be fetched from the internet by every browser.
st.set_page_config("SmartPredict", page_icon=HERE / "icon.svg", layout="wide")
st.logo(HERE / "logo.svg", size="large")
require_sign_in()

PAGES = {
    "predict": st.Page(
        guarded(predict.show), title="Predict", icon=":material/bolt:", url_path="predict", default=True
    ),
    "past": st.Page(
        guarded(past_predictions.show), title="Past predictions", icon=":material/history:", url_path="past-predictions"
    ),
    "quality": st.Page(
        guarded(data_quality.show), title="Data quality", icon=":material/rule:", url_path="data-quality"
    ),
    "models": st.Page(guarded(models.show), title="Models", icon=":material/model_training:", url_path="models"),
    "monitoring": st.Page(
        guarded(monitoring.show), title="Monitoring", icon=":material/query_stats:", url_path="monitoring"
    ),
    "operations": st.Page(
        guarded(operations.show), title="Operations", icon=":material/monitor_heart:", url_path="operations"
    ),
    "new": st.Page(guarded(new_use_case.show), title="New use case", icon=":material/add:", url_path="new-use-case"),
}
remember_places(PAGES)
st.navigation(list(PAGES.values()), position="top").run()
