"""What can keep somebody from deciding about bad rows."""

from __future__ import annotations

from gateway_api.door.problems import Problem


class RowsDiscardedBefore(Problem):
    """Somebody discarded some rows before, for a reason."""

    status = 409
    code = "rows-discarded"
    title = "Some rows were discarded before; none was sent now"
