"""The `smartpredict` command."""

from __future__ import annotations

import importlib
import sys
from typing import Final

import typer

from cli.errors import UserError
from local_stack.errors import StackError

__all__ = ["build_app", "main"]

#: Modules with commands; each has a function `add_commands(app)`.
#: They import what a command needs inside it: `smartpredict --help` has to answer at once, without pandas or MLflow.
COMMAND_MODULES: Final = (
    "cli.stack.commands",
    "cli.demonstration.commands",
    "cli.models.profile",
    "cli.models.init",
    "cli.models.training",
    "cli.models.backtest",
    "cli.models.versions",
    "cli.models.golden",
    "cli.rows.predict",
    "cli.rows.forecast",
    "cli.rows.labels",
    "cli.rows.drop",
    "cli.rows.pull",
    "cli.rows.export",
    "cli.rows.archive",
    "cli.rows.retire",
    "cli.rows.jobs",
    "cli.upkeep.audit",
    "cli.upkeep.maintenance",
    "cli.upkeep.simulate",
    "cli.upkeep.monitor",
    "cli.upkeep.drift",
    "cli.rows.quarantine",
    "cli.rows.dead_letters",
    "cli.rows.holds",
    "cli.stack.deploy",
)


def build_app() -> typer.Typer:
    """Put the command together from its modules."""
    app = typer.Typer(
        name="smartpredict",
        help="Event-driven predictions for tabular models. Start with: smartpredict up",
        no_args_is_help=True,
        add_completion=False,
        # A traceback with the values of local variables would print passwords.
        pretty_exceptions_enable=False,
    )
    for name in COMMAND_MODULES:
        importlib.import_module(name).add_commands(app)
    return app


def main() -> None:
    """Run the command line: exit status 1 for a fault one can act upon, 2 for wrong usage."""
    try:
        build_app()()
    except (UserError, StackError) as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
