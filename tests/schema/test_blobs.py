"""Tensors in files: resolved by digest, hashed before they are read, and judged against their wire."""

import io
import struct
from pathlib import Path
from typing import Any

import orjson
import pytest

from chainrule.schema import (
    Annotations,
    DocumentError,
    Graph,
    attach,
    canonical,
    dump,
    folder,
    graph_digest,
    read,
    read_lines,
    shape_digest,
)
from chainrule.schema.blob import Resolver
from chainrule.schema.container import open_container
from chainrule.schema.number_faults import Fault
from chainrule.schema.tensor import read as read_tensor

from .containers import container, digest, doubles, stored
from .documents import BASE, altered, refused

FILE = stored(
    {
        "w": ("F64", [2], doubles(1.5, -0.0)),
        "single": ("F32", [2], struct.pack("<2f", 1.5, 2)),
        "flags": ("BOOL", [2], b"\0\1"),
        "odd": ("BOOL", [2], b"\0\2"),
        "huge": ("F64", [2], doubles(1, float("inf"))),
        "bytes": ("U8", [2], b"ab"),
        "none": ("F64", [0, 3], b""),
        "three": ("F64", [3], doubles(1, 2, 3)),
    }
)
FILES = {digest(FILE): FILE}


def blob(name: str = "w", shape: list[int] | None = None, file: str = digest(FILE)) -> dict[str, Any]:
    return {"shape": [2] if shape is None else shape, "blob": file, "name": name}


def leaf(raw: Any, **fields: Any) -> bytes:
    return orjson.dumps(
        BASE | {"nodes": [{"id": "x", "op": "param", "value": raw, **fields}], "outputs": [{"node": "x"}]}
    )


def graph(text: bytes, resolver: Resolver = FILES.get) -> Graph:
    document = read(text, blobs=resolver)
    assert isinstance(document, Graph)
    return document


def test_a_tensor_is_read_from_its_file() -> None:
    row = graph(leaf(blob())).nodes[0]
    assert read_tensor(row.get("value"), "float64") == ((2,), [1.5, "-0x0p+0"], True)
    assert read_tensor(graph(leaf(blob("none", [0, 3]))).nodes[0].get("value"), "float64").entries == []


def test_a_blob_stays_a_blob_wherever_it_is_written() -> None:
    found = graph(leaf(blob()))
    assert orjson.loads(dump(found))["nodes"][0]["value"] == blob()
    assert orjson.loads(dump(found, indent=False))["nodes"][0]["value"] == blob()
    assert orjson.loads(canonical(found))["nodes"][0]["value"] == blob()
    constant = graph(leaf(blob(), op="const"))
    assert graph_digest(constant) == graph_digest(graph(canonical(constant)))
    assert shape_digest(constant) == shape_digest(graph(canonical(constant)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (leaf(blob("v")), "blob.tensor"),
        (leaf(blob("three")), "blob.tensor"),
        (leaf(blob("three", [3, 1])), "blob.tensor"),
        (leaf(blob("single")), "blob.tensor"),
        (leaf(blob("bytes")), "blob.tensor"),
        (leaf(blob("odd"), dtype="bool"), "blob.tensor"),
        (leaf(blob(file="sha256:" + "0" * 64)), "blob.unresolved"),
        (leaf(blob(file="sha256:" + "A" * 64)), "value.blob"),
        (leaf(blob("../w")), "value.blob"),
        (leaf(blob("huge")), None),
        (leaf(blob("flags"), dtype="bool"), None),
        (leaf(blob("single"), dtype="float32"), None),
    ],
)
def test_a_blob_fits_its_wire(text: bytes, code: str | None) -> None:
    assert [found for found, _ in refused(text, blobs=FILES.get)] == ([code] if code else [])


def test_without_a_resolver_there_is_no_blob() -> None:
    assert refused(leaf(blob())) == [("blob.unresolved", "/nodes/0/value")]


def test_the_file_is_hashed_before_it_is_read() -> None:
    broken = b"no container at all"
    assert refused(leaf(blob()), blobs=lambda _: broken) == [("blob.digest", "/nodes/0/value")]
    assert refused(leaf(blob(file=digest(broken))), blobs=lambda _: broken) == [("blob.tensor", "/nodes/0/value")]


def test_blobs_may_stand_wherever_tensors_may() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "x", "op": "input", "value": blob(), "grad": blob()},
        {"id": "f", "op": "square", "inputs": ["x"], "value": blob(), "local": [blob()], "downstream": [blob("three")]},
    ]
    outputs = [{"node": "f", "seed": blob("huge")}]
    text = orjson.dumps(BASE | {"nodes": rows, "outputs": outputs})
    assert refused(text, blobs=FILES.get) == [
        ("blob.tensor", "/nodes/1/downstream/0"),
        ("value.nonfinite", "/outputs/0/seed"),
    ]


def test_gradients_of_wires_without_gradient_have_the_dtype_of_the_document() -> None:
    text = leaf(blob("flags"), dtype="bool", grad=blob("single"))
    assert refused(text, blobs=FILES.get) == [("blob.tensor", "/nodes/0/grad")]
    assert refused(text.replace(b'"kind"', b'"dtype":"float32","kind"', 1), blobs=FILES.get) == []


