"""The calls, one file a family."""
