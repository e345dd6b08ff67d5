"""Messages of errors as people read them."""

from __future__ import annotations


def sentence(words: object) -> str:
    """Return the message of an error as a sentence.

    >>> sentence(ValueError("there is no such job"))
    'There is no such job.'
    """
    text = str(words)
    return f"{text[:1].upper()}{text[1:]}."
