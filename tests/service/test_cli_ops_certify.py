import json
from typing import Any

import pytest

from chainrule.engine.certification.certify import HEADERS, Row, certification

from .commands import run

Capture = pytest.CaptureFixture[str]


def test_one_op_is_certified_slot_by_slot_and_dtype_by_dtype(capsys: Capture) -> None:
    done = run(capsys, "ops", "relu", "--certify")
    rows = done.out.splitlines()
    assert done.code == 0
    assert all(header in rows[0] for header in HEADERS)
    assert [row.split()[:3] for row in rows[1:]] == [
        ["relu", "x", dtype] for dtype in ("float64", "float32", "float16", "bfloat16")
    ]


def test_certificates_come_as_json_and_markdown(capsys: Capture) -> None:
    rows = json.loads(run(capsys, "ops", "neg", "--certify", "--output", "json").out)
    assert [row["certified"] for row in rows] == [True] * 4
    assert rows[0]["checks"]["C3"] > 200
    assert run(capsys, "ops", "neg", "--certify", "--output", "markdown").out.count("\n| neg") == 4


def test_a_rule_that_is_not_certified_ends_with_1(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(names: list[str]) -> list[Row]:
        rows: list[Any] = certification(names, points=5, dtypes=("float64",))
        return [row._replace(problems=("C3: the rule gives 2, values prove 1",)) for row in rows]

    monkeypatch.setattr("chainrule.service.cli.ops.certification", failing)
    done = run(capsys, "ops", "neg", "--certify")
    assert done.code == 1
    assert "C3: the rule gives 2" in done.out
