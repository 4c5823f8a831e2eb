"""Compiled kernels (extra `fast`, numba): one loop over runs, and in it one loop a kernel, printed from the op rules.

The text of the kernels stands in the user's cache folder under its own digest, with numba's machine code beside it: a
second process with the same ops compiles nothing. Arithmetic is IEEE: no fast math, a division by zero is infinite.
The functions are those of `numbers/floats.py`, and the order of sums is the table's, so results are the table's.
While kernels run, other threads do.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..gate import share_of
from ..program import Program
from .compiled_text import TILE, printed
from .lowering import lowered

Floats = NDArray[np.float64]

#: Kernels of one program: with more of them compiling takes longer than it can save.
MOST_KERNELS = 128

#: Functions that are not the C library's: `logaddexp` asks FLINT where doubles cancel, Python's `hypot` is its own.
UNCOMPILED = frozenset({"logaddexp", "hypot"})


@lru_cache(1)
def is_installed() -> bool:
    """True if the extra `fast` is there; nothing is imported."""
    return find_spec("numba") is not None


def compiles(program: Program) -> bool:
    """True if every kernel can be compiled: doubles throughout, and functions that the C library has."""
    if len(program.kernels) > MOST_KERNELS:
        return False
    calls = [lowered(kernel.rule, kernel.arity).functions for kernel in program.kernels]
    return all(kernel.is_double for kernel in program.kernels) and not any(names & UNCOMPILED for names in calls)


class Compiled:
    """A program ready to be run by compiled kernels under one convention at kinks; `compiles` must hold."""

    def __init__(self, program: Program, kinks: str) -> None:
        self.program = program
        self._kernels: Any = loaded(printed(program.kernels))
        self._shares = np.array([share_of(kernel.rule, kinks) for kernel in program.kernels], dtype=np.float64)
        self._operands, self._targets = (x.astype(np.uint32) for x in (program.operands, program.targets))
        self._layout = program.runs, program.codes, program.starts, self._operands

    def forward(self, leaves: Sequence[float]) -> Floats:
        """The values of all wires."""
        values = np.empty(self.program.size)
        values[: self.program.leaves.size] = leaves
        self._kernels.forward(values, *self._layout, self._shares)
        return values

    def backward(self, values: Any, seeds: Mapping[int, float]) -> Floats:
        """What every wire receives."""
        received = np.full(self.program.size + 1, -0.0)
        for wire, seed in seeds.items():
            received[wire] = seed
        self._kernels.backward(_doubles(values), received, *self._layout, self._targets, self._shares)
        return received

    def slopes(self, values: Any) -> Floats:
        """The local gradients of all slots."""
        found = np.empty(self.program.operands.size)
        self._kernels.slopes(_doubles(values), found, *self._layout, self._shares)
        return found

    def both_by_column(self, leaves: Any, seeds: Mapping[int, float]) -> tuple[Floats, Floats]:
        """Values and gradients for many value sets of the leaves, one a column."""
        given = np.asarray(leaves, dtype=np.float64)
        columns = given.shape[1]
        values, received = (np.empty((self.program.size, columns)) for _ in range(2))
        for start in range(0, columns, TILE):
            width = min(TILE, columns - start)
            tile = np.zeros((self.program.size, TILE))
            tile[: given.shape[0], :width] = given[:, start : start + width]
            self._kernels.forward_tile(tile, *self._layout, self._shares)
            grads = np.full((self.program.size + 1, TILE), -0.0)
            for wire, seed in seeds.items():
                grads[wire] = seed
            self._kernels.backward_tile(tile, grads, *self._layout, self._targets, self._shares)
            values[:, start : start + width] = tile[:, :width]
            received[:, start : start + width] = grads[:-1, :width]
        return values, received


def _doubles(values: Any) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


@lru_cache(64)
def loaded(text: str) -> ModuleType:
    """The module of a text; its functions are compiled, or found compiled, when they are first called."""
    name = f"chainrule_kernels_{sha256(text.encode()).hexdigest()[:32]}"
    spec = spec_from_file_location(name, _kept(f"{name}.py", text))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Numba's cache looks a function's module up by its name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _kept(name: str, text: str) -> Path:
    """The file of this name with this very text: in the user's cache folder, else in one of this process."""
    path = _folder() / name
    try:
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as beside:
                beside.write(text)
            Path(beside.name).replace(path)
    except OSError:
        path = Path(_temporary().name) / name
        path.write_text(text)
    return path


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "chainrule"


@lru_cache(1)
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
