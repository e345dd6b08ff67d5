"""The versions of a model side by side, and what was served when."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ui.gateway.answers import ChampionChange, ModelVersions
from ui.parts.clock import local_time
from ui.parts.tables import time_column
from ui.parts.texts import format_count, metric_help, metric_title

KINDS = {"promoted": "Promoted", "rolled_back": "Rolled back", "found": "Found in the registry"}
SPLITS = {"time": "The last rows", "group": "Whole groups", "random": "Random rows"}
RANDOM_PREFIX = "random_split_"
"""Before the name of a metric that random rows would have said, where others were held back."""
ROLES = {"champion": "Served", "challenger": "In shadow"}


def show_versions(known: ModelVersions) -> None:
    """Show every version with its metrics, the newest first."""
    every = {name for one in known.versions for name in one.metrics}
    titles = {name: _title(name) for name in sorted(every, key=lambda name: (name.startswith(RANDOM_PREFIX), name))}
    entries = [
        {
            "Version": one.version,
            "Role": ", ".join(ROLES.get(alias, alias) for alias in one.aliases),
            "Trained": local_time(one.created_at),
            "Fits": {True: "yes", False: "no", None: "not noted"}[one.fits],
            "Judged by": SPLITS.get(one.tags.get("split", ""), "not noted"),
            **{title: one.metrics.get(name) for name, title in titles.items()},
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
            "Judged by": st.column_config.TextColumn(
                help="Rows that were held back. Random ones flatter where rows have an order or come in groups."
            ),
            **{
                title: st.column_config.NumberColumn(
                    format="%.4f",
                    help=metric_help(name.removeprefix(RANDOM_PREFIX)),
                    width="medium" if name.startswith(RANDOM_PREFIX) else None,
                )
                for name, title in titles.items()
            },
        },
    )
    for same in _same_models(known):
        st.caption(
            f"**Versions {', '.join(map(str, same[:-1]))} and {same[-1]} are the same model**, byte for byte, as where the same "
            "rows are learned from again and the same configuration fares best."
        )
    st.caption(
        "The figures are of rows that were held back in training. What became of real predictions is shown under Monitoring."
    )


def _same_models(known: ModelVersions) -> list[list[int]]:
    """Return the versions whose model files are equal, by their digests; none where no two are."""
    by_digest: dict[str, list[int]] = {}
    for one in known.versions:
        if digest := one.tags.get("digest"):
            by_digest.setdefault(digest, []).append(one.version)
    return [sorted(versions) for versions in by_digest.values() if len(versions) > 1]


def _title(name: str) -> str:
    if name.startswith(RANDOM_PREFIX):
        return f"{metric_title(name.removeprefix(RANDOM_PREFIX))} of a random split"
    return metric_title(name)


def show_history(changes: Sequence[ChampionChange]) -> None:
    """Show every change of the version that is served, the newest first."""
    if not changes:
        st.info("**No change is noted yet.**", icon=":material/history:")
        return
    rows = [
        {
            "When": local_time(change.at),
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
    st.caption(format_count(len(changes), "change"))
