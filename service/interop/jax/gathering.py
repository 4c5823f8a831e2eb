"""jax's gather at places that are given: what comes out where is worked out, and read from the flat tensor."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..lowering import Builder, Wire, refuse
from ..lowering.shaping import reshaped


def gather(
    g: Builder,
    x: Wire,
    indices: Wire,
    *,
    dimension_numbers: Any,
    slice_sizes: Sequence[int],
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    mode: Any = None,
    fill_value: Any = None,
) -> Wire:
    """Entries of x at places that are given; those beyond x are refused unless they are clipped."""
    if indices.known is None:
        refuse("gather at places that are not given")
    numbers = _fields(dimension_numbers)
    clips = str(mode).rsplit(".", 1)[-1] in ("CLIP", "0")
    places = _places(x.shape, indices.known, numbers, slice_sizes, clips=clips)
    return g("gather", reshaped(g, x, (prod(x.shape),)), g.constant(places))


_FIELDS = (
    *("offset_dims", "collapsed_slice_dims", "start_index_map"),
    *("operand_batching_dims", "start_indices_batching_dims"),
)


def _fields(numbers: Any) -> dict[str, tuple[int, ...]]:
    held: Mapping[str, Any] = (
        cast(Any, numbers) if isinstance(numbers, dict) else {n: getattr(numbers, n, ()) for n in _FIELDS}
    )
    return {name: tuple(map(int, held.get(name, ()))) for name in _FIELDS}


def _places(
    shape: Sequence[int],
    indices: NDArray[Any],
    numbers: Mapping[str, tuple[int, ...]],
    slice_sizes: Sequence[int],
    *,
    clips: bool,
) -> NDArray[np.int64]:
    """Flat places of the entries that come out: slices start where the last axis of the indices says."""
    batch = indices.shape[:-1]
    dropped = {*numbers["collapsed_slice_dims"], *numbers["operand_batching_dims"]}
    window = [slice_sizes[axis] for axis in range(len(shape)) if axis not in dropped]
    offsets = numbers["offset_dims"]
    rank = len(batch) + len(window)
    batch_axes = [axis for axis in range(rank) if axis not in offsets]
    out = [0] * rank
    for axis, extent in [*zip(batch_axes, batch, strict=True), *zip(offsets, window, strict=True)]:
        out[axis] = extent
    grid = np.indices(tuple(out))
    at = tuple(grid[axis] for axis in batch_axes)
    coordinates = np.zeros((len(shape), *out), dtype=np.int64)
    for k, axis in enumerate(numbers["start_index_map"]):
        starts = indices[(*at, k)]
        room = shape[axis] - slice_sizes[axis]
        if not clips and starts.size and (starts.min() < 0 or starts.max() > room):
            refuse("gather at places beyond the tensor")
        coordinates[axis] += np.clip(starts, 0, room)
    for axis, own in zip(numbers["operand_batching_dims"], numbers["start_indices_batching_dims"], strict=True):
        coordinates[axis] += at[own]
    for axis, out_axis in zip((k for k in range(len(shape)) if k not in dropped), offsets, strict=True):
        coordinates[axis] += grid[out_axis]
    return np.asarray(np.ravel_multi_index(tuple(coordinates), tuple(shape)), dtype=np.int64)
