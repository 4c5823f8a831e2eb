"""Kinks: where branches meet, what they allow together, and numbers that no derivative stands for."""
