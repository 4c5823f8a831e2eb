"""Calling jax: by the names of its primitives."""

from collections.abc import Mapping
from inspect import signature
from typing import Any

from ..lowering import Builder, refuse
from .primitives import PRIMITIVES, Lowered


def lowered(g: Builder, name: str, args: Any, kwargs: Mapping[str, Any]) -> Lowered:
    """A primitive with its parameters as nodes; Refusal if it, or a parameter, has no counterpart."""
    if name not in PRIMITIVES:
        refuse(f"{name}: there is no op for it")
    function = PRIMITIVES[name]
    try:
        bound = signature(function).bind(g, *args, **kwargs)
    except TypeError as error:
        refuse(f"{name}: {error}")
    return function(*bound.args, **bound.kwargs)
