"""Expressions as graphs: ``f = (x + y) * z`` becomes the circuit as written, and a graph prints back."""

from .parsing import parse
from .printing import unparse

__all__ = ["parse", "unparse"]
