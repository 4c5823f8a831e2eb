"""Whatever the bytes, reading ends with a document or with problems, and the short way says what the stages say."""

import json
import random
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.schema import CODES, DEFAULT, Document, DocumentError, Graph, dump, read, read_lines
from chainrule.schema.stages.plain import plain_structure
from chainrule.schema.stages.structure import judge_structure

from .documents import BASE, TEXT
from .strategies import documents, finite

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**64,
    "",
    "x",
    "f",
    "0.20",
    "1/3",
    "NaN",
    "a b",
    [],
    ["x"],
    [None],
    {},
    {"shape": []},
]


def outcome(data: bytes) -> Document | DocumentError:
    found = read_or_refuse(data)
    if isinstance(found, DocumentError):
        assert all(problem.code in CODES for problem in found.problems)
        assert 0 < len(found.problems) <= DEFAULT.problems
    return found


def read_or_refuse(data: bytes) -> Document | DocumentError:
    try:
        return read(data)
    except DocumentError as error:
        return error


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_with_problems(data: bytes) -> None:
    assert isinstance(outcome(data), DocumentError)


def test_a_changed_byte_is_refused_or_read_as_what_it_now_says() -> None:
    draw = random.Random(1)
    for _ in range(6_000):
        data = bytearray(TEXT)
        data[draw.randrange(len(data))] = draw.randrange(256)
        found = outcome(bytes(data))
        if isinstance(found, Document):
            assert orjson.loads(dump(found)) == orjson.loads(bytes(data))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(document)
    if not path:
        return value
    here = changed
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    return changed


@pytest.mark.parametrize("path", places(BASE), ids=str)
def test_an_odd_value_anywhere_is_refused_or_read(path: tuple[Any, ...]) -> None:
    for value in ODD:
        outcome(json.dumps(put(BASE, path, value)).encode())


ROW_FIELDS = ["id", "op", "inputs", "value", "grad", "local", "downstream", "shape", "dtype", "label", "attrs", "other"]


@settings(max_examples=400)
@given(documents(values=finite), st.data())
def test_the_short_way_accepts_nothing_that_the_stages_refuse(document: dict[str, Any], data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 2))):
        row = data.draw(st.sampled_from(document["nodes"]))
        row[data.draw(st.sampled_from(ROW_FIELDS))] = data.draw(st.sampled_from(ODD))
    if data.draw(st.booleans()):
        del document["outputs"][0]["seed"]
    found = plain_structure(document["nodes"], document["outputs"], fan_in=3, opset=1)
    if found is None:
        return
    graph = Graph.from_object(document)
    staged = judge_structure(graph.nodes, graph.outputs, dtype=None, opset=1, limits=DEFAULT)
    assert (found, graph.structure) == (staged, staged)
    # The fields too: a surplus label takes the same rows through stage 4.
    assert isinstance(outcome(json.dumps(put(document, ("nodes", 0, "label"), "")).encode()), Graph)


@given(st.binary(max_size=60))
def test_random_lines_each_end_with_a_document_or_problems(data: bytes) -> None:
    for number, found in read_lines(data + b"\n" + TEXT):
        assert number >= 1
        assert isinstance(found, (Document, DocumentError))
