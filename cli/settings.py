"""Where a command finds what it talks to: the environment first, then the stack that runs on this machine."""

from __future__ import annotations

import os

from cli.errors import UserError
from local_stack.errors import StackError


def setting(name: str) -> str:
    """Return one setting, such as ``SMARTPREDICT_DATABASE_URL``.

    Raises
    ------
    UserError
        If neither the environment nor a running stack has it.
    """
    value = os.environ.get(name)
    if value:
        return value
    from local_stack.running import connection_settings  # noqa: PLC0415 - a tenth of a second that most callers save

    try:
        return connection_settings()[name]
    except StackError as error:
        raise UserError(f"{name} is not set. {error}") from error
