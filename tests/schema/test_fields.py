"""Stage 4: every field's presence, type and form, with all problems in the order of the document."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.schema import DocumentError, Limits, read
from chainrule.schema.fields import is_id, is_path

from .documents import BASE, altered, messages, refused

DEEP: Any = []
for _ in range(31):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"weights": []}, ("field.unknown", "/weights")),
        ({"schema_uri": "x"}, ("field.unknown", "/schema_uri")),
        ({"nodes": []}, ("field.empty", "/nodes")),
        ({"outputs": []}, ("field.empty", "/outputs")),
        ({"outputs": {}}, ("field.type", "/outputs")),
        ({"outputs": [{}]}, ("field.missing", "/outputs/0")),
        ({"dtype": "int64"}, ("field.value", "/dtype")),
        ({"dtype": None}, ("field.type", "/dtype")),
        ({"ftz": 1}, ("field.type", "/ftz")),
        ({"kinks": "clarke"}, ("field.value", "/kinks")),
        ({"accumulate": "bool"}, ("field.value", "/accumulate")),
        ({"rounding": {}}, ("field.missing", "/rounding")),
        ({"rounding": {"mode": "decimals"}}, ("field.missing", "/rounding")),
        ({"rounding": {"mode": "significant", "digits": 0}}, ("field.value", "/rounding/digits")),
        ({"rounding": {"mode": "decimals", "digits": 41}}, ("field.value", "/rounding/digits")),
        ({"rounding": {"mode": "decimals", "digits": 1.0}}, ("field.type", "/rounding/digits")),
        ({"rounding": {"mode": "exact", "digits": 2}}, ("field.value", "/rounding/digits")),
        ({"meta": []}, ("field.type", "/meta")),
        ({"meta": {"a/b": ""}}, ("field.key", "/meta/a~1b")),
        ({"meta": {"title": "x" * 4_097}}, ("limit.meta", "/meta/title")),
        ({"ext": {"note": 1}}, ("extension.key", "/ext/note")),
        ({"ext": {"org.a": DEEP}}, ("limit.ext_depth", "/ext")),
        ({"functions": []}, ("field.type", "/functions")),
        ({"functions": None}, ("field.type", "/functions")),
        ({"groups": {}}, ("field.type", "/groups")),
    ],
)
def test_a_bad_field_of_the_document_is_named(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(altered(**fields)) == [expected]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"id": "a/"}, [("id.syntax", "/nodes/4/id")]),
        ({"op": 3}, [("field.type", "/nodes/4/op")]),
        ({"inputs": "q"}, [("field.type", "/nodes/4/inputs")]),
        ({"inputs": ["q", 1]}, [("field.type", "/nodes/4/inputs/1")]),
        ({"inputs": ["q", "a b"]}, [("id.syntax", "/nodes/4/inputs/1")]),
        ({"attrs": []}, [("field.type", "/nodes/4/attrs")]),
        ({"dtype": "complex64"}, [("field.value", "/nodes/4/dtype")]),
        ({"shape": 3}, [("field.type", "/nodes/4/shape")]),
        ({"shape": [2**31]}, [("shape.dim", "/nodes/4/shape/0")]),
        ({"value": None}, [("value.type", "/nodes/4/value")]),
        ({"grad": {}}, [("value.form", "/nodes/4/grad")]),
        ({"local": 1}, [("field.type", "/nodes/4/local")]),
        ({"local": [True, "x"]}, [("value.type", "/nodes/4/local/0"), ("value.number", "/nodes/4/local/1")]),
        ({"downstream": [None, [None]], "label": 1}, [("field.type", "/nodes/4/label")]),
        ({"label": "x" * 1_025}, [("limit.label", "/nodes/4/label")]),
        ({"sample": {"algorithm": "philox"}}, [("field.value", "/nodes/4/sample")]),
        ({"sample": {"algorithm": "p", "seed": "1", "counter": "x" * 65}},
         [("field.value", "/nodes/4/sample/counter")]),
        ({"surrogate": {"rule": "scale"}}, [("field.value", "/nodes/4/surrogate")]),
        ({"surrogate": {"rule": "scale", "factor": "NaN"}}, [("value.nonfinite", "/nodes/4/surrogate/factor")]),
        ({"surrogate": {"rule": ["scale"]}}, [("field.value", "/nodes/4/surrogate")]),
        ({"surrogate": {"rule": "straight-through"}}, [("field.value", "/nodes/4/surrogate")]),
        ({"surrogate": {"rule": "function", "fn": "g"}}, [("function.unknown", "/nodes/4/surrogate/fn")]),
        ({"gradient": 1}, [("field.unknown", "/nodes/4/gradient")]),
    ],
)  # fmt: skip
def test_a_bad_field_of_a_node_is_named(node: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert refused(altered(node=node, at=4)) == expected


@pytest.mark.parametrize(
    "node",
    [
        {"surrogate": {"rule": "clip", "low": "-1/3", "high": 1}},
        {"sample": {"algorithm": "philox", "seed": "1", "counter": "0"}},
        {"ext": {"org.example.a": {"b": [None, 1.5]}}, "label": "\u202e x \u0000"},
        {"dtype": "float64", "shape": []},
        {"value": "-12.0", "grad": "1/1", "local": [None, "-Infinity"], "downstream": ["0x1p+0", None]},
    ],
)
def test_good_fields_are_read(node: dict[str, Any]) -> None:
    assert refused(altered(node=node, at=4)) == []


def test_the_document_s_dtype_judges_its_numbers() -> None:
    assert refused(altered(dtype="float16", node={"value": 1e5})) == [("value.range", "/nodes/0/value")]
    assert refused(altered(dtype="float16", node={"value": 1e5, "dtype": "float32"})) == []


def test_gradients_of_integer_wires_have_the_document_s_dtype() -> None:
    assert refused(altered(node={"dtype": "int64", "grad": 0.5})) == []
    assert refused(altered(node={"dtype": "int64", "grad": 1e39}, dtype="float32")) == [
        ("value.range", "/nodes/0/grad")
    ]


def test_all_problems_stand_in_the_order_of_the_document() -> None:
    document = altered(outputs=[{"node": "f", "seed": "x"}], extra=1, node={"id": 1, "value": True})
    assert refused(document) == [
        ("field.type", "/nodes/0/id"),
        ("value.type", "/nodes/0/value"),
        ("value.number", "/outputs/0/seed"),
        ("field.unknown", "/extra"),
    ]


def test_a_stage_ends_the_reading_if_it_finds_a_problem() -> None:
    assert refused(altered(node={"op": "inptu", "value": True})) == [("value.type", "/nodes/0/value")]


def test_at_most_fifty_problems_are_listed() -> None:
    rows = [{"id": f"n{i}"} for i in range(60)]
    with pytest.raises(DocumentError) as caught:
        read(altered(nodes=rows))
    assert len(caught.value.problems) == 50
    assert caught.value.truncated
    assert str(caught.value).endswith("further problems are not listed")


def test_a_flood_of_bad_rows_stops_at_the_fiftieth() -> None:
    flood = b'{"chainrule":"1.0","kind":"graph","opset":{"core":1},"outputs":[],"nodes":[' + b"{}," * 300_000 + b"{}]}"
    assert len(refused(flood)) == 50


@pytest.mark.parametrize("at_top", [True, False])
def test_a_flood_of_unknown_fields_stops_at_the_fiftieth(at_top: bool) -> None:
    flood = {f"k{i}": 1 for i in range(100_000)}
    found = refused(altered(**flood) if at_top else altered(node=flood))
    assert len(found) == 50
    assert {code for code, _ in found} == {"field.unknown"}


def test_the_limits_are_the_reader_s() -> None:
    assert refused(altered(), limits=Limits(nodes=4)) == [("limit.nodes", "/nodes")]
    two = [("limit.fan_in", "/nodes/3/inputs"), ("limit.fan_in", "/nodes/4/inputs")]
    assert refused(altered(), limits=Limits(fan_in=1)) == two
    assert refused(altered(node={"label": "long"}), limits=Limits(label=3)) == [("limit.label", "/nodes/0/label")]
    assert refused(altered(ext={"org.a": "long"}), limits=Limits(ext_bytes=3)) == [("limit.ext_bytes", "/ext")]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"node": {"op": "input", "lable": "x"}},
         'x has a field "lable" that the format does not have; nearest: label, value, local'),
        ({"node": {"value": "12,0"}}, 'x: value says "12,0"; that is no number: write "12.0"'),
        ({"node": {"value": [1, True]}}, "x: value.1 says true; a number of dtype float64 is expected"),
        ({"dtype": "float128"},
         "the document: dtype is \"float128\"; expected 'float64', 'float32', 'float16' or 'bfloat16'"),
        ({"functions": {"a-b": {}}},
         'the document: functions has the key "a-b"; a function\'s name is [A-Za-z_][A-Za-z0-9_]{0,63}'),
    ],
)  # fmt: skip
def test_a_message_says_who_what_and_the_mend(fields: dict[str, Any], message: str) -> None:
    assert messages(altered(**fields)) == [message]


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,9}(/[A-Za-z_][A-Za-z0-9_.-]{0,9}){0,3}", fullmatch=True))
def test_ids_of_the_grammar_are_ids(text: str) -> None:
    assert is_id(text)
    assert is_path(text)


def test_ids_end_at_sixteen_segments_and_paths_at_thirty_two() -> None:
    assert [is_id("/".join(["a"] * n)) for n in (16, 17)] == [True, False]
    assert [is_path("/".join(["a"] * n)) for n in (32, 33)] == [True, False]
    assert [is_id("a" * 64), is_id("a" * 65)] == [True, False]
    assert is_id("/".join(["a" * 63] * 4))
    assert not is_id("/".join(["a" * 64] * 4))


def test_reading_leaves_the_document_as_it_was_written() -> None:
    text = orjson.dumps(BASE | {"ext": {"org.a": [1.0, "ü"]}})
    assert read(text).ext == {"org.a": [1.0, "ü"]}


@pytest.mark.parametrize("dtype", [{}, [], 1, None, True])
def test_a_dtype_of_any_other_type_is_a_problem_and_no_exception(dtype: object) -> None:
    document = {"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "dtype": dtype}
    document |= {"nodes": [{"id": "x", "op": "input", "value": 1}], "outputs": [{"node": "x"}]}
    with pytest.raises(DocumentError) as refused:
        read(orjson.dumps(document))
    assert {problem.at for problem in refused.value.problems} == {"/dtype"}
