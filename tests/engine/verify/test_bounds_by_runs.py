"""Running bounds along runs, against the same gate by gate."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.executors.passes import FlatPass
from chainrule.engine.plan import Plan, plan
from chainrule.engine.registry import OPS
from chainrule.engine.verify import recomputation, runs
from chainrule.engine.verify.bounds_by_runs import Bounds, bounds_by_runs
from chainrule.engine.verify.layout import Layout
from chainrule.engine.verify.nonfinite import Execution

from ..executors.programs import FLOATING, random_graph

OPS_OF_ALL_SLOTS = [name for name in FLOATING if not any(map(OPS[name].is_fixed, range(len(OPS[name].operands))))]


@pytest.fixture(autouse=True)
def _runs_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MANY", 1)
    monkeypatch.setattr(runs, "LONG", 0)


def along_runs(made: Plan) -> Bounds | None:
    execution, layout = Execution(made), Layout(made)
    assert isinstance(execution.gradients, FlatPass)
    with np.errstate(all="ignore"):
        return bounds_by_runs(made, layout, layout.flat(execution.values), execution.gradients)


def by_gate(made: Plan) -> list[Any]:
    with np.errstate(all="ignore"):
        values, grads, *slots = recomputation._running_bounds(Execution(made))
    flat = [[number for numbers in parts for number in numbers] for parts in slots]
    return [np.array(part, dtype=np.float64) for part in (values, grads, *flat)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", ["wide", "deep", "fan-out"])
@pytest.mark.parametrize("seed", range(5))
def test_runs_bound_what_single_gates_do(seed: int, shape: str, dtype: str) -> None:
    made = plan(random_graph(seed, 80, shape, dtype=dtype, ops=OPS_OF_ALL_SLOTS))
    found = along_runs(made)
    assert found is not None
    for part, expected in zip(found, by_gate(made), strict=True):
        assert np.count_nonzero(expected) > 2
        assert np.allclose(part, expected, rtol=1e-6, atol=0, equal_nan=True)


def test_slots_that_send_nothing_are_taken_gate_by_gate() -> None:
    assert along_runs(plan(cr.parse("where(x > y, x * y, exp(x))", {"x": 2.0, "y": 0.5}))) is None
