import json

import pytest

from chainrule.engine.registry import OPS
from chainrule.schema import json_schema

from .commands import run

Capture = pytest.CaptureFixture[str]

KINDS = ("graph", "annotations", "assignment", "report", "grade")


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_of_a_kind_is_printed(capsys: Capture, kind: str) -> None:
    done = run(capsys, "schema", kind)
    assert done.code == 0
    assert json.loads(done.out) == json_schema(kind)


def test_the_published_files_are_those_of_the_code(capsys: Capture) -> None:
    done = run(capsys, "schema", "--check")
    assert done.out.splitlines() == [
        f"{name}: as the code gives it" for name in (*(f"{kind}.schema.json" for kind in KINDS), "opset-core-1.json")
    ]
    assert done.code == 0


def test_a_schema_that_differs_is_named(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(kind: str) -> dict[str, str]:
        return {"title": kind}

    monkeypatch.setattr("chainrule.service.cli.schema.json_schema", changed)
    done = run(capsys, "schema", "--check")
    assert done.code == 1
    assert "graph.schema.json: differs from what the code gives: publish it again" in done.out


def test_every_op_is_in_the_catalogue(capsys: Capture) -> None:
    rows = run(capsys, "ops").out.splitlines()[1:]
    assert {row.split()[0] for row in rows} == set(OPS)
    assert {entry["name"] for entry in json.loads(run(capsys, "ops", "--output", "json").out)} == set(OPS)
    assert run(capsys, "ops", "--output", "markdown").out.count("\n| ") == len(OPS)


def test_one_op_is_told_in_detail(capsys: Capture) -> None:
    assert run(capsys, "ops", "relu").out == (
        "relu(x)\n"
        "x where x > 0, else 0.\n\n"
        "value      maximum(x, 0)\n"
        "local      d/dx = 0 if x < 0, 1 if x > 0, at 0 any of [0, 1]\n"
        "gradient   a relu gate lets its gradient through where its input is positive\n"
        "pattern    scaler: it multiplies its gradient by one number\n"
        "kink       x = 0: every slope between those on its two sides is admissible\n"
        "elsewhere  onnx: Relu; aten: relu; jax: max; numpy: maximum\n"
        "certified  by chainrule ops relu --certify\n"
        "family     piecewise, in the op set since version 1\n"
    )
    assert json.loads(run(capsys, "ops", "mul", "--output", "json").out)["signature"] == "mul(a, b)"


def test_an_op_on_tensors_is_told_by_its_body_or_by_what_it_sends(capsys: Capture) -> None:
    softmax = run(capsys, "ops", "softmax").out
    assert "body       exp(x - broadcast_to(reduce_logsumexp(x; axes=[1], keepdims=True)))\n" in softmax
    matmul = run(capsys, "ops", "matmul").out
    assert "sends      to a: matmul(grad, transpose(b))\n           to b: matmul(transpose(a), grad)\n" in matmul
    assert "kink       where entries tie" in run(capsys, "ops", "max_pool").out
    assert "domain     x > 0\n" in run(capsys, "ops", "log").out
    found = json.loads(run(capsys, "ops", "conv", "--output", "json").out)
    assert (found["elsewhere"]["onnx"], found["pattern"], found["ties"]) == ("Conv", "switcher", False)
