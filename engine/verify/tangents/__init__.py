"""Tangents: what imaginary parts make of the objective, by forward rules alone."""
