"""torch: what its calls become, as nodes."""

from .calling import lowered, lowered_aten

__all__ = ["lowered", "lowered_aten"]
