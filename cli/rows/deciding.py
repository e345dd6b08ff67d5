"""Who gives up what nobody could handle or will repair at the command line, and why; and whether that is asked once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UserError
from cli.models.versions import actor

if TYPE_CHECKING:
    from sql.base.decided import Decided

ReasonOption = Annotated[str, typer.Option("--reason", help="Why they are given up, for those who come after.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def decided_here(reason: str) -> Decided:
    """Return who decides and why.

    Raises
    ------
    UserError
        If the reason says nothing.
    """
    from sql.base.decided import Decided  # noqa: PLC0415 - see COMMAND_MODULES

    if not reason.strip():
        raise UserError("Say why they are given up: --reason TEXT")
    return Decided(person=actor(), account="command line", reason=reason.strip())
