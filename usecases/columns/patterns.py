"""What a text has to be, in words: where one fits no pattern, the library shows people the pattern itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

USE_CASE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
COLUMN_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
"""A name that is a Python identifier, an unquoted SQL column and a JSON key alike; 63 bytes is PostgreSQL's limit."""

NO_NUL = r"^[^\x00]*$"
SOME_TEXT = r"^[^\x00]+$"
WRITTEN = r"^[^\x00]*[^\x00-\x20][^\x00]*$"
"""More than spaces is written, and no NUL."""

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
LINES = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
SOURCE_NAME = r"^(\S|\S[^\x00]*\S)?$"
HEADER_NAME = r"^(\S|\S[^\x00]*\S)$"
DURATION = r"^[1-9][0-9]{0,3}(min|h|d)$"
MEMBERS = r"^[^.\s]+(\.[^.\s]+)*$"
"""A path into JSON: names of members with points between them."""

ADDRESS = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"
HTTP_HEADER = r"^([A-Za-z0-9-]{1,100})?$"
TRAINING_DATA = r"^(bundled:[a-z][a-z0-9_]*|[^:/\\][^:\\]*)$"

_NAME_WORDS = "small letters a to z, digits and _, a letter first, at most {} characters"
_NO_NUL_WORDS = "no NUL character"

_WORDS = {
    USE_CASE_NAME.pattern: _NAME_WORDS.format(40),
    COLUMN_NAME.pattern: _NAME_WORDS.format(63),
    NO_NUL: _NO_NUL_WORDS,
    SOME_TEXT: f"a character at least, and {_NO_NUL_WORDS}",
    WRITTEN: f"something that can be read, and {_NO_NUL_WORDS}",
    ONE_LINE: "one line, without tabs and other control characters",
    LINES: "lines of text, without control characters",
    SOURCE_NAME: f"no blanks around it, and {_NO_NUL_WORDS}",
    HEADER_NAME: f"a character at least, no blanks around it, and {_NO_NUL_WORDS}",
    DURATION: "a number and min, h or d, as in 15min, 3h or 7d",
    MEMBERS: "names with points between them, as in data.items",
    ADDRESS: "an address with http:// or https://, without parameters and without a password",
    HTTP_HEADER: "letters, digits and -, at most 100 characters",
    TRAINING_DATA: "bundled:NAME, or a file or folder beside the usecase.yaml",
}
"""By their patterns; what people write by hand has words here, and a test asks for them."""


def error_in_words(error: Mapping[str, Any]) -> str:
    r"""Return the message of an error of validation; of a text that fits no pattern with what it has to be.

    Parameters
    ----------
    error
        As pydantic lists it.

    Examples
    --------
    >>> error_in_words({"type": "string_pattern_mismatch", "ctx": {"pattern": NO_NUL}, "input": "a\0", "msg": "?"})
    "'a\\x00' is not allowed here: no NUL character"
    """
    words = _WORDS.get(str(error.get("ctx", {}).get("pattern"))) if error["type"] == "string_pattern_mismatch" else None
    if words is None:
        return str(error["msg"])
    return f"{str(error.get('input'))[:60]!r} is not allowed here: {words}"
