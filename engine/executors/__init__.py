"""Executors: one program, three ways to run it, chosen by size; all of them take their kernels from the op rules."""
