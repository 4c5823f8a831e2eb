"""The command line: one file a verb, each the twin of a library function."""

from .application import app, main

__all__ = ["app", "main"]
