"""One call of another library as a document (ops.md 12)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...schema import Graph, Problem
from .errors import InteropError
from .lowering import Builder, Refusal, Wire, refuse
from .lowering.naming import rows, written


def lower(
    system: str,
    name: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    seeds: Mapping[int, Any] | None = None,
) -> Graph:
    """The call `name(*args, **kwargs)` of a system as a graph document: torch's public functions, ATen's
    overloads (system aten), or jax's primitives.

    Arrays (of any dtype that a document has) become the leaves t0, t1, ... in the order in which they are met; the
    call's outputs become the document's, with `seeds` only those that it names by their place, each with its seed.
    Raises InteropError, naming what has no counterpart.
    """
    g = Builder()
    try:
        operands = [_with_leaves(g, argument) for argument in args]
        named = {key: _with_leaves(g, argument) for key, argument in kwargs.items()}
        outputs = _outputs(_called(system)(g, name, operands, named))
        chosen = _chosen(outputs, seeds, name)
        stated = _stated(g, outputs, chosen, seeds)
    except Refusal as refusal:
        raise _unsupported(name, refusal.why) from None
    nodes = rows(g.drafts)
    listed: list[dict[str, Any]] = [{**stated[place], "node": nodes[stated[place]["node"]]["id"]} for place in chosen]
    return Graph.build(nodes=cast(Any, nodes), outputs=cast(Any, listed))


def _called(system: str) -> Callable[[Builder, str, Any, Mapping[str, Any]], Any]:
    from .jax import lowered as jax
    from .torch import lowered as torch
    from .torch import lowered_aten as aten

    systems = {"torch": torch, "aten": aten, "jax": jax}
    return systems.get(system) or refuse(f"calls of {system}: there are those of {', '.join(systems)}")


def _with_leaves(g: Builder, argument: Any) -> Any:
    """The argument with leaves in the place of arrays, however deep; infinities and NaN as text are floats."""
    if isinstance(argument, np.ndarray):
        return g.leaf(_of_a_document(cast(NDArray[Any], argument)), name=f"t{len(g.drafts)}")
    if isinstance(argument, (list, tuple)):
        entries = [_with_leaves(g, entry) for entry in cast(Sequence[Any], argument)]
        return tuple(entries) if isinstance(argument, tuple) else entries
    return float(argument) if argument in ("inf", "-inf", "nan") else argument


def _of_a_document(array: NDArray[Any]) -> NDArray[Any]:
    kind = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_}.get(array.dtype.kind)
    return refuse(f"an array of {array.dtype}") if kind is None else array.astype(kind)


def _outputs(found: Any) -> list[Wire | None]:
    """What came out, one entry an output; None where no gradient can flow from."""
    listed: list[Wire | None] = list(cast(Any, found)) if isinstance(found, (list, tuple)) else [found]
    return [wire if wire is not None and wire.floats else None for wire in listed]


def _chosen(outputs: Sequence[Wire | None], seeds: Mapping[int, Any] | None, name: str) -> list[int]:
    places = [place for place, wire in enumerate(outputs) if wire is not None] if seeds is None else sorted(seeds)
    for place in places:
        if place >= len(outputs) or outputs[place] is None:
            refuse(f"a seed for output {place} of {name}, from which no gradient flows")
    return places or refuse(f"{name}: no gradient flows from any of its outputs")


def _stated(
    g: Builder, outputs: Sequence[Wire | None], chosen: Sequence[int], seeds: Mapping[int, Any] | None
) -> dict[int, dict[str, Any]]:
    """The chosen outputs as a document lists them, the place of the node in that of its id; each wire once."""
    stated: dict[int, dict[str, Any]] = {}
    used: set[int] = set()
    for place in chosen:
        wire = cast(Wire, outputs[place])
        if wire.place is not None and wire.place in used:
            wire = g("identity", wire) if wire.known is None else g.constant(wire.known)
        node = g.placed(wire)
        used.add(node)
        stated[place] = {"node": node}
        if seeds is not None:
            stated[place]["seed"] = written(_seed(seeds[place], wire))
    return stated


def _seed(seed: Any, wire: Wire) -> NDArray[Any]:
    numbers = np.asarray(seed, dtype=np.float64)
    if numbers.shape != wire.shape:
        refuse(f"a seed of shape {list(numbers.shape)} for an output of shape {list(wire.shape)}")
    return numbers


def _unsupported(name: str, why: str) -> InteropError:
    return InteropError((Problem(code="import.unsupported", at="", message=why, node=None),), source=name)
