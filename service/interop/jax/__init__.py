"""jax: what its primitives become, as nodes."""

from .calling import lowered

__all__ = ["lowered"]
