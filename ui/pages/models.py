"""Models: versions side by side, which one is served, and what a challenger would have answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from ui.answers import UseCase
from ui.model_answers import Champion, ChampionChange, ModelVersions
from ui.model_requests import Models
from ui.pages.shadow import show_shadow
from ui.parts.administrator import administrators_key, show_refusal
from ui.parts.errors import friendly
from ui.parts.places import link_to
from ui.parts.session import gateway, heading, on_the_clock
from ui.parts.tables import small_table, time_column
from ui.parts.words import count, metric_title
from ui.problems import GateResult, GatewayError, PromotionRefusedError

KINDS = {"promoted": "Promoted", "rolled_back": "Rolled back", "found": "Found in the registry"}
ROLES = {"champion": "Served", "challenger": "In shadow"}
VERDICTS = {"passed": "Passed", "refused": "Refused", "not applicable": "Nothing to compare"}


def show() -> None:
    """Show the page."""
    use_case = heading("Models", "Every version of the model, how good it was when trained, and which one is served.")
    if use_case is None:
        return
    link_to("new", "Add a use case from a file", icon=":material/add:")
    models = Models(gateway())
    st.header("Versions", anchor=False)
    known = models.versions(use_case.name)
    if not known.versions:
        st.info(
            f"**No version yet.** An operator trains one with `smartpredict train {use_case.name}`.",
            icon=":material/model_training:",
        )
        return
    _show_versions(known)
    _show_change(use_case, known, models)
    st.header("In shadow", anchor=False)
    with friendly("The comparison"):
        show_shadow(use_case, models.shadow(use_case.name))
    st.header("What was served when", anchor=False)
    with friendly("The history"):
        _show_history(models.history(use_case.name).changes)


def _show_versions(known: ModelVersions) -> None:
    names = sorted({name for one in known.versions for name in one.metrics})
    entries = [
        {
            "Version": one.version,
            "Role": ", ".join(ROLES.get(alias, alias) for alias in one.aliases),
            "Trained": on_the_clock(one.created_at),
            "Fits": {True: "yes", False: "no", None: "not noted"}[one.fits],
            **{metric_title(name): one.metrics.get(name) for name in names},
            "MLflow": one.run_url or None,
        }
        for one in known.versions
    ]
    st.dataframe(
        pd.DataFrame(entries),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="Versions of the model with their metrics, the newest first",
        column_config={
            "Version": st.column_config.NumberColumn(format="%d", width="small"),
            "Trained": time_column("Trained"),
            "Fits": st.column_config.TextColumn(help="Whether it was trained for the columns the use case has now."),
            "MLflow": st.column_config.LinkColumn("Training", display_text="Open in MLflow"),
            **{metric_title(name): st.column_config.NumberColumn(format="%.4f") for name in names},
        },
    )
    st.caption(
        "The figures are of rows that were held back in training. What became of real predictions is shown under Monitoring."
    )


def _show_change(use_case: UseCase, known: ModelVersions, models: Models) -> None:
    """Let an administrator change what is served; asked for twice, for everybody's predictions change with it."""
    with st.expander("Serve another version", icon=":material/swap_horiz:"):
        st.markdown(
            "Gates decide whether a version may be served: its file, its columns, its scores for rows with known answers, "
            "and its metrics beside those of the version served now."
        )
        others = [one.version for one in known.versions if one.version != known.champion]
        left, right = st.columns(2)
        version = left.selectbox(
            "Version to serve", others, format_func=lambda number: f"Version {number}", placeholder="there is no other",
            key=f"promote-version-{use_case.name}",
        )  # fmt: skip
        with right:
            key = administrators_key("change what is served")
        # After a change it is another box: a browser would keep the old one ticked.
        changes = st.session_state.setdefault("changes-made", 0)
        sure = st.checkbox(
            "I want to change what everybody gets predicted from now on.", key=f"sure-{use_case.name}-{changes}"
        )
        buttons = st.container(horizontal=True)
        ready = bool(sure and key)
        if buttons.button(
            f"Promote version {version}" if version else "Promote",
            type="primary",
            icon=":material/publish:",
            disabled=not (ready and version),
        ):
            _act(use_case, lambda: models.promote(use_case.name, int(version or 0), key))
        if buttons.button("Roll back to the version before", icon=":material/undo:", disabled=not ready):
            _act(use_case, lambda: models.roll_back(use_case.name, key))
        if not ready:
            st.caption("Fill in the key and tick the box first.")
    _show_outcome(use_case)


def _act(use_case: UseCase, change: Callable[[], Champion]) -> None:
    with st.spinner("Asking the gates"):
        try:
            st.session_state[f"changed-{use_case.name}"] = change()
        except PromotionRefusedError as error:
            st.error("**The version may not be served.** What is served stays as it is.", icon=":material/block:")
            _show_gates(error.gates)
            return
        except GatewayError as error:
            show_refusal(error, "change what is served", "Changing what is served")
            return
    st.session_state["changes-made"] += 1
    st.rerun()


def _show_outcome(use_case: UseCase) -> None:
    done: Champion | None = st.session_state.pop(f"changed-{use_case.name}", None)
    if done is None:
        return
    before = f" instead of version {done.from_version}" if done.from_version is not None else ""
    st.success(f"**Version {done.version} is served from now on**{before}.", icon=":material/check_circle:")
    if not done.announced:
        st.caption("The workers could not be told; they find out by themselves within half a minute.")
    _show_gates(done.gates)


def _show_gates(gates: Sequence[GateResult]) -> None:
    if gates:
        rows = [
            {
                "Gate": one.gate.capitalize(),
                "Verdict": VERDICTS.get(one.verdict, one.verdict),
                "What was found": one.detail,
            }
            for one in gates
        ]
        small_table(pd.DataFrame(rows), "What every gate found")


def _show_history(changes: Sequence[ChampionChange]) -> None:
    if not changes:
        st.info("**No change is noted yet.**", icon=":material/history:")
        return
    rows = [
        {
            "When": on_the_clock(change.at),
            "What": KINDS.get(change.kind, change.kind),
            "From": change.from_version,
            "To": change.to_version,
            "By": change.actor,
        }
        for change in changes
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="Changes of the version that is served, the newest first",
        column_config={"When": time_column("When")},
    )
    st.caption(count(len(changes), "change"))
