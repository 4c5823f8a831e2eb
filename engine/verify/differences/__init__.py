"""Finite differences: what they show of a document, with a measured error bar."""
