"""Tensors: nested arrays, base64, and what is wrong with them."""

import base64
import math
from typing import Any

import numpy as np
import pytest

from chainrule.schema import DEFAULT, Limits, read
from chainrule.schema.tensor import encode, shape_of, write
from chainrule.schema.tensor import read as read_tensor
from chainrule.schema.tensor_faults import Position, tensor_faults

from .documents import altered, refused

FLOAT = Position("float64")
GAPS = Position("float64", gaps=True)


def faults(raw: Any, position: Position = FLOAT, limits: Limits = DEFAULT) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(fault.code, at) for at, fault in tensor_faults(raw, position, limits)]


def b64(data: bytes, *shape: int) -> dict[str, Any]:
    return {"shape": list(shape), "b64": base64.b64encode(data).decode()}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([1, "0.2", [3]], [("value.ragged", ())]),
        ([[1], 2], [("value.ragged", ())]),
        ([[1, 2], [3]], [("value.ragged", ())]),
        ([], [("value.empty_array", ())]),
        ([[1], []], [("value.empty_array", ())]),
        ([[[[[[[[[1]]]]]]]]], [("limit.rank", ())]),
        ([[1, True], [None, "x"]], [("value.type", (0, 1)), ("value.type", (1, 0)), ("value.number", (1, 1))]),
        ({"shape": [1]}, [("value.form", ())]),
        ({"shape": [1], "b64": 5}, [("value.form", ())]),
        ({"shape": [True], "b64": ""}, [("shape.dim", ("shape", 0))]),
        ({"shape": [1, -1], "b64": ""}, [("shape.dim", ("shape", 1))]),
        ({"shape": 1, "b64": ""}, [("field.type", ("shape",))]),
        ({"shape": [2**30], "b64": ""}, [("limit.elements", ("shape",))]),
        ({"shape": [1], "b64": "AAAAAAAAAAA"}, [("value.b64_length", ("b64",))]),
        ({"shape": [1], "b64": "AAAAAAAAAAB="}, [("value.b64", ("b64",))]),
        ({"shape": [1], "b64": "AAAAAAAAAAé="}, [("value.b64", ("b64",))]),
        ({"shape": [0], "b64": ""}, []),
        ({"shape": [], "b64": "AAAAAAAAAAA="}, []),
        ([[1, "0.2"], ["1/3", "NaN"]], []),
    ],
)  # fmt: skip
def test_a_tensor_says_where_it_is_wrong(raw: Any, expected: list[tuple[str, tuple[str | int, ...]]]) -> None:
    assert faults(raw) == expected


def test_only_annotations_have_gaps() -> None:
    assert faults([1, None]) == [("value.type", (1,))]
    assert faults([1, None], GAPS) == []
    assert faults(None, GAPS) == [("value.type", ())]


def test_bytes_of_a_bool_are_0_or_1() -> None:
    assert faults(b64(b"\0\1", 2), Position("bool")) == []
    assert faults(b64(b"\0\2", 2), Position("bool")) == [("value.b64", ("b64",))]


def test_seeds_in_bytes_are_finite() -> None:
    nan = b64(np.array([math.nan]).tobytes(), 1)
    assert faults(nan) == []
    assert faults(nan, Position("float64", finite=True)) == [("value.nonfinite", ("b64",))]


def test_elements_are_counted_before_anything_is_decoded() -> None:
    assert faults([[1] * 3] * 3, limits=Limits(elements=8)) == [("limit.elements", ())]


def test_the_bytes_of_all_tensors_are_counted_once() -> None:
    text = altered(node={"value": [1.0] * 4})
    assert ("limit.tensor_bytes", "/nodes/0/value") in refused(text, limits=Limits(tensor_bytes=31))
    assert refused(altered(node={"value": -2, "label": "x"}), limits=Limits(tensor_bytes=0)) == []


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int32", "bool"])
def test_bytes_are_little_endian_elements(dtype: str) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    tensor = read_tensor(b64(array.tobytes(), 2, 3), dtype)
    assert (tensor.shape, list(tensor.entries), tensor.binary) == ((2, 3), array.ravel().tolist(), True)
    assert encode(array.ravel().tolist(), dtype) == array.tobytes()


def test_bfloat16_bytes_are_the_upper_half_of_float32() -> None:
    whole = np.array([1.0, -2.5, math.inf], dtype="<f4").tobytes()
    upper = b"".join(whole[i + 2 : i + 4] for i in range(0, 12, 4))
    assert list(read_tensor(b64(upper, 3), "bfloat16").entries) == [1.0, -2.5, math.inf]
    assert encode([1.0, -2.5, math.inf], "bfloat16") == upper


def test_a_negative_zero_keeps_its_sign() -> None:
    zeros = read_tensor(b64(np.array([-0.0, 0.0]).tobytes(), 2), "float64")
    assert list(zeros.entries) == ["-0x0p+0", 0.0]
    assert write((2,), [-0.0, 0.0]) == ["-0x0p+0", 0.0]


def test_nested_arrays_are_read_in_c_order_as_written() -> None:
    assert read_tensor([["0.20", 1], [None, "1/3"]], "float64") == ((2, 2), ["0.20", 1, None, "1/3"], False)
    assert read_tensor("0.20", "float64") == ((), ["0.20"], False)


def test_writing_is_reading_backwards() -> None:
    raw = [[1.5, "NaN", -2], [None, "Infinity", "-0x0p+0"]]
    entries = [1.5, math.nan, -2, None, math.inf, -0.0]
    assert write((2, 3), entries) == raw
    assert write((), [1.5]) == 1.5
    assert shape_of(write((0, 3), [])) == (0, 3)
    assert write((), [2**60]) == str(2**60)


def test_shapes_are_told_without_decoding() -> None:
    assert [shape_of(raw) for raw in (1, "0.2", [[1, 2]], {"shape": [4, 5], "b64": ""})] == [(), (), (1, 2), (4, 5)]


def test_a_blob_is_refused_because_nobody_has_it() -> None:
    blob = {"shape": [2], "blob": "sha256:" + "0" * 64, "name": "w"}
    assert refused(altered(node={"value": blob})) == [("blob.unresolved", "/nodes/0/value")]


def test_a_zero_size_tensor_stands_in_a_document() -> None:
    document = read(altered(node={"value": {"shape": [0, 3], "b64": ""}}))
    assert document.kind == "graph"
