"""The `smartpredict` command."""

from __future__ import annotations

import importlib
import sys
from typing import Final

import typer

from cli.errors import UserError

__all__ = ["build_app", "main"]

#: Modules with commands; each has a function `add_commands(app)`.
#: They import what a command needs inside it: `smartpredict --help` has to answer at once, without pandas or MLflow.
COMMAND_MODULES: Final = (
    "cli.stack_commands",
    "cli.demo_commands",
    "cli.init_commands",
    "cli.training_commands",
    "cli.models_commands",
    "cli.predict_commands",
    "cli.labels_commands",
    "cli.drop_commands",
    "cli.audit_commands",
    "cli.maintenance_commands",
    "cli.simulate_commands",
    "cli.monitor_commands",
    "cli.quarantine_commands",
    "cli.dead_letters_commands",
    "cli.deploy_commands",
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
    except UserError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
