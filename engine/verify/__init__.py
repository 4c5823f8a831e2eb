"""Judging what a document claims: what methods share, a room for each thought, and the pipeline that hears them all."""

from .budget import Budget
from .pipeline import verify_graph
from .policy import Policy

__all__ = ["Budget", "Policy", "verify_graph"]
