"""The name of a file in a Content-Disposition, of a body or of a part of a form, in every spelling that clients have."""

from __future__ import annotations

import contextlib
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

_WORD = "=?"
"""Begins a text as mails write it (RFC 2047), which .NET puts into `filename` beside a `filename*`."""


def name_in(disposition: str) -> str | None:
    """Return the name of the file; none where there is none.

    A `filename*` counts before a `filename`. No form should have one (RFC 7578), and yet clients of Python and .NET send
    it, for names that are not ASCII.

    Parameters
    ----------
    disposition
        The header as HTTP hands it over, its bytes as Latin-1.

    Examples
    --------
    >>> name_in('form-data; name="file"; filename="a.csv"'), name_in('form-data; name="file"')
    ('a.csv', None)
    >>> name_in("form-data; name=file; filename*=UTF-8''m%C3%BChle.csv"), name_in('a; filename="=?utf-8?B?bcO8aGxlLmNzdg==?="')
    ('mühle.csv', 'mühle.csv')
    """
    header = Message()
    header["content-disposition"] = disposition
    given: list[tuple[str, Any]] = header.get_params([], "content-disposition")
    found = [value for name, value in given if name.lower() == "filename"]
    names = [collapse_rfc2231_value(value) for value in found if isinstance(value, tuple) and value[0]]
    names += [_plain(value) for value in found if isinstance(value, str)]
    # Without the name of a letter set, what stands there is taken as it is.
    names += [collapse_rfc2231_value(value) for value in found if isinstance(value, tuple) and not value[0]]
    return next(filter(None, names), "" if names else None)


def _plain(text: str) -> str:
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    if text.startswith(_WORD):
        with contextlib.suppress(HeaderParseError, LookupError, UnicodeError):
            return str(make_header(decode_header(text)))
    return text
