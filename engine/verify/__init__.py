"""Judging what a document claims: one file a method, and the pipeline that hears them all."""

from .pipeline import Policy, verify_graph

__all__ = ["Policy", "verify_graph"]
