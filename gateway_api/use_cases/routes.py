"""What can be predicted, with all that a form needs; and what is served."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.gateway import gateway_of
from gateway_api.predict.reference import MODELS, TEMPLATE, USE_CASE, USE_CASES
from gateway_api.wire.answers import (
    FeatureAnswer,
    ModelList,
    RuleAnswer,
    ServedModel,
    ServedVersion,
    UseCaseAnswer,
    UseCaseList,
    UseCaseSummary,
)
from gateway_api.wire.parameters import UseCasePath
from sql.registry.workers import Worker, alive_workers
from usecases.catalog import DEFAULT_USE_CASE
from usecases.features import Feature
from usecases.row_model import example_row
from usecases.spec import UseCase

router = APIRouter(tags=["Use cases"])


@router.get("/use-cases", **USE_CASES)
async def use_cases(request: Request) -> UseCaseList:
    """List the use cases."""
    return UseCaseList(use_cases=[_summary(use_case) for use_case in gateway_of(request).catalog.values()])


@router.get("/use-cases/{name}", **USE_CASE)
async def use_case(request: Request, name: UseCasePath) -> UseCaseAnswer:
    """Give all that is needed to build a form or a file for a use case."""
    return use_case_answer(gateway_of(request).use_case(name))


@router.get("/use-cases/{name}/template.csv", **TEMPLATE)
async def template(request: Request, name: UseCasePath) -> Response:
    """Give a CSV file with the right columns and one row of examples."""
    found = gateway_of(request).use_case(name)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}-template.csv"'}
    return Response(template_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/models", **MODELS)
def models(request: Request) -> ModelList:
    """Tell which versions the workers that are alive serve."""
    gateway = gateway_of(request)
    workers = alive_workers(gateway.engine)
    return ModelList(models=[served_model(name, workers) for name in gateway.catalog])


def _summary(use_case: UseCase) -> UseCaseSummary:
    return UseCaseSummary(
        name=use_case.name,
        title=use_case.title,
        description=use_case.description,
        task=use_case.task,
        default=use_case.name == DEFAULT_USE_CASE,
    )


def use_case_answer(use_case: UseCase) -> UseCaseAnswer:
    """Lay a use case out as an answer."""
    return UseCaseAnswer(
        **_summary(use_case).model_dump(),
        mode=use_case.mode,
        target=use_case.target,
        classes=list(use_case.classes),
        key=use_case.key,
        features=[_feature(feature) for feature in use_case.features],
        rules=[RuleAnswer(name=rule.name, check=rule.check, description=rule.description) for rule in use_case.rules],
        schema_hash=use_case.schema_hash,
        max_bad_share=use_case.quality.max_bad_share,
        example=example_row(use_case),
    )


def _feature(feature: Feature) -> FeatureAnswer:
    values = getattr(feature, "values", None)
    return FeatureAnswer(
        name=feature.name,
        type=feature.type,
        title=feature.label,
        description=feature.description,
        unit=feature.unit,
        nullable=feature.nullable,
        minimum=getattr(feature, "minimum", None),
        maximum=getattr(feature, "maximum", None),
        values=None if values is None else list(values),
        example=feature.example,
    )


def template_csv(use_case: UseCase) -> bytes:
    """Write the header and one row of examples."""
    text = io.StringIO()
    example = example_row(use_case)
    writer = csv.DictWriter(text, use_case.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerow({name: str(value).lower() if isinstance(value, bool) else value for name, value in example.items()})
    return text.getvalue().encode()


def served_model(use_case: str, workers: list[Worker]) -> ServedModel:
    """Gather which workers serve which version."""
    by_version: dict[int, list[str]] = defaultdict(list)
    for worker in workers:
        if use_case in worker.models:
            by_version[worker.models[use_case]].append(worker.worker_id)
    versions = [ServedVersion(version=version, workers=by_version[version]) for version in sorted(by_version)]
    problems = {worker.worker_id: worker.problems[use_case] for worker in workers if use_case in worker.problems}
    return ServedModel(use_case=use_case, versions=versions, problems=problems)
