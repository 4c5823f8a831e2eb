"""Where the points of one stencil of finite differences lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .romberg import Floats, Ladder


@dataclass(frozen=True, slots=True)
class Displacement:
    """Every entry of some leaves moves by `weights` times the step; a stencil has the points of its ladder."""

    weights: Mapping[int, Floats]
    steps: Floats
    ladder: Ladder
