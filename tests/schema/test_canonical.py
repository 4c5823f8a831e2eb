"""Canonical form and digests: one text for one document, and what each digest does not see."""

import hashlib
import json
import random
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema import Graph, canonical, document_digest, dump, graph_digest, jcs, read, shape_digest, shape_hash
from chainrule.schema.canonical_number import Canon
from chainrule.schema.walking import walk

from .documents import BASE, TEXT, altered, graph
from .strategies import documents, finite, numbers, small


def canon(text: bytes) -> bytes:
    return canonical(read(text))


def same(first: bytes, second: bytes) -> bool:
    return canon(first) == canon(second)


@given(documents())
def test_canonical_form_is_a_fixed_point_and_reads_as_the_same_document(document: dict[str, Any]) -> None:
    text = canon(orjson.dumps(document))
    assert canon(text) == text
    assert rfc8785.dumps(json.loads(text, parse_int=float)) == text


@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_counts_in_no_digest(document: dict[str, Any], draw: random.Random) -> None:
    first = graph(orjson.dumps(document))
    rows = list(document["nodes"])
    placed: list[dict[str, Any]] = []
    while rows:
        known = {row["id"] for row in placed}
        ready = [row for row in rows if set(row.get("inputs", [])) <= known]
        placed.append(draw.choice(ready))
        rows.remove(placed[-1])
    second = graph(orjson.dumps(document | {"nodes": placed}))
    for digest in (document_digest, graph_digest, shape_digest):
        assert digest(first) == digest(second)


PLAIN_OR_NOT: list[Any] = [0.5, -0.25, 2.0, 3, 0.0, 1e-5, 1.5e-5, 2.0**53 + 2, 2.5e15, "0.1", "1/3", "-0", "NaN", None]


@given(st.lists(st.sampled_from(PLAIN_OR_NOT), min_size=6, max_size=6))
def test_a_row_of_frequent_fields_is_written_number_by_number(said: list[Any]) -> None:
    names = ("value", "grad", "local", "downstream")
    stated = dict(zip(names, (said[0], said[1], said[2:4], said[4:6]), strict=True))
    row: Any = {"id": "z", "op": "add", "inputs": ["x", "y"]} | {k: v for k, v in stated.items() if v is not None}
    leaves: list[Any] = [{"id": name, "op": "input", "value": 1.5} for name in ("x", "y")]
    document = {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "outputs": [{"node": "z"}]}
    [*_, written] = json.loads(canon(orjson.dumps(document | {"nodes": [*leaves, row]})))["nodes"]
    claims = Canon("float64", source=False)

    def told(raw: Any) -> Any:
        return [told(entry) for entry in raw] if isinstance(raw, list) else None if raw is None else claims.tensor(raw)

    numbers_told = {name: told(row[name]) for name in names if name in row and row[name] != [None, None]}
    assert written == orjson.loads(orjson.dumps({"id": "z", "op": "add", "inputs": ["x", "y"]} | numbers_told))


@given(documents())
def test_graphs_without_calls_are_hashed_as_all_graphs_are(document: dict[str, Any]) -> None:
    made = graph(orjson.dumps(document))
    walked = walk(made.nodes, {}, shape_hash._Hasher(made.dtype or "float64"))
    assert shape_hash.shape_hashes(made.nodes, {}, made.dtype) == walked


@given(documents())
def test_the_shape_digest_does_not_see_the_names_of_inner_nodes(document: dict[str, Any]) -> None:
    inner = {row["id"]: f"inner_{row['id']}" for row in document["nodes"] if row["op"] not in ("input", "param")}
    rows = [
        row
        | {"id": inner.get(row["id"], row["id"])}
        | ({"inputs": [inner.get(k, k) for k in row["inputs"]]} if "inputs" in row else {})
        for row in document["nodes"]
    ]
    outputs = [output | {"node": inner.get(output["node"], output["node"])} for output in document["outputs"]]
    first = graph(orjson.dumps(document))
    assert shape_digest(first) == shape_digest(graph(orjson.dumps(document | {"nodes": rows, "outputs": outputs})))


@given(documents(values=st.one_of(small, finite, st.sampled_from([0.0, 1.0, -2.0, 1e-5, 2.0**53]), numbers)))
def test_frequent_rows_are_written_as_all_others_are(document: dict[str, Any]) -> None:
    made = graph(orjson.dumps(document))
    # A label makes a row one that is no frequent one, and stands in the row as it is.
    labelled = graph(orjson.dumps(document | {"nodes": [row | {"label": "x"} for row in document["nodes"]]}))
    for row, other in zip(
        orjson.loads(canonical(made))["nodes"], orjson.loads(canonical(labelled))["nodes"], strict=True
    ):
        assert row | {"label": "x"} == other
    assert canonical(labelled).replace(b'"label":"x",', b"") == canonical(made)


