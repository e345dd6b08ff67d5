"""Serving another version: what the gates found, and who may do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from ui.gateway.answers import ChampionAnswer, GateAnswer, ModelVersions, UseCaseAnswer
from ui.gateway.problems import GatewayError, PromotionRefusedError
from ui.parts.administrator import show_refusal
from ui.parts.tables import small_table
from ui.shared import gateway

VERDICTS = {"passed": "Passed", "refused": "Refused", "not applicable": "Nothing to compare"}


def show_promotion(use_case: UseCaseAnswer, known: ModelVersions, key: str) -> None:
    """Show the form that changes what is served; it asks twice, for it changes everybody's predictions."""
    with st.expander("Serve another version", icon=":material/swap_horiz:"):
        st.markdown(
            "Gates decide whether a version may be served: its file, its columns, its scores for rows with known answers, "
            "and its metrics beside those of the version served now."
        )
        champion = next((one.version for one in known.versions if "champion" in one.aliases), None)
        others = [one.version for one in known.versions if one.version != champion]
        version = _choose_version(use_case, others, served=champion is not None)
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
            _act(use_case, lambda: gateway().promote(use_case.name, int(version or 0), key))
        if buttons.button("Roll back to the version before", icon=":material/undo:", disabled=not ready):
            _act(use_case, lambda: gateway().roll_back(use_case.name, key))
        if not ready:
            missing = (*(() if key else ("fill in the key",)), *(() if sure else ("tick the box",)))
            st.caption(f"{' and '.join(missing).capitalize()} first.")
    _show_outcome(use_case)


def _choose_version(use_case: UseCaseAnswer, others: Sequence[int], *, served: bool) -> int | None:
    """Ask which version to serve; none where there is no other one."""
    if not others:
        # No field: one that was shown empty stays so in the browser once a version can be chosen.
        st.caption(
            "There is no other version yet: one comes with each training." if served else "There is no version yet."
        )
        return None
    chosen: int | None = st.selectbox(
        "Version to serve",
        others,
        format_func=lambda number: f"Version {number}",
        key=f"promote-version-{use_case.name}",
    )
    return chosen


def _act(use_case: UseCaseAnswer, change: Callable[[], ChampionAnswer]) -> None:
    with st.spinner("Asking the gates"):
        try:
            st.session_state[f"changed-{use_case.name}"] = change()
        except PromotionRefusedError as error:
            st.error("**The version may not be served.** What is served stays as it is.", icon=":material/block:")
            show_gates(error.gates)
            return
        except GatewayError as error:
            show_refusal(error, "change what is served", "Changing what is served")
            return
    st.session_state["changes-made"] += 1
    st.rerun()


def _show_outcome(use_case: UseCaseAnswer) -> None:
    done: ChampionAnswer | None = st.session_state.pop(f"changed-{use_case.name}", None)
    if done is None:
        return
    before = f" instead of version {done.from_version}" if done.from_version is not None else ""
    st.success(f"**Version {done.version} is served from now on**{before}.", icon=":material/check_circle:")
    if not done.announced:
        st.caption("The workers could not be told; they find out by themselves within half a minute.")
    show_gates(done.gates)


def show_gates(gates: Sequence[GateAnswer]) -> None:
    """Show what every gate found."""
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
