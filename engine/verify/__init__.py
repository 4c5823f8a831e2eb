"""Judging what a document claims: one file a method, and the pipeline that hears them all."""

from .pipeline import verify_graph
from .policy import Policy

__all__ = ["Policy", "verify_graph"]