@pytest.mark.parametrize(
    "fields",
    [
        {"$schema": "urn:x"},
        {"meta": {}},
        {"ext": {}},
        {"requires": []},
        {"dtype": "float64"},
        {"rounding": {"mode": "exact"}},
        {"rounding": {"mode": "exact", "direction": "nearest"}},
        {"node": {"inputs": [], "attrs": {}, "dtype": "float64", "shape": []}},
        {"node": {"local": [], "ext": {}}},
        {"node": {"value": -2.0}},
        {"node": {"value": "-2.00"}},
        {"node": {"value": "-0x1p+1"}},
        {"node": {"value": "-4/2"}},
        {"node": {"value": {"shape": [], "b64": "AAAAAAAAAMA="}}},
        {"node": {"downstream": [None, None]}, "at": 3},
        {"outputs": [{"node": "f"}]},
    ],
)  # fmt: skip
def test_the_same_said_differently_is_the_same_document(fields: dict[str, Any]) -> None:
    assert same(altered(**fields), TEXT)


@pytest.mark.parametrize(
    "fields",
    [
        {"node": {"value": "-0x0p+0"}},
        {"node": {"label": ""}},
        {"node": {"grad": "1.0"}, "at": 4},
        {"outputs": [{"node": "f", "seed": 2}]},
        {"meta": {"title": ""}},
        {"rounding": {"mode": "exact", "direction": "any"}},
        {"kinks": "zero"},
        {"node": {"local": [None, 1]}, "at": 3},
    ],
)
def test_what_says_more_or_something_else_is_another_document(fields: dict[str, Any]) -> None:
    assert not same(altered(**fields), TEXT)
    changed = graph(altered(**fields))
    assert graph_digest(changed) == graph_digest(graph(TEXT))
    assert shape_digest(changed) == shape_digest(graph(TEXT))


@pytest.mark.parametrize(
    ("fields", "shape_too"),
    [
        ({"node": {"op": "const"}}, True),
        ({"node": {"op": "param"}}, True),
        ({"node": {"value": [-2, 1]}}, True),
        ({"node": {"dtype": "float32"}}, True),
        ({"node": {"surrogate": {"rule": "scale", "factor": -1}}, "at": 3}, True),
        ({"node": {"inputs": ["y", "x"]}, "at": 3}, True),
    ],
)
def test_another_graph_has_another_digest(fields: dict[str, Any], shape_too: bool) -> None:
    changed = graph(altered(**fields))
    assert graph_digest(changed) != graph_digest(graph(TEXT))
    # Whether a leaf is trained does not count for the shape.
    leaf_kind_only = fields.get("node") == {"op": "param"}
    assert (shape_digest(changed) != shape_digest(graph(TEXT))) == (shape_too and not leaf_kind_only)


def test_the_graph_digest_is_that_of_the_projection() -> None:
    nodes: list[dict[str, Any]] = [{"id": name, "op": "input"} for name in "xyz"]
    nodes += [{"id": "q", "inputs": ["x", "y"], "op": "add"}, {"id": "f", "inputs": ["q", "z"], "op": "mul"}]
    text = b"chainrule.graph.1\n" + rfc8785.dumps({"nodes": nodes, "outputs": ["f"]})
    assert graph_digest(graph(TEXT)) == "sha256:" + hashlib.sha256(text).hexdigest()


def test_the_shape_digest_is_built_from_the_leaves() -> None:
    def h(value: Any) -> str:
        return hashlib.sha256(b"chainrule.shape.1\n" + rfc8785.dumps(value)).hexdigest()

    x, y, z = (h(["leaf", name, "float64", []]) for name in "xyz")
    f = h(["op", "mul", {}, [h(["op", "add", {}, [x, y]]), z]])
    assert shape_digest(graph(TEXT)) == "sha256:" + h(["graph", [f]])


