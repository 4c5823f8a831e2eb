"""Writing keeps every number as it was written, and lines of documents are read one by one."""

import gzip
import io
from typing import Any

import orjson
import pytest
from hypothesis import given

from chainrule.schema import DocumentError, Graph, Limits, dump, read, read_lines

from .documents import TEXT, altered, graph
from .strategies import documents

FULL = altered(
    node={"value": "-2.00", "label": "é", "ext": {"org.a": 1}},
    **{"$schema": "urn:x", "meta": {"title": "t"}, "rounding": {"mode": "decimals", "digits": 2}, "requires": []},
)


@pytest.mark.parametrize("text", [TEXT, FULL])
@pytest.mark.parametrize("indent", [True, False])
def test_what_is_written_is_what_was_read(text: bytes, indent: bool) -> None:
    written = dump(read(text), indent=indent)
    assert orjson.loads(written) == orjson.loads(text)
    assert read(written) == read(text)


@given(documents())
def test_every_number_is_written_as_it_was_read(document: dict[str, Any]) -> None:
    text = orjson.dumps(document)
    assert orjson.loads(dump(read(text))) == orjson.loads(text)


def test_a_function_and_a_group_have_a_line() -> None:
    function = {"params": ["a"], "nodes": [{"id": "b", "op": "neg", "inputs": ["a"]}], "outputs": ["b"]}
    lines = (
        dump(graph(altered(functions={"g": function}, groups=[{"id": "box", "nodes": ["q"]}]))).decode().splitlines()
    )
    assert lines[-7:] == [
        '  "functions": {',
        f'    "g": {orjson.dumps(function).decode().replace(":", ": ").replace(",", ", ")}',
        "  },",
        '  "groups": [',
        '    {"id": "box", "nodes": ["q"]}',
        "  ]",
        "}",
    ]


def test_version_kind_and_op_set_come_first_and_a_node_has_a_line() -> None:
    lines = dump(graph(FULL)).decode().splitlines()
    assert [line.split('"')[1] for line in lines[1:4]] == ["chainrule", "kind", "opset"]
    assert '    {"id": "q", "op": "add", "inputs": ["x", "y"]},' in lines


def test_lines_are_read_alone() -> None:
    lines = TEXT + b"\r\n" + b"  \t\n" + b"{}\n" + TEXT
    found = list(read_lines(lines, source="class.cr.jsonl"))
    assert [number for number, _ in found] == [1, 3, 4]
    assert [type(document) for _, document in found] == [Graph, DocumentError, Graph]
    assert isinstance(found[1][1], DocumentError)
    assert found[1][1].source == "class.cr.jsonl:3"


def test_a_line_that_is_too_long_spoils_no_other() -> None:
    lines = TEXT + b"\n" + b" " * 2_000 + TEXT + b"\n" + TEXT + b"\n" + TEXT[:-1]
    found = list(read_lines(io.BytesIO(lines), limits=Limits(bytes=1_000)))
    codes = [
        [problem.code for problem in document.problems] for _, document in found if isinstance(document, DocumentError)
    ]
    assert [number for number, _ in found] == [1, 2, 3, 4]
    assert codes == [["limit.bytes"], ["json.syntax"]]


@pytest.mark.parametrize("surplus", [0, 1])
def test_a_line_s_limit_does_not_count_its_end(surplus: int) -> None:
    for end in (b"\n", b"\r\n", b""):
        ((_, found),) = read_lines(TEXT + b" " * surplus + end, limits=Limits(bytes=len(TEXT)))
        assert isinstance(found, DocumentError) == bool(surplus)


def test_packed_lines_are_inflated_one_by_one() -> None:
    packed = gzip.compress(TEXT + b"\n" + TEXT)
    assert [number for number, _ in read_lines(packed)] == [1, 2]
    broken = list(read_lines(packed[:-12]))
    assert isinstance(broken[-1][1], DocumentError)
