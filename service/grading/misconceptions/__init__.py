"""The catalogue of misconceptions: one file a family, one block a code."""
