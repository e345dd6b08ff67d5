"""Training a new version: ordered here, followed while it runs, and what came out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pandas as pd
import streamlit as st

from ui.gateway.answers import ModelVersions, TrainingAnswer, TrainingResult
from ui.gateway.problems import GatewayError
from ui.gateway.training_requests import TrainingWish
from ui.models.metrics import metrics_table
from ui.models.promotion import show_gates
from ui.models.report.section import choose_report
from ui.parts.administrator import show_refusal
from ui.parts.chosen_file import ChosenFile, chosen_file
from ui.parts.errors import show_error
from ui.parts.tables import small_table
from ui.parts.texts import escape_markdown, format_count, training_in_words
from ui.shared import gateway, shared

TRAIN = "train models"
ORIGINS = {
    "use_case": "The data it was made of",
    "labels": "Predictions whose outcome is known",
    "file": "A file",
}
MOST_TRIALS = 500
OPEN = {"waiting", "running"}

REFRESH_SECONDS = 1.0
"""How often a training is looked at; the answer takes milliseconds."""

LONG_WAIT_SECONDS = 15
"""A trainer that is there and free takes a training up within a second or two."""


def show_training(known: ModelVersions, key: str) -> None:
    """Show how far the newest training is, or what came out of it, and the form for another.

    Parameters
    ----------
    known
        The versions there are; while there is none, the form stands open.
    key
        Key of an administrator; empty while there is none.
    """
    trainings = gateway().trainings(known.use_case, limit=1)
    newest = trainings[0] if trainings else None
    if not known.versions:
        _show_no_version(known.use_case, is_open=newest is not None and newest.state in OPEN)
    if newest is not None and newest.state in OPEN:
        _moving(newest.training_id, key)
        return
    if newest is not None:
        _show_outcome(newest, known)
    _show_form(known.use_case, key, is_open=newest is None and not known.versions)


def _show_no_version(use_case: str, *, is_open: bool) -> None:
    if is_open:
        st.info(
            "**No version yet.** One is being trained; how far it is stands here.", icon=":material/model_training:"
        )
    else:
        st.info(
            f"**No version yet.** Train one here, or with `smartpredict train {use_case}`.",
            icon=":material/model_training:",
        )


@st.fragment(run_every=REFRESH_SECONDS)
def _moving(training_id: UUID, key: str) -> None:
    """Show the progress; only this part of the page runs again, so that nothing else flickers."""
    try:
        training = gateway().training(training_id)
    except GatewayError as error:
        # The gateway may be starting again; the training goes on meanwhile, and so does looking.
        show_error(error, "Progress")
        return
    if training.state not in OPEN:
        st.rerun(scope="app")
    _show_progress(training)
    failed = f"cancel-failed-{training_id}"
    if st.button("Cancel the training", icon=":material/cancel:", disabled=not key):
        st.session_state.pop(failed, None)
        try:
            gateway().cancel_training(training_id, key)
        except GatewayError as error:
            st.session_state[failed] = error  # said for as long as it runs: the next look would wipe it off
        else:
            st.rerun(scope="app")
    if failed in st.session_state:
        show_refusal(st.session_state[failed], TRAIN, "Cancelling the training")


def _show_progress(training: TrainingAnswer) -> None:
    # Above the bar, not in it: the first bar of a visit is fetched, and is an empty grey one meanwhile.
    st.markdown(training_in_words(training))
    if training.state == "waiting":
        st.progress(0.0)
        if (datetime.now(UTC) - training.ordered_at).total_seconds() > LONG_WAIT_SECONDS:
            st.caption(
                "A trainer carries out one training after the other. If nothing is being trained, it may not be there: an operator "
                "sees with `smartpredict status` whether `trainer` runs."
            )
        return
    share = min(max(training.progress or 0.0, 0.0), 1.0)
    st.progress(share)
    st.caption("You may close this page: the training goes on, and whoever opens it sees how far it is.")


def _show_outcome(training: TrainingAnswer, known: ModelVersions) -> None:
    origin = ORIGINS.get(training.learn_from, training.learn_from)
    if training.file_name:
        origin = f"{origin}: {training.file_name}"
    if training.result is not None:
        served = {one.version for one in known.versions if "champion" in one.aliases}
        so_far = "It is served." if training.result.version in served else "It answers nobody while it is not served."
        took = f" in {training.seconds:.0f} s" if training.seconds is not None else ""
        st.success(
            f"**Version {training.result.version} is trained**{took}, from {format_count(training.result.rows, 'row')} "
            f"({escape_markdown(origin)}). {so_far}",
            icon=":material/check_circle:",
        )
        _show_result(training.result, known)
    elif training.state == "cancelled":
        st.info(
            f"**The last training was cancelled.** {escape_markdown(training.problem or '')}", icon=":material/cancel:"
        )
    else:
        st.error(f"**The last training failed.** {escape_markdown(training.problem or '')}", icon=":material/error:")


def _show_result(result: TrainingResult, known: ModelVersions) -> None:
    """Show what a person needs to decide whether a version is served; the report has the rest."""
    with st.expander(f"What is known of version {result.version}", icon=":material/fact_check:"):
        small_table(_metrics_table(result), f"Metrics of version {result.version}")
        st.caption(
            f"Measured on {escape_markdown(result.holdout)}, which the model has not seen. "
            f"{format_count(result.rounds, 'round')}, {format_count(result.trials, 'configuration')} tried."
        )
        for text in result.left_out:
            st.caption(f"Left out: {escape_markdown(text)}")
        show_gates(result.gates)
        links = st.container(horizontal=True)
        if any(one.version == result.version for one in known.versions):
            links.button(
                "Show its report below",
                icon=":material/monitoring:",
                on_click=choose_report,
                args=(known.use_case, result.version),
                help="Importance of the features, thresholds, errors and more, under *Report* on this page.",
            )
        if result.report_url:
            links.link_button("Open its report in MLflow", result.report_url, icon=":material/open_in_new:")


def _metrics_table(result: TrainingResult) -> pd.DataFrame:
    """Put the metrics of a version beside those of the served one, and beside what a random split would have said."""
    versions = {f"Version {result.version}": result.metrics}
    if result.champion is not None:
        versions[f"Version {result.champion.version}, served"] = result.champion.metrics
    at_random = {"A random split": result.metrics_at_random} if result.metrics_at_random else {}
    return metrics_table(versions, at_random)


def _show_form(use_case: str, key: str, *, is_open: bool) -> None:
    number = st.session_state.setdefault(f"trainings-ordered-{use_case}", 0)
    with st.expander("Train a new version", icon=":material/model_training:", expanded=is_open):
        learn_from = st.radio(
            "Learn from",
            list(ORIGINS),
            format_func=lambda name: ORIGINS[name],
            key=f"learn-from-{use_case}",
            horizontal=True,
            help="Outcomes arrive as labels. A file has a row per known case, with the column that is predicted.",
        )
        file = _file(f"train-file-{use_case}-{number}") if learn_from == "file" else None
        trials = st.number_input(
            "Configurations to try",
            1,
            MOST_TRIALS,
            key=f"trials-{use_case}",
            help="The best is kept. Each takes as long as the first.",
        )
        ready = bool(key) and (learn_from != "file" or file is not None)
        pressed = st.button("Train", type="primary", icon=":material/model_training:", disabled=not ready)
        if not key:
            st.caption("Fill in the key of an administrator first.")
    if pressed:
        _order(TrainingWish(use_case=use_case, learn_from=learn_from, trials=int(trials)), file, key)


def _file(key: str) -> ChosenFile | None:
    uploaded = st.file_uploader(
        "File to learn from",
        key=key,
        max_upload_size=shared().settings.max_training_megabytes,
        help="CSV, Excel, Parquet, JSON Lines or JSON, also gzipped or in a ZIP; with the column that is predicted.",
    )
    return None if uploaded is None else chosen_file(uploaded)


def _order(wish: TrainingWish, file: ChosenFile | None, key: str) -> None:
    with st.spinner("Ordering the training"):
        try:
            if file is None:
                gateway().order_training(wish, key)
            else:
                with file.open() as content:
                    gateway().order_training_from_file(wish, file.name, content, key)
        except GatewayError as error:
            show_refusal(error, TRAIN, "Ordering the training")
            return
    if file is not None:
        shared().large_uploads.drop(file.id)
    st.session_state[f"trainings-ordered-{wish.use_case}"] += 1  # the widget begins anew, without the file
    st.rerun()
