"""Calls of other libraries as nodes: what every system's table is written with."""

from .builder import Builder, Wire
from .refusal import Refusal, refuse

__all__ = ["Builder", "Refusal", "Wire", "refuse"]
