"""The column form of a graph, `*.cr.safetensors` (format.md 17): for large graphs, caches and batches."""

from .packing import pack
from .reading import unpack

__all__ = ["pack", "unpack"]
