"""ONNX: models as documents."""

from .reading import from_onnx

__all__ = ["from_onnx"]
