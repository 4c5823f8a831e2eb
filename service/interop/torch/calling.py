"""Calling torch: by the names of its public functions, and by those of ATen's overloads."""

from collections.abc import Mapping
from typing import Any

from ..lowering import Builder
from .calls import Lowered
from .calls import lowered as _lowered


def lowered(g: Builder, name: str, args: Any, kwargs: Mapping[str, Any]) -> Lowered:
    """A call of a public torch function as nodes; Refusal if it, or an argument, has no counterpart."""
    from .table import CALLS

    return _lowered(g, CALLS, name, args, kwargs)


def lowered_aten(g: Builder, name: str, args: Any, kwargs: Mapping[str, Any]) -> Lowered:
    """A call of an ATen overload, `aten.add.Tensor`, as nodes; most take what the public function of the name takes."""
    from .aten import ATEN
    from .table import CALLS

    _, base, overload = f"{name}..".split(".")[:3]
    if base in ATEN:
        found = f"{base}.{overload}" if f"{base}.{overload}" in ATEN else base
        return _lowered(g, ATEN, found, args, kwargs, aten=True)
    spellings = (
        base,
        f"nn.functional.{base}",
        base.replace("linalg_", "linalg."),
        base.replace("special_", "special."),
    )
    return _lowered(g, CALLS, next((name for name in spellings if name in CALLS), base), args, kwargs)
