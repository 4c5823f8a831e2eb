"""Grading: what a sheet is worth, where it went wrong, and what to say about it. README.md tells how."""
