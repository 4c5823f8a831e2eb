"""What is true of a document: rules, passes over the graph, and verification."""

from .annotate import annotate
from .backward import Gradients, backward
from .check import check
from .forward import forward

__all__ = ["Gradients", "annotate", "backward", "check", "forward"]
