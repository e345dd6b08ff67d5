"""Commands for the versions of a model: list, look, promote, roll back, try in shadow."""

from __future__ import annotations

import contextlib
import getpass
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connections import catalog, database
from cli.errors import UserError
from cli.models.registration import put_in_force
from cli.models.shadow import shadow_report
from cli.settings import setting

if TYPE_CHECKING:
    from rich.table import Table

    from registry.changes import Changed, KnownVersion
    from registry.gates import GateResult
    from registry.lifecycle import Lifecycle
    from sql.registry.workers import Worker
    from usecases.contract.spec import UseCase

__all__ = ["actor", "add_commands", "champion_of", "gates_table", "lifecycle", "told"]

UseCaseName = Annotated[str, typer.Argument(metavar="USE_CASE", help="Name of the use case.")]
VersionNumber = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Number of the version, as listed.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
WithoutMetrics = Annotated[
    bool,
    typer.Option("--without-metrics", help="You vouch for how good it is; every other gate still has to let it pass."),
]
WithoutGoldenBatch = Annotated[
    bool,
    typer.Option(
        "--without-golden-batch",
        help="You vouch, by name in the history, that it scores here as where it was trained, though no rows prove it.",
    ),
]

_SHOWN_DIGEST: Final = 12


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    group = typer.Typer(help="Versions of a model: compare them, choose the one that is served, go back.")
    for command in (show, promote, rollback, shadow):
        group.command()(command)
    group.command("list")(list_)
    group.command()(shadow_report)
    app.add_typer(group, name="models", no_args_is_help=True)


