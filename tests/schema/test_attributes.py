"""Attributes: their types and codes, and that one which equals its default is as good as none."""

from typing import Any

import orjson
import pytest

from chainrule.schema import canonical, graph_digest, shape_digest

from .documents import BASE, graph, problems, refused
from .op_sets import install

pytestmark = pytest.mark.usefixtures("op_set")


@pytest.fixture
def op_set(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def made(**attrs: Any) -> bytes:
    node = {"id": "m", "op": "made", "inputs": ["x"], "attrs": {"shape": [2], **attrs}}
    return orjson.dumps(BASE | {"nodes": [{"id": "x", "op": "input"}, node], "outputs": [{"node": "m"}]})


@pytest.mark.parametrize(
    "attrs",
    [
        {},
        {"axis": 2},
        {"epsilon": "1/3", "factor": 1},
        {"keepdims": True, "reduction": "none", "to": "int64"},
        {"axes": [0, 1], "weights": ["0.1", 2, "1/3"], "shape": []},
    ],
)
def test_attributes_of_the_right_types_are_read(attrs: dict[str, Any]) -> None:
    assert refused(made(**attrs)) == []


@pytest.mark.parametrize(
    ("attrs", "code"),
    [
        ({"axis": 1.0}, "attr.type"),
        ({"axis": True}, "attr.type"),
        ({"axis": "1"}, "attr.type"),
        ({"factor": True}, "attr.type"),
        ({"factor": None}, "attr.type"),
        ({"factor": "NaN"}, "value.nonfinite"),
        ({"keepdims": 1}, "attr.type"),
        ({"reduction": 1}, "attr.type"),
        ({"reduction": "Mean"}, "attr.value"),
        ({"axes": 1}, "attr.type"),
        ({"axes": [1.0]}, "attr.type"),
        ({"weights": [True]}, "attr.type"),
        ({"to": "char"}, "attr.value"),
    ],
)
def test_an_attribute_of_another_type_is_named(attrs: dict[str, Any], code: str) -> None:
    (name,) = attrs
    assert refused(made(**attrs)) == [(code, f"/nodes/1/attrs/{name}")]


def test_an_attribute_that_the_op_does_not_have_is_told_the_nearest() -> None:
    (problem,) = problems(made(keepdim=True))
    assert (problem.code, problem.at, problem.nearest) == ("attr.unknown", "/nodes/1/attrs/keepdim", ("keepdims",))
    assert problem.message.startswith('m: made has no attribute "keepdim"; it has axis, ')
    assert problem.message.endswith("; nearest: keepdims")


def test_an_attribute_without_default_must_be_there() -> None:
    text = made().replace(b'"shape":[2]', b'"axis":0')
    assert refused(text) == [("attr.missing", "/nodes/1/attrs")]
    assert refused(text.replace(b',"attrs":{"axis":0}', b"")) == [("attr.missing", "/nodes/1")]


@pytest.mark.parametrize(
    "attrs",
    [
        {"axis": -1},
        {"epsilon": "1e-6"},
        {"epsilon": "0.0000010"},
        {"factor": "1/2", "keepdims": False},
        {"reduction": "mean", "to": "float32"},
        {"weights": [1.0, 0.5]},
    ],
)
def test_an_attribute_equal_to_its_default_is_as_good_as_none(attrs: dict[str, Any]) -> None:
    first, second = graph(made()), graph(made(**attrs))
    assert canonical(first) == canonical(second)
    assert graph_digest(first) == graph_digest(second)
    assert shape_digest(first) == shape_digest(second)


@pytest.mark.parametrize("attrs", [{"axis": 0}, {"epsilon": 1e-6}, {"axes": []}, {"keepdims": True}, {"weights": [1]}])
def test_another_attribute_is_another_graph(attrs: dict[str, Any]) -> None:
    first, second = graph(made()), graph(made(**attrs))
    assert canonical(first) != canonical(second)
    assert graph_digest(first) != graph_digest(second)
    assert shape_digest(first) != shape_digest(second)


def test_attributes_are_written_in_canonical_numbers() -> None:
    assert b'"attrs":{"epsilon":"0.1","shape":[2],"weights":[1]}' in canonical(
        graph(made(epsilon="1.0e-1", weights=["2/2"]))
    )
