"""Drawings of graphs, with the layout that they share."""

from .drawing import draw

__all__ = ["draw"]