SOURCE = Canon("float64", source=True)
CLAIM = Canon("float64", source=False)
PRINTED = Canon("float64", source=False, printed=True)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2.00", 2), ("0.10", "0.1"), ("1e-1", "0.1"), ("1/10", "0.1"), ("-0.0", 0), ("2/6", "1/3"), ("0.5", 0.5),
        ("1e-40", "0." + "0" * 39 + "1"), ("1e-41", "1e-41"), ("1.50e-60", "1.5e-60"), ("-1.5e40", "-1.5e40"),
        ("1" * 31 + "." + "1", "1" * 31 + ".1"), ("123456789e23", "1.23456789e31"),
        ("12345678900000000001", "12345678900000000001"),
        ("NaN", "NaN"), ("-0x0p+0", "-0x0p+0"), ("0x1.8p+0", 1.5), (1.0, 1), (True, True),
    ],
)  # fmt: skip
def test_a_source_has_one_spelling(raw: Any, expected: Any) -> None:
    assert SOURCE.tensor(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"), [("0.20", "0.20"), ("2/6", "1/3"), ("0x1p+1", 2), (2.0, 2), ("6/3", "2/1")]
)
def test_a_claim_keeps_its_digits(raw: Any, expected: Any) -> None:
    assert CLAIM.tensor(raw) == expected


def test_where_json_numbers_are_printed_machine_numbers_stay_hexadecimal() -> None:
    assert [PRINTED.tensor(raw) for raw in (0.2, "0x1.80p+0", "-0x0p+0", "NaN")] == [0.2, "0x1.8p+0", "-0x0p+0", "NaN"]
    assert PRINTED.tensor({"shape": [1], "b64": "AAAAAAAA8D8="}) == ["0x1p+0"]


def test_tensors_above_64_elements_are_base64_unless_digits_must_show() -> None:
    assert SOURCE.tensor([1.0] * 64) == [1] * 64
    packed = SOURCE.tensor([1.0] * 65)
    assert packed["shape"] == [65]
    assert SOURCE.tensor(packed) == packed
    assert SOURCE.tensor(["0.5"] * 65)["shape"] == [65]
    assert SOURCE.tensor(["0.1"] * 65) == ["0.1"] * 65
    assert CLAIM.tensor([None] + [1.0] * 64) == [None] + [1] * 64
    assert CLAIM.tensor([None] * 65) is None
    assert PRINTED.tensor([0.5] * 65) == [0.5] * 65
    assert SOURCE.tensor({"shape": [0, 3], "b64": ""}) == {"shape": [0, 3], "b64": ""}


@given(numbers)
def test_a_canonical_number_is_its_own_canonical_form(raw: Any) -> None:
    for form in (SOURCE, CLAIM, PRINTED):
        once = orjson.loads(orjson.dumps(form.tensor(raw)))
        assert orjson.loads(orjson.dumps(form.tensor(once))) == once


@given(finite)
def test_doubles_are_printed_as_ecmascript_prints_them(value: float) -> None:
    assert orjson.dumps(jcs.number(value)) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 1e21, 1e20, 2.0**53, 2.0**60, -1e16, 1e-6, 1.5e-6, 9.99e-6, 1e-7, 5e-324, 1.7976931348623157e308],
)
def test_doubles_at_the_edges_are_printed_as_ecmascript_prints_them(value: float) -> None:
    assert orjson.dumps(jcs.number(value)) == rfc8785.dumps(value)


@given(
    st.recursive(
        st.one_of(finite, st.text(), st.booleans(), st.none()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    )
)
def test_any_value_has_the_canonical_text_of_the_standard(value: Any) -> None:
    assert jcs.dumps(value) == rfc8785.dumps(value)


def test_the_lowest_op_set_and_no_empty_fields_are_written() -> None:
    text = orjson.loads(canon(altered(node={"label": "x"})))
    assert list(text) == ["chainrule", "kind", "nodes", "opset", "outputs"]
    assert [row["id"] for row in text["nodes"]] == ["x", "y", "z", "q", "f"]


def test_keys_of_extensions_are_sorted_by_utf16() -> None:
    text = canon(altered(ext={"org.a": {"\uff61": 1, "\U0001f600": 2}}))
    assert text.index("\U0001f600".encode()) < text.index("\uff61".encode())


def test_annotated_documents_keep_their_seed_of_one() -> None:
    plain = {name: value for name, value in BASE["nodes"][4].items() if name != "grad"}
    rows = [*BASE["nodes"][:4], plain]
    assert b'"seed"' not in canon(altered(nodes=rows, outputs=[{"node": "f"}]))
    assert b'"seed":1' in canon(altered(outputs=[{"node": "f"}]))


def test_a_graph_that_was_written_and_read_keeps_its_digests() -> None:
    first = graph(TEXT)
    again = read(dump(first))
    assert isinstance(again, Graph)
    assert (document_digest(again), graph_digest(again), shape_digest(again)) == (
        document_digest(first),
        graph_digest(first),
        shape_digest(first),
    )
