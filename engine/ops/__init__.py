"""The op declarations, by family: one block an op, nothing else knows an op by name."""
