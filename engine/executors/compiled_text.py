"""The text of compiled kernels: loops over runs with one branch a kernel, printed from the op rules.

Each function comes twice: over one number a wire, and over tiles, a row of `TILE` columns a wire.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from inspect import getsource
from re import sub

from ..numbers import floats
from ..program import Kernel
from .lowering import lowered

#: Columns that are run together: their rows stay in the cache while a gate passes over them.
TILE = 64

#: Functions that arrays round to integers in place of Python's, which make integers of unbounded size.
_BY_NUMPY = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "round": "rint"}

_HEAD = """\
import math

import numpy
from numba import njit

from chainrule.engine.numbers import floats
from chainrule.engine.surrogates import clamp as _clamp

jit = njit(cache=True, nogil=True, error_model="numpy")
inline = njit(nogil=True, error_model="numpy")
inf, nan = math.inf, math.nan
clamp = inline(_clamp)
"""


def printed(kernels: Sequence[Kernel]) -> str:
    """A module with forward, backward and slopes, and with forward_tile and backward_tile."""
    bodies = [_body(kernel) for kernel in kernels]
    return "\n".join([_HEAD, *_functions(kernels), *_passes(bodies, tile=False), *_passes(bodies, tile=True), ""])


def _functions(kernels: Sequence[Kernel]) -> list[str]:
    """The functions that the kernels call, by name."""
    used = sorted({name for kernel in kernels for name in lowered(kernel.rule, kernel.arity).functions} - {"abs"})
    lines = [f"# {_version()}"]
    for name in used:
        if name in _BY_NUMPY:
            lines.append(f"{name} = numpy.{_BY_NUMPY[name]}")
        elif floats.FUNCTIONS[name].__module__ == "math":
            lines.append(f"{name} = math.{name}")
        else:
            lines.append(f"{name} = inline(floats.{name})")
    return lines


@lru_cache(1)
def _version() -> str:
    """What the functions are: numba's cache does not see that one of them has changed."""
    return sha256(getsource(floats).encode()).hexdigest()


class _Body:
    """The lines of one kernel in the three loops; `{c}` is nothing, or the column of a tile."""

    def __init__(self, arity: int, value: str, slopes: Sequence[str], sent: Sequence[str]) -> None:
        operands = [f"x{k} = v[operands[p + {k}]{{c}}]" for k in range(arity)]
        self.arity = arity
        self.forward = [*operands, f"v[i{{c}}] = {value}"]
        self.slopes = [*operands, "out = v[i]", *(f"found[p + {k}] = {slope}" for k, slope in enumerate(slopes))]
        adding = [f"d[targets[p + {k}]{{c}}] += {part}" for k, part in enumerate(sent)]
        self.backward = [*operands, "out = v[i{c}]", "g = d[i{c}]", *adding]


def _body(kernel: Kernel) -> _Body:
    found = lowered(kernel.rule, kernel.arity)
    sent = [f"{slope} * g" for slope in found.slopes]
    if kernel.rule.limits is not None:
        low, high = map(float, kernel.rule.limits)
        sent = [f"clamp({part}, {low!r}, {high!r})" for part in sent]
    return _Body(kernel.arity, found.value, found.slopes, sent)


def _passes(bodies: Sequence[_Body], *, tile: bool) -> list[str]:
    name = "_tile" if tile else ""
    forward = _loop(bodies, lambda body: body.forward, tile=tile)
    backward = _loop(bodies, lambda body: body.backward, tile=tile)
    lines = [
        f"@jit\ndef forward{name}(v, runs, codes, starts, operands, shares):",
        "    for r in range(codes.size):",
        *forward,
        f"@jit\ndef backward{name}(v, d, runs, codes, starts, operands, targets, shares):",
        "    for r in range(codes.size - 1, -1, -1):",
        *backward,
    ]
    if not tile:
        lines += ["@jit\ndef slopes(v, found, runs, codes, starts, operands, shares):"]
        lines += ["    for r in range(codes.size):", *_loop(bodies, lambda body: body.slopes, tile=False)]
    return lines


def _loop(bodies: Sequence[_Body], lines_of: Callable[[_Body], Sequence[str]], *, tile: bool) -> list[str]:
    """The inside of a loop over runs: the branch of its kernel, and in it the loop over its gates."""
    lines = ["        code, first, last = codes[r], runs[r], runs[r + 1]"]
    lines += ["        p, share = starts[first], shares[code]"]
    for code, body in enumerate(bodies):
        lines += [f"        {'elif' if code else 'if'} code == {code}:", "            for i in range(first, last):"]
        indent = " " * 16
        if tile:
            lines += [f"{indent}for c in range({TILE}):"]
        inner = indent + ("    " if tile else "")
        lines += [inner + sub(r"\{c\}", ", c" if tile else "", line) for line in lines_of(body)]
        lines += [f"{indent}p += {body.arity}"]
    return lines