def list_(
    use_case: UseCaseName = "equipment_failure",
    limit: Annotated[int, typer.Option(min=1, max=100, help="Most versions.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the versions of a model with their metrics, the newest first."""
    with lifecycle(use_case) as life:
        known = life.lifecycle.versions(life.use_case, limit)
        workers = life.workers()
    if as_json:
        typer.echo(json.dumps([_as_dict(version, workers) for version in known], default=str))
    else:
        _print_list(life.use_case, known, workers)


def show(use_case: UseCaseName, version: VersionNumber, as_json: AsJson = False) -> None:
    """Show a version, and what every gate says of it; nothing is changed."""
    with lifecycle(use_case) as life:
        found = life.lifecycle.look_at(life.use_case, version)
        workers = life.workers()
    described = _as_dict(found.known, workers)
    if as_json:
        typer.echo(json.dumps({**described, "gates": [result.as_json() for result in found.results]}, default=str))
        return
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    console = Console(highlight=False, markup=False)
    for name, value in described.items():
        text = ", ".join(f"{key} {_number(number)}" for key, number in value.items()) if name == "metrics" else value
        console.print(f"{name.replace('_', ' '):>14}: {_text(text)}", markup=False, soft_wrap=True)
    console.print(gates_table(found.results))


def promote(
    use_case: UseCaseName,
    version: VersionNumber,
    without_metrics: WithoutMetrics = False,
    without_golden_batch: WithoutGoldenBatch = False,
) -> None:
    """Promote a version if it passes every gate; rows are scored all the while."""
    with lifecycle(use_case) as life:
        changed = life.lifecycle.promote(
            life.use_case,
            version,
            actor(),
            without_metrics=without_metrics,
            without_golden_batch=without_golden_batch,
        )
    _print_change(changed, f"Version {version} of {use_case} is champion{_instead(changed)}.")
    for line in put_in_force(life.use_case):
        typer.echo(line)


def rollback(use_case: UseCaseName) -> None:
    """Serve the version again that was served before."""
    with lifecycle(use_case) as life:
        changed = life.lifecycle.rollback(life.use_case, actor())
    typer.echo(f"Version {changed.version} of {use_case} is champion again{_instead(changed)}. {told(changed)}")


def shadow(
    use_case: UseCaseName,
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]", min=1, help="Number of the version.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Let no version score in shadow any more.")] = False,
) -> None:
    """Have a version score the same rows in shadow; its scores are stored apart, and nobody is answered with them."""
    if (version is None) is not stop:
        raise UserError("Say which version, or --stop.")
    with lifecycle(use_case) as life:
        if version is None:
            life.lifecycle.drop_challenger(life.use_case)
            typer.echo(f"No version of {use_case} scores in shadow any more.")
            return
        changed = life.lifecycle.set_challenger(life.use_case, version)
    _print_change(changed, f"Version {version} of {use_case} is challenger: it scores in shadow.")


@dataclass(frozen=True, slots=True)
class Life:
    """What the commands work with."""

    use_case: UseCase
    lifecycle: Lifecycle
    engine: Any

    def workers(self) -> list[Worker]:
        """List the workers that are alive."""
        from sql.registry.workers import alive_workers  # noqa: PLC0415 - see COMMAND_MODULES

        return alive_workers(self.engine)


@contextlib.contextmanager
def lifecycle(use_case: str) -> Iterator[Life]:
    """Open registry, database and broker for one use case; their refusals become words."""
    from broker.service.logs import configure_logging  # noqa: PLC0415 - see COMMAND_MODULES
    from registry.client import Registry, RegistryAwayError, RegistryError  # noqa: PLC0415 - same
    from registry.lifecycle import Lifecycle  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    configure_logging("command line", "ERROR")  # a person reads the outcome, not the log
    try:
        known = catalog()[use_case]
    except UnknownUseCaseError as error:
        raise UserError(str(error)) from error
    registry = Registry(setting("SMARTPREDICT_MLFLOW_URL"))
    with contextlib.closing(registry), database() as engine:
        try:
            yield Life(known, Lifecycle(registry, engine, setting("SMARTPREDICT_BROKER_URL")), engine)
        except RegistryAwayError as error:
            raise UserError(f"{error}. See: smartpredict status") from error
        except RegistryError as error:
            raise UserError(str(error)) from error


def champion_of(use_case: str) -> int | None:
    """Find the version that is served; none where there is none, or only one for rows of another shape."""
    from registry.client import Registry, RegistryError  # noqa: PLC0415 - see COMMAND_MODULES
    from registry.names import CHAMPION  # noqa: PLC0415 - same

    known = catalog()[use_case]
    with contextlib.closing(Registry(setting("SMARTPREDICT_MLFLOW_URL"))) as registry:
        try:
            found = registry.by_alias(use_case, CHAMPION)
        except RegistryError as error:
            raise UserError(f"{error}. See: smartpredict status") from error
    return found.version if found is not None and found.schema_hash == known.schema_hash else None


def told(changed: Changed) -> str:
    """Print whether workers know."""
    if changed.problem:
        return f"Workers could not be told and find it at their next look, within half a minute: {changed.problem}"
    return "Announced: running workers serve it from their next part on."


def gates_table(results: Iterable[GateResult]) -> Table:
    """Show what every gate said."""
    from rich.text import Text  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    table = plain_table("gate", "verdict", "found")
    styles = {"passed": "green", "refused": "red"}
    for result in results:
        style = styles.get(result.outcome.value, "")
        table.add_row(result.gate.value, Text(result.outcome.value, style), Text(result.detail))
    return table


def _print_change(changed: Changed, sentence: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    console = Console(highlight=False, markup=False)
    console.print(gates_table(changed.results))
    console.print(f"{sentence} {told(changed)}", markup=False, soft_wrap=True)


def _print_list(use_case: UseCase, known: list[KnownVersion], workers: list[Worker]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    if not known:
        console.print(f"No version of {use_case.name} yet. Make one: smartpredict train {use_case.name}")
        _print_problems(use_case, workers)
        return
    metrics = [name for name in use_case.metrics if any(name in version.run.metrics for version in known)][:3]
    table = plain_table(
        "version", "alias", "served by", "made at", *(name.replace("_", " ") for name in metrics), "fits"
    )
    for one in known:
        version = one.version
        serving = sum(worker.models.get(use_case.name) == version.version for worker in workers)
        table.add_row(
            str(version.version),
            ", ".join(version.aliases),
            f"{serving} of {len(workers)} workers" if serving else "",
            f"{version.created_at:%Y-%m-%d %H:%M:%S}",
            *(_number(one.run.metrics.get(name)) for name in metrics),
            "" if version.schema_hash in {None, use_case.schema_hash} else f"no, made for {version.schema_hash}",
        )
    if not any(version.version.schema_hash not in {None, use_case.schema_hash} for version in known):
        table.columns.pop()
    console.print(table)
    _print_problems(use_case, workers)


def _print_problems(use_case: UseCase, workers: list[Worker]) -> None:
    for worker in workers:
        if use_case.name in worker.problems:
            typer.secho(f"{worker.worker_id}: {worker.problems[use_case.name]}", fg="red")


def _as_dict(known: KnownVersion, workers: list[Worker]) -> dict[str, Any]:
    version = known.version
    return {
        "version": version.version,
        "aliases": list(version.aliases),
        "served_by": [worker.worker_id for worker in workers if worker.models.get(version.use_case) == version.version],
        "created_at": version.created_at,
        "metrics": dict(known.run.metrics),
        "digest": version.digest,
        "schema_hash": version.schema_hash,
        "run_url": known.run.url,
    }


def _instead(changed: Changed) -> str:
    before = changed.promotion.from_version if changed.promotion is not None else None
    return "" if before is None else f" in place of version {before}"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def actor() -> str:
    """Name who sits at the terminal, for the history; a container may have no name for its user."""
    with contextlib.suppress(KeyError, OSError):
        return getpass.getuser()
    return "command line"
