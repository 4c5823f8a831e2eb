"""The layout that all drawings share: layers, their order, and heights."""

from collections.abc import Sequence

from .circuit import Gate
from .layers import Layers, layers_of
from .ordering import untangle
from .placement import Spacing, place


def laid_out(gates: Sequence[Gate], spacing: Spacing) -> Layers:
    """The gates in ordered layers with heights. Deterministic: equal gates give equal drawings."""
    layers = layers_of(gates)
    untangle(layers)
    place(layers, spacing)
    return layers
