"""Tensors: judged in their smallest parts, or in arrays with running bounds."""
