"""Imaginary parts along runs, against the same gate by gate."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.engine.plan import Plan, plan, seed_numbers
from chainrule.engine.verify import runs
from chainrule.engine.verify.layout import Floats
from chainrule.engine.verify.tangents.equalised import by_wire, in_columns
from chainrule.engine.verify.tangents.passes import Tangents, excess, run
from chainrule.engine.verify.tangents.real_point import RealPoint

from ...executors.programs import random_graph


@pytest.fixture(autouse=True)
def _runs_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MANY", 1)
    monkeypatch.setattr(runs, "LONG", 0)


def points(made: Plan) -> tuple[RealPoint, RealPoint]:
    """The point by runs, and gate by gate."""
    found, expected = RealPoint(made), RealPoint(replace(made, rules=list(made.rules)))
    assert found.runs is not None
    assert expected.runs is None
    return found, expected


def is_near(found: Tangents, expected: Tangents, columns: int = 0) -> bool:
    """True if the same wires are lost, and the others as near as their errors say; those are nearly equal."""
    (imag, error), (other, bar) = by_wires(found, columns), by_wires(expected, columns)
    kept = np.isfinite(other) & np.isfinite(bar)
    assert np.count_nonzero(kept & (other != 0)) > 10
    assert np.array_equal(kept, np.isfinite(imag) & np.isfinite(error))
    near = np.abs(imag - other)[kept] <= 2 * (bar + error)[kept]
    return bool(near.all()) and np.allclose(error[kept], bar[kept], rtol=1e-6, atol=0)


def by_wires(found: Tangents, columns: int) -> tuple[Floats, Floats]:
    """The imaginary parts of all wires, 0 where there is none, and their errors."""
    shape = (columns,) if columns else ()
    imags = [np.broadcast_to(0.0 if imag is None else imag, shape) for imag in found.wires]
    return np.array(imags), np.array([np.broadcast_to(error, shape) for error in found.errors])


@pytest.mark.parametrize("shape", ["wide", "deep", "fan-out"])
@pytest.mark.parametrize("seed", range(6))
def test_runs_move_tangents_as_single_gates_do(shape: str, seed: int) -> None:
    made = plan(random_graph(seed, 80, shape))
    found, expected = points(made)
    assert np.allclose(found.errors, expected.errors, rtol=1e-9, atol=0, equal_nan=True)
    assert found.blocked == expected.blocked
    draw, seeds = np.random.default_rng(seed), seed_numbers(made)
    sizes = np.where(draw.random(found.layout.total) < 0.3, draw.normal(size=found.layout.total), 0.0) * 2.0**-90
    moved = [run(point, seeds, by_wire(point, sizes)) for point in (found, expected)]
    assert is_near(*moved)
    assert excess(found, moved[0]) == pytest.approx(excess(expected, moved[1]), rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_columns_along_runs_move_as_each_alone(seed: int) -> None:
    made = plan(random_graph(seed, 60, "wide"))
    found, expected = points(made)
    seeds = seed_numbers(made)
    parts = np.array_split(np.arange(found.layout.total), 5)
    sizes = np.random.default_rng(seed).normal(size=found.layout.total) * 2.0**-90
    together = [run(point, seeds, in_columns(point, parts, sizes), len(parts)) for point in (found, expected)]
    assert is_near(*together, len(parts))
