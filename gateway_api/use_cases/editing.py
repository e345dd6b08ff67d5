"""Changing what people read about a use case: in its file, and in the contract that is in force."""

from __future__ import annotations

from gateway_api.settings import Settings
from gateway_api.use_cases.problems import InvalidUseCase, SetupNotPossible
from gateway_api.use_cases.requests import ChangeWording
from gateway_api.use_cases.setup import setup_transaction, staging_folder
from sql.registry import registration
from usecases.contract.catalog import UseCaseFileError
from usecases.contract.folder import change_wording
from usecases.contract.spec import UseCase
from usecases.contract.wording import UnknownFeatureError


def change_use_case(settings: Settings, use_case: UseCase, wording: ChangeWording) -> UseCase:
    """Change titles, descriptions and units of a use case; rows are checked, and predicted, as before.

    Raises
    ------
    InvalidUseCase
        If it has no feature of a name, or its file does not name it.
    SetupNotPossible
        If its file is not among those of this installation, or cannot be changed.
    """
    root = staging_folder(settings).parent
    try:
        # First: a file that nobody registered changes nothing, and the next attempt writes it alike.
        change_wording(root, use_case.name, wording)
        with setup_transaction(settings) as connection:
            return registration.change_wording(connection, use_case.name, wording) or use_case
    except UnknownFeatureError as error:
        name = str(error)
        message = "the use case has no such feature, or derives it, so that its file does not name it"
        found = {"parameter": f"features/{name}", "in": "body", "message": message}
        raise InvalidUseCase(f"{found['parameter']}: {message}.", errors=[found]) from error
    except FileNotFoundError as error:
        raise SetupNotPossible(
            f"The file of {use_case.name} is not in SMARTPREDICT_USECASES: it comes with SmartPredict, or another "
            "installation wrote it."
        ) from error
    except UseCaseFileError as error:
        raise SetupNotPossible(f"{error}.") from error
