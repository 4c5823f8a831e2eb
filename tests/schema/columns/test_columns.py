"""The column form: lossless both ways, the same digests, and every malformed container refused with its code."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.schema import DocumentError, Graph, canonical, document_digest, dump, graph_digest, read, shape_digest
from chainrule.schema.columns import pack, unpack
from chainrule.schema.container import Stored, open_header, write_container
from chainrule.schema.limits import DEFAULT, Limits
from chainrule.schema.number_faults import Fault

from .forms import BASE, changed, graph, packed, parts, refused

FIXTURES = Path(__file__).parents[3] / "fixtures"
VALID = sorted(
    path
    for path in FIXTURES.rglob("*.cr.json")
    if {"invalid", "open"}.isdisjoint(path.parts) and orjson.loads(path.read_bytes()).get("kind") == "graph"
)


def same(before: Graph, after: Graph) -> None:
    """One document in two forms."""
    assert canonical(after) == canonical(before)
    for digest in (document_digest, graph_digest, shape_digest):
        assert digest(after) == digest(before)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.name)
def test_every_valid_document_comes_back(path: Path) -> None:
    before = graph(path.read_bytes())
    same(before, graph(pack(before)))


def test_the_corpus_is_there() -> None:
    assert len(VALID) > 20  # of every family of fixtures


NUMBERS: list[Any] = [
    *(
        0.1,
        -2,
        2**53 - 1,
        "0.10",
        "1/3",
        "NaN",
        "Infinity",
        "-Infinity",
        "-0x0p+0",
        "0x1.8p+1",
        1e308,
        5e-324,
        "1e-400",
    ),
]


@pytest.mark.parametrize("raw", NUMBERS)
def test_every_number_comes_back_as_it_was_written(raw: Any) -> None:
    before = graph(changed(grad=raw, local=[raw, None], downstream=[None, raw]))
    after = graph(pack(before))
    same(before, after)
    row = after.nodes[4]
    assert [row.get("grad"), row.get("local"), row.get("downstream")] == [raw, [raw, None], [None, raw]]


@pytest.mark.parametrize(
    ("dtype", "raw"),
    [("int64", 7), ("int64", str(2**60)), ("bool", True), ("float32", 0.1), ("bfloat16", 1.5), ("float16", "0x1p-3")],
)
def test_numbers_of_every_dtype_come_back(dtype: str, raw: Any) -> None:
    leaf = {"id": "k", "op": "input", "dtype": dtype, "value": raw}
    before = graph(orjson.dumps(BASE | {"nodes": [*BASE["nodes"], leaf]}))
    after = graph(pack(before))
    same(before, after)
    assert after.nodes[5].get("value") == raw
    assert type(after.nodes[5].get("value")) is type(raw)


@pytest.mark.parametrize(
    "raw",
    [[1.5, 2], {"shape": [2], "b64": "AAAAAAAA+D8AAAAAAAAAQA=="}, [["1/3"], ["0.1"]], {"shape": [0, 2], "b64": ""}],
)
def test_tensors_come_back(raw: Any) -> None:
    nodes = [{"id": "x", "op": "param", "value": raw}, {"id": "y", "op": "reduce_sum", "inputs": ["x"]}]
    before = graph(orjson.dumps(BASE | {"nodes": nodes, "outputs": [{"node": "y"}]}))
    same(before, graph(pack(before)))


def test_what_rows_say_besides_comes_back() -> None:
    more = {"label": "π", "ext": {"com.example": [1]}, "surrogate": {"rule": "scale", "factor": 2}}
    before = graph(changed(**more))
    after = graph(pack(before))
    assert after.nodes == before.nodes
    assert after == before.model_copy(update={"nodes": after.nodes})


def test_a_plain_graph_makes_its_rows_when_they_are_looked_at() -> None:
    after = graph(packed())
    assert not isinstance(after.nodes, list)
    assert len(after.nodes) == 5
    assert after.nodes == graph(orjson.dumps(BASE)).nodes
    assert after.structure == graph(orjson.dumps(BASE)).structure
    assert dump(after) == dump(graph(orjson.dumps(BASE)))


def test_ids_that_are_numbers_of_rows_take_no_column() -> None:
    nodes: list[Any] = [{"id": "n0", "op": "input", "value": 1}, {"id": "n1", "op": "neg", "inputs": ["n0"]}]
    before = graph(orjson.dumps(BASE | {"nodes": nodes, "outputs": [{"node": "n1"}]}))
    content = pack(before)
    assert "ids" not in parts(content)[1]
    same(before, graph(content))


def test_columns_are_attached_and_copied_as_rows_are() -> None:
    after = graph(packed())
    rows = [*after.nodes[:4], {**after.nodes[4], "op": "sub"}]
    other = after.with_nodes(rows)
    assert other.structure.ops[4] == "sub"
    assert after.structure.ops[4] == "mul"


# --- what is refused -------------------------------------------------------------------------------------------------


def column(name: str, *numbers: float) -> bytes:
    """A file whose column holds other numbers."""
    metadata, tensors = parts(packed())
    letter = {"U8": "B", "U16": "H", "U32": "I", "float64": "d"}[tensors[name].dtype]
    return write_container(
        metadata, tensors | {name: tensors[name]._replace(data=struct.pack(f"<{len(numbers)}{letter}", *numbers))}
    )


def without(name: str) -> bytes:
    metadata, tensors = parts(packed())
    return write_container(metadata, {key: value for key, value in tensors.items() if key != name})


def adding(name: str, dtype: str, data: bytes, shape: tuple[int, ...] | None = None) -> bytes:
    metadata, tensors = parts(packed())
    return write_container(metadata, tensors | {name: Stored(dtype, shape or (len(data),), data)})


def document(**fields: Any) -> bytes:
    """A file with other fields in its document."""
    metadata, tensors = parts(packed())
    return write_container(metadata | {"doc": orjson.dumps(orjson.loads(metadata["doc"]) | fields).decode()}, tensors)


def tables(**fields: Any) -> bytes:
    metadata, _ = parts(packed())
    return document(columns=orjson.loads(metadata["doc"])["columns"] | fields)


def header(before: bytes, after: bytes) -> bytes:
    """A file with other text in its header, whose length is put right."""
    content = packed()
    length = int.from_bytes(content[:8], "little")
    text = content[8 : 8 + length]
    assert before in text
    text = text.replace(before, after, 1)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def renamed(**fields: str) -> bytes:
    metadata, tensors = parts(packed())
    return write_container(metadata | fields, tensors)


WRONG: dict[str, list[tuple[str, bytes]]] = {
    "columns.container": [
        ("bytes are left over", packed() + b"\0"),
        ("bytes are missing", packed()[:-1]),
        ("an overlap", header(b'"data_offsets":[0,40]', b'"data_offsets":[8,48]')),
        ("no JSON", header(b'"op":{', b'"op":[')),
    ],
    "columns.header": [
        ("a leading space", header(b"{", b" {")),
        ("a duplicate tensor", header(b'"ptr"', b'"idx"')),
        ("an unknown key", header(b'"dtype":"U16"', b'"dtype":"U16","more":1')),
        ("unknown metadata", renamed(more="x")),
        ("another kind in doc", renamed(kind="report")),
    ],
    "columns.table": [
        ("an op beyond the table", column("op", 0, 0, 0, 1, 9)),
        ("a column is missing", without("idx")),
        ("an unknown column", adding("idxs", "U8", b"a")),
        ("another dtype", adding("attr", "U8", b"\0" * 5)),
        ("another shape", adding("grad", "float64", b"\0" * 8, (1,))),
        ("a bit without its column", without("value")),
        ("a number without its bit", column("has", 1, 1, 1, 0, 2)),
        ("two bits of a number", column("has", 1, 1, 1, 0, 7)),
        ("a bit of a tensor that is absent", column("has", 1, 1, 1, 4, 3)),
        ("a tensor without its bit", adding("value/3", "float64", b"\0" * 8, (1,))),
        ("a tensor of a row with a leading zero", adding("value/03", "float64", b"\0" * 8, (1,))),
        ("text without its places", adding("text", "U8", b"1\n")),
        ("another NaN", adding("grad", "float64", b"\0" * 32 + b"\1\0\0\0\0\0\xf8\x7f", (5,))),
        ("no tables", document(columns=None)),
        ("an unknown table", tables(more=[])),
        ("a count that is none", tables(nodes=True)),
        ("an op that is no name", tables(ops=["input", 3])),
        ("attributes that are no object", tables(attrs=[3])),
        ("rows beside that are none", tables(rows={"9": {"label": "x"}})),
        ("a field beside that has a column", tables(rows={"1": {"op": "x"}})),
        ("nodes in the document", document(nodes=[])),
    ],
    "columns.order": [
        ("an operand that is not before its gate", column("idx", 0, 1, 3, 4)),
        ("a start that falls", column("ptr", 0, 0, 0, 0, 4, 2)),
        ("a first start that is not 0", column("ptr", 1, 1, 1, 1, 2, 4)),
    ],
    "columns.text": [
        ("an id too few", adding("ids", "U8", b"x\ny\nz\nq\n")),
        ("a last id without its end", adding("ids", "U8", b"x\ny\nz\nq\nf")),
        ("ids that are no UTF-8", adding("ids", "U8", b"x\ny\nz\nq\n\xff\n")),
    ],
    "id.duplicate": [("an id twice", adding("ids", "U8", b"x\nx\nz\nq\nf\n"))],
    "id.syntax": [("an id that is none", adding("ids", "U8", b"x\ny\nz\n q\nf\n"))],
    "version.newer": [("a newer container", renamed(chainrule="9.0"))],
    "op.unknown": [("an op that nobody knows", tables(ops=["input", "ad", "mul"]))],
}


@pytest.mark.parametrize(
    ("code", "content"),
    [pytest.param(code, content, id=why) for code, cases in WRONG.items() for why, content in cases],
)
def test_a_malformed_file_is_refused(code: str, content: bytes) -> None:
    assert refused(content).code == code


def test_texts_are_sorted_lines_of_json() -> None:
    content = pack(graph(changed(grad="0.10", local=["1/3", None])))
    metadata, tensors = parts(content)
    assert bytes(tensors["text"].data) == b'"0.10"\n"1/3"\n'
    for name, data in (("text", b'"0.10"\n"1/3\n'), ("text", b'"0.10"\n'), ("text_of", b"\2\1"), ("text_of", b"\1\7")):
        tensor = tensors[name]._replace(data=data, shape=(len(data),))
        assert refused(write_container(metadata, tensors | {name: tensor})).code == "columns.text"


def test_a_kind_that_cannot_be_used_and_limits_are_refused() -> None:
    assert refused(packed(), kind="report").code == "kind.unexpected"
    assert refused(packed(), limits=Limits(bytes=100)).code == "limit.bytes"
    assert refused(packed(), limits=Limits(nodes=4)).code == "limit.nodes"


@given(st.data())
@settings(deadline=None, max_examples=400)
def test_a_mutated_file_is_refused_or_is_what_the_stages_make_of_its_rows(data: st.DataObject) -> None:
    """The short way accepts nothing that the stages refuse, and no file raises anything but a refusal."""
    content = bytearray(packed())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack(bytes(content), DEFAULT)
    except DocumentError:
        return
    again = read(orjson.dumps({**found.header_written(), "nodes": list(found.nodes)}))
    assert isinstance(again, Graph)
    assert again.structure == found.structure


def test_the_writer_s_file_is_read_by_the_reader_of_tensors() -> None:
    opened = open_header(packed())
    assert not isinstance(opened, Fault)
    tensors = opened.tensors()
    assert not isinstance(tensors, Fault)
    assert np.frombuffer(tensors["idx"].data, "<u4").tolist() == [0, 1, 3, 2]
