"""Drafts as rows of a document: every one gets a name, and numbers in the form that suits their size."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....schema.tensor import write
from .builder import NUMPY, Draft, Numbers

#: Tensors of more entries than this are written in base64.
PLAIN = 64


def rows(drafts: Sequence[Draft], dtype: str = "float64") -> list[dict[str, Any]]:
    """The nodes of a document of this dtype: given names, else the op's, with `.2`, `.3`, ... where they are taken."""
    ids = _ids(drafts)
    return [_row(draft, ids, place, dtype) for place, draft in enumerate(drafts)]


def _ids(drafts: Sequence[Draft]) -> list[str]:
    taken = {draft.name for draft in drafts if draft.name is not None}
    ids: list[str] = []
    counts: dict[str, int] = {}
    for draft in drafts:
        ids.append(draft.name or _fresh(draft.stem or draft.op, taken, counts))
        taken.add(ids[-1])
    return ids


def _fresh(stem: str, taken: set[str], counts: dict[str, int]) -> str:
    name, k = stem, counts.get(stem, 1)
    while name in taken:
        k += 1
        name = f"{stem}.{k}"
    counts[stem] = k
    return name


def _row(draft: Draft, ids: Sequence[str], place: int, dtype: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": ids[place], "op": draft.op}
    if draft.operands:
        row["inputs"] = [ids[k] for k in draft.operands]
    if draft.attrs:
        row["attrs"] = dict(draft.attrs)
    if draft.dtype != dtype:
        row["dtype"] = draft.dtype
    if draft.value is not None:
        row["value"] = written(draft.value, draft.dtype)
    elif not draft.operands and draft.shape:
        row["shape"] = list(draft.shape)
    return {**row, **draft.stated}


def written(numbers: Numbers, dtype: str = "float64") -> Any:
    """Numbers as a document writes them: nested lists, in base64 if there are many."""
    if numbers.size > PLAIN and dtype in _LETTERS:
        data = np.ascontiguousarray(numbers.astype(NUMPY[dtype])).astype(_LETTERS[dtype]).tobytes()
        return {"shape": list(numbers.shape), "b64": base64.b64encode(data).decode("ascii")}
    return write(numbers.shape, numbers.astype(NUMPY[dtype]).ravel().tolist())


#: Little-endian elements of each dtype whose numbers NumPy writes as the format wants them.
_LETTERS = {"float64": "<f8", "float32": "<f4", "float16": "<f2", "int64": "<i8", "int32": "<i4", "bool": "|b1"}