def test_a_constant_of_a_body_may_be_a_blob() -> None:
    function = {"params": [], "nodes": [{"id": "k", "op": "const", "value": blob()}], "outputs": ["k"]}
    assert refused(altered(functions={"g": function}), blobs=FILES.get) == []
    assert refused(altered(functions={"g": function})) == [("blob.unresolved", "/functions/g/nodes/0/value")]


def test_claims_bring_their_files_along() -> None:
    to = graph(leaf(blob()))
    text = {"chainrule": "1.0", "kind": "annotations", "graph": graph_digest(to)}
    claims = orjson.dumps(text | {"nodes": {"x": {"grad": blob(), "value": blob()}}, "seeds": {"x": blob()}})
    document = read(claims, blobs=FILES.get)
    assert isinstance(document, Annotations)
    attached = attach(document, to)
    assert read_tensor(attached.nodes[0].get("grad"), "float64").entries == [1.5, "-0x0p+0"]
    assert read_tensor(attached.leaf_claims["x"], "float64").entries == [1.5, "-0x0p+0"]
    missing = read(claims)
    assert isinstance(missing, Annotations)
    with pytest.raises(DocumentError) as caught:
        attach(missing, to)
    assert [(problem.code, problem.at) for problem in caught.value.problems] == [("blob.unresolved", "/nodes/x/value")]


def test_each_file_is_asked_for_once() -> None:
    asked: list[str] = []

    def resolver(name: str) -> bytes | None:
        asked.append(name)
        return FILES.get(name)

    graph(leaf(blob(), grad=blob()), resolver)
    assert asked == [digest(FILE)]


def test_a_graph_is_built_with_blobs() -> None:
    built = Graph.build(nodes=[{"id": "x", "op": "param", "value": blob()}], outputs=[{"node": "x"}], blobs=FILES.get)
    assert read_tensor(built.nodes[0].get("value"), "float64").entries[0] == 1.5


def test_lines_are_read_with_blobs() -> None:
    ((_, document),) = read_lines(io.BytesIO(leaf(blob())), blobs=FILES.get)
    assert isinstance(document, Graph)


def test_a_folder_holds_files_named_by_digest(tmp_path: Path) -> None:
    (tmp_path / digest(FILE).removeprefix("sha256:")).write_bytes(FILE)
    (tmp_path / "w").write_bytes(FILE)
    resolver = folder(tmp_path)
    assert resolver(digest(FILE)) == FILE
    for name in ("sha256:" + "0" * 64, "w", "sha256:../w", "sha256:w"):
        assert resolver(name) is None


F64 = '{"dtype":"F64","shape":[1],"data_offsets":[0,8]}'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "columns.container"),
        (b"\x10\0\0\0\0\0\0\0{}", "columns.container"),
        (b"\xff" * 8 + b"{}", "columns.container"),
        (container("{", b""), "columns.container"),
        (container('{"a":1}', b""), "columns.container"),
        (container(" {}", b""), "columns.header"),
        (container(f'{{"w":{F64},"w":{F64}}}', bytes(8)), "columns.header"),
        (container(f'{{"w":{F64},"\\u0077":{F64}}}', bytes(8)), "columns.header"),
        (container('{"__metadata__":{"a":1}}', b""), "columns.header"),
        (container('{"__metadata__":{"a":"b","a":"c"}}', b""), "columns.header"),
        (container(f'{{"w":{F64[:-1]},"more":1}}}}', bytes(8)), "columns.header"),
        (container('{"w":{"dtype":"F64","shape":[1]}}', bytes(8)), "columns.header"),
        (container('{"w":' + F64.replace("F64", "C64") + "}", bytes(8)), "columns.container"),
        (container('{"w":' + F64.replace("[1]", "[1.0]") + "}", bytes(8)), "columns.container"),
        (container('{"w":' + F64.replace("[1]", "[-1]") + "}", bytes(8)), "columns.container"),
        (container('{"w":' + F64.replace("[0,8]", "[0,9]") + "}", bytes(9)), "columns.container"),
        (container('{"w":' + F64.replace("[0,8]", "[0,8,8]") + "}", bytes(8)), "columns.container"),
        (container(f'{{"w":{F64}}}', bytes(9)), "columns.container"),
        (container(f'{{"w":{F64}}}', bytes(7)), "columns.container"),
        (container(f'{{"v":{F64},"w":{F64}}}', bytes(8)), "columns.container"),
        (container('{"w":' + F64.replace("[0,8]", "[8,16]") + "}", bytes(16)), "columns.container"),
        (container('{"w":' + "[" * 300 + "]" * 300 + "}", b""), "columns.header"),
    ],
)
def test_a_broken_container_is_refused(content: bytes, code: str) -> None:
    found = open_container(content)
    assert isinstance(found, Fault)
    assert found.code == code


def test_a_sound_container_is_read() -> None:
    found = open_container(container(f'{{"__metadata__":{{"format":"np"}},"w":{F64}}}  ', doubles(2.5)))
    assert not isinstance(found, Fault)
    assert found["w"] == ("float64", (1,), doubles(2.5))
    assert open_container(container("{}", b"")) == {}
