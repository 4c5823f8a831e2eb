"""Graphs of other systems become documents, and documents become theirs."""
