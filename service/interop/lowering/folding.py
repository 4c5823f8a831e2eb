"""Gates between known numbers, computed on the spot by the op's own rule."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ....engine.dtypes import FLOATING, DtypeFault
from ....engine.numbers.arrays import Arrays
from ....engine.rule import Rule

#: Ops that make integers of integers; a document has no such gates, so what they make is always folded.
_WHOLE = frozenset(
    {"add", "sub", "mul", "neg", "abs", "square", "maximum", "minimum", "floor", "sign", "clip"}
    | {"reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "cumsum", "matmul"}
)

_ARRAYS = Arrays()


def folded(rule: Rule, operands: Sequence[NDArray[Any]], dtypes: Sequence[str]) -> list[tuple[NDArray[Any], str]]:
    """Value and dtype of every output; integers are exact up to 2^53."""
    dtype = _made(rule, dtypes)
    with np.errstate(all="ignore"):
        value = rule.forward(_ARRAYS, *(operand.astype(np.float64) for operand in operands))
    kind = np.float64 if dtype in FLOATING else {"int64": np.int64, "int32": np.int32, "bool": np.bool_}[dtype]
    parts: list[Any] = cast(Any, value) if isinstance(value, list) else [value]
    return [(np.asarray(part).astype(kind), dtype) for part in parts]


def _made(rule: Rule, dtypes: Sequence[str]) -> str:
    """The result's dtype; arithmetic of integers makes integers where it can."""
    try:
        made = rule.dtype(dtypes, rule.values)
    except DtypeFault:
        whole = rule.name in _WHOLE and not any(dtype in FLOATING for dtype in dtypes)
        made = "int64" if whole else "float64"
    return made if made in ("int64", "int32", "bool") else "float64"
