"""Files of every format, spoilt as transfers, editors and programs spoil them; a seed always makes the same file."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from training.datasets.equipment_failure import generate_inputs

ROWS: Final = 40
Random = np.random.Generator

FORMATS: Final = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".parquet")


def spoilt_file(seed: int) -> tuple[str, bytes]:
    """Make a file and spoil it in one to three ways; return its name and its bytes."""
    random = np.random.default_rng(seed)
    ending = FORMATS[seed % len(FORMATS)]
    content = _written(random, ending.removesuffix(".gz"))
    is_packed = ending.endswith(".gz")
    # Half of the packed ones are spoilt as they are, half before they are packed.
    within = is_packed and bool(random.integers(2))
    if is_packed and not within:
        content = gzip.compress(content, mtime=0)
    is_text = within or not (is_packed or ending == ".parquet")
    if ending == ".parquet" and random.random() < 0.5:
        return f"spoilt-{seed:04}{ending}", content  # its values are, and byte by byte it is whole
    for _ in range(int(random.integers(1, 4))):
        ways = _OF_TEXTS if is_text and random.random() < 0.8 else _OF_BYTES
        content = ways[int(random.integers(len(ways)))](random, content)
    if within:
        content = gzip.compress(content, mtime=0)
    return f"spoilt-{seed:04}{ending}", content


def _written(random: Random, ending: str) -> bytes:
    frame = generate_inputs(ROWS, seed=int(random.integers(1_000)))
    # The key is any text; line breaks stand in some files only, for they leave two counts open.
    keys = ["M-1", 'the "old" one', "M, 2", "Fräse", *(["of two\nlines"] if random.random() < 0.3 else [])]
    frame["machine_id"] = random.choice(keys, ROWS)
    if ending == ".parquet":
        _change_types(random, frame)
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=bool(random.integers(2)), row_group_size=int(random.integers(5, ROWS + 1)))
        return buffer.getvalue()
    if ending == ".csv":
        line_end = str(random.choice(["\n", "\r\n"]))
        # With an index or without, and with any of the usual delimiters.
        frame.index += 1
        text = frame.to_csv(
            index=bool(random.integers(2)), sep=str(random.choice([",", ";", "\t"])), lineterminator=line_end
        )
        return str(text).encode()
    return (frame.to_json(orient="records", lines=True, force_ascii=bool(random.integers(2))) + "\n").encode()


def _change_types(random: Random, frame: pd.DataFrame) -> None:
    """Have some columns hold what programs make of them: texts, fewer bits, categories, gaps, infinity."""
    for name in random.choice(frame.columns, 2, replace=False).tolist():
        match int(random.integers(5)):
            case 0:
                frame[name] = frame[name].astype(str)
            case 1:
                frame[name] = frame[name].astype("category")
            case 2:
                frame[name] = frame[name].mask(random.random(ROWS) < 0.3)  # a third, or so
            case 3 if frame[name].dtype != object and not isinstance(frame[name].dtype, pd.StringDtype):
                frame[name] = frame[name].astype("float32").replace(frame[name].iloc[0], np.inf)
            case _:
                pass


def _place(random: Random, content: bytes) -> int:
    return int(random.integers(len(content) + 1))


def _flip_byte(random: Random, content: bytes) -> bytes:
    place = _place(random, content)
    return content[:place] + bytes([int(random.integers(256))]) + content[place + 1 :]


def _cut_off(random: Random, content: bytes) -> bytes:
    return content[: _place(random, content)]


def _cut_out(random: Random, content: bytes) -> bytes:
    begin, end = sorted((_place(random, content), _place(random, content)))
    return content[:begin] + content[end:]


def _repeat_piece(random: Random, content: bytes) -> bytes:
    begin, end = sorted((_place(random, content), _place(random, content)))
    return content[:end] + content[begin:end] + content[end:]


def _insert(*pieces: bytes) -> Callable[[Random, bytes], bytes]:
    def spoil(random: Random, content: bytes) -> bytes:
        place = _place(random, content)
        return content[:place] + pieces[int(random.integers(len(pieces)))] + content[place:]

    return spoil


def _swap_lines(random: Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


def _change_line_ends(random: Random, content: bytes) -> bytes:
    return content.replace(b"\n", [b"\r\n", b"\r", b"\n\n"][int(random.integers(3))])


def _end_differently(random: Random, content: bytes) -> bytes:
    return content.rstrip() + [b"", b"\n\n\n", b"\r\n", b";;;\n", b'"'][int(random.integers(5))]


def _begin_differently(random: Random, content: bytes) -> bytes:
    return [b"\xef\xbb\xbf", b"\n\n", b"# made by a program\n", b"sep=;\n", b'"'][int(random.integers(5))] + content


_OF_BYTES: Final = (_flip_byte, _cut_off, _cut_out, _repeat_piece)
_OF_TEXTS: Final = (
    _flip_byte,
    _cut_off,
    _cut_out,
    _repeat_piece,
    _insert(b'"', b'"', b'""', b'"\n"', b"'"),
    _insert(b",", b";", b"\t", b",,,,"),
    _insert(b"\n", b"\r\n", b"\r", b"\n\n"),
    _insert(b"\0", b"\xff", b"\xc3", "\u2028".encode(), b" "),
    _insert(b"{", b"}", b"[1]", b"null", b'{"torque_nm": 1, "torque_nm": 2}', b"NaN"),
    _swap_lines,
    _change_line_ends,
    _end_differently,
    _begin_differently,
)
