"""Ops on tensors against fixtures/ops, in every number system that tensors are made of."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq

from chainrule.engine.annotate import annotate
from chainrule.engine.certification.tensor_certificates import numbers
from chainrule.engine.certification.tensor_trials import TensorTrial, as_made, outputs_of
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.numbers.balls import Balls
from chainrule.engine.numbers.intervals import Intervals, enclosing, point
from chainrule.engine.numbers.protocol import Outside, Undecided
from chainrule.engine.numbers.rationals import Rationals
from chainrule.engine.numbers.tensors import Tensors, array, flat
from chainrule.engine.rule import Rule
from chainrule.engine.verify.tensors.running import Bounded, Running, exactly

from ..engine.tensor_documents import in_arrays, op_document, refuted
from .make_ops import OPS_FOLDER
from .make_tensor_ops import STRUCTURED, written
from .test_ops import claimed

U = 2.0**-53

#: Cells of recurrent nets have many entries, each of which is proved: they are written again in the slow suite.
LARGE = {name for name in STRUCTURED if name.startswith(("lstm", "gru"))}

EACH_OP = pytest.mark.parametrize("name", STRUCTURED)


def read(name: str) -> dict[str, Any]:
    return json.loads((OPS_FOLDER / f"{name}.json").read_text("utf-8"))


def cases(name: str) -> Iterator[tuple[TensorTrial, dict[str, Any]]]:
    """Every case of a file as a point, and what the file says there."""
    for made in read(name)["cases"]:
        rule = STRUCTURED[name].bound(made["attrs"])
        operands = tuple(floats(x) for x in made["operands"])
        directions = tuple(
            None if g is None else np.ones(x.shape) for x, g in zip(operands, made["gradients"], strict=True)
        )
        yield TensorTrial(rule, "float64", operands, tuple(floats(g) for g in made["cotangents"]), directions), made


def floats(shaped: dict[str, Any]) -> Any:
    return np.array([float(x) for x in shaped["data"]], dtype=np.float64).reshape(shaped["shape"])


@EACH_OP
def test_every_op_has_its_file_with_a_case_an_example(name: str) -> None:
    file = read(name)
    assert file["op"] == name
    assert [made["attrs"] for made in file["cases"]] == [dict(example.attrs) for example in STRUCTURED[name].examples]


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in LARGE else n for n in STRUCTURED])
def test_the_script_writes_the_same_bytes_again(name: str) -> None:
    assert (OPS_FOLDER / f"{name}.json").read_text("utf-8") == written(STRUCTURED[name])


@EACH_OP
def test_shapes_are_those_of_the_file(name: str) -> None:
    for trial, made in cases(name):
        assert [list(shape) for shape in trial.shapes] == [out["shape"] for out in made["values"]]
        assert [list(x.shape) for x in trial.computed] == [out["shape"] for out in made["values"]]


@EACH_OP
def test_balls_hold_the_values_and_gradients_of_the_file(name: str) -> None:
    for trial, made in cases(name):
        with ctx.workprec(400):
            system = Tensors(Balls())
            operands = [numbers(x, arb) for x in trial.operands]
            outputs = outputs_of(trial.rule, trial.rule.forward(system, *operands))
            assert_met([flat(out) for out in outputs], [out["data"] for out in made["values"]])
            upstream = [numbers(g, arb) for g in trial.cotangents]
            try:
                sent = pull(trial.rule, system, upstream, outputs, operands)
            except Undecided:
                assert has_sides(made)
                continue
            for part, stated in zip(sent, made["gradients"], strict=True):
                assert (part is None) == (stated is None)
                if part is not None:
                    assert_met([flat(part)], [stated["data"]])


def assert_met(found: list[list[Any]], stated: list[list[Any]]) -> None:
    """Every ball meets what the digits tell; entries on a kink, and what was read nowhere, are left out."""
    for balls, digits in zip(found, stated, strict=True):
        for ball, written_ in zip(balls, digits, strict=True):
            if not isinstance(written_, dict) and written_ != "NaN":
                assert enclosing(ball).gap(claimed(written_)) == 0, (ball, written_)


def pull(rule: Rule, system: Any, upstream: list[Any], outputs: list[Any], operands: list[Any]) -> tuple[Any, ...]:
    return rule.pull(system, as_made(rule, upstream), as_made(rule, outputs), operands)


def has_sides(made: dict[str, Any]) -> bool:
    """True if some gradient of the case is taken on a kink."""
    known = [stated["data"] for stated in made["gradients"] if stated is not None]
    return any(isinstance(entry, dict) for data in known for entry in data)


@EACH_OP
def test_floats_are_within_their_running_bounds_of_the_file(name: str) -> None:
    for trial, made in cases(name):
        with np.errstate(all="ignore"):
            system, operands = Running(U, U), [exactly(x) for x in trial.operands]
            outputs = outputs_of(trial.rule, trial.rule.forward(system, *operands))
            sent = pull(trial.rule, system, [exactly(g) for g in trial.cotangents], outputs, operands)
        for out, computed, stated in zip(outputs, trial.computed, made["values"], strict=True):
            assert np.array_equal(out.value, computed, equal_nan=True)
            assert_near(out, stated["data"])
        for part, stated in zip(sent, made["gradients"], strict=True):
            assert (part is None) == (stated is None)
            if part is not None:
                assert list(part.shape) == stated["shape"]
                assert_near(part, stated["data"])


def assert_near(found: Bounded, digits: list[Any]) -> None:
    """Within 1.01 of the bound of digits; between the sides, or as open as they are apart, on a kink."""
    rows = (np.broadcast_to(part, found.shape).ravel().tolist() for part in (found.value, found.rounding, found.open))
    for value, rounding, open_, written_ in zip(*rows, digits, strict=True):
        if isinstance(written_, dict) and None in written_["sides"]:
            continue  # beside another entry's kink values prove nothing
        if isinstance(written_, dict):
            ends = [float(side) for side in written_["sides"]]
            assert min(ends) - open_ - 1e-9 <= value <= max(ends) + open_ + 1e-9
        elif written_ == "NaN":
            assert np.isnan(value)
        else:
            middle = float(written_[0]) if isinstance(written_, list) else float(written_)
            assert abs(value - middle) <= 1.01 * rounding + open_ + 4 * U * abs(middle) + 5e-324, (value, written_)


@EACH_OP
def test_every_convention_takes_a_number_between_the_sides(name: str) -> None:
    for trial, made in cases(name):
        if not has_sides(made):
            continue
        for kinks in ("zero", "torch", "jax", "first", "split"):
            with np.errstate(all="ignore"):
                upstream = as_made(trial.rule, list(trial.cotangents))
                outs = as_made(trial.rule, trial.computed)
                sent = trial.rule.pull(Arrays(kinks=kinks), upstream, outs, list(trial.operands))
            for part, stated in zip(sent, made["gradients"], strict=True):
                for value, written_ in zip(np.ravel(part).tolist(), stated["data"], strict=True):
                    if isinstance(written_, dict) and None not in written_["sides"]:
                        ends = sorted(float(side) for side in written_["sides"])
                        assert ends[0] - 1e-9 <= value <= ends[1] + 1e-9, (kinks, value, ends)


@EACH_OP
def test_rationals_and_intervals_agree_with_the_file_where_they_have_numbers(name: str) -> None:
    kinds = ((Tensors(Rationals()), fmpq, point), (Tensors(Intervals(None, 400)), point, as_it_is))
    for trial, made in cases(name):
        for system, kind, enclosed in kinds:
            try:
                outputs = outputs_of(
                    trial.rule, trial.rule.forward(system, *[numbers(x, kind) for x in trial.operands])
                )
            except (Outside, Undecided, ZeroDivisionError):
                continue
            for out, stated in zip(outputs, made["values"], strict=True):
                for number, digits in zip(flat(out), stated["data"], strict=True):
                    assert digits == "NaN" or enclosed(number).gap(claimed(digits)) == 0


def as_it_is(interval: Any) -> Any:
    return interval


@EACH_OP
def test_a_document_with_the_numbers_of_the_file_is_not_refuted(name: str) -> None:
    if name in LARGE or name == "argmax":
        return
    for trial, made in cases(name):
        graph = annotate(op_document(trial))
        rows: list[Any] = [dict(row) for row in graph.nodes]
        for row in rows:
            # The sum of one term is the term, to the last bit: the file's gradients stand without ours beside them.
            row.pop("downstream", None)
            port = int(row["id"][1:]) if row["id"].startswith("x") else None
            stated = None if port is None else made["gradients"][port]
            if stated is not None and not has_sides(made):
                row["grad"] = nested(stated)
        assert refuted(in_arrays(graph.with_nodes(rows))) == set()


def nested(stated: dict[str, Any]) -> Any:
    """Digits as doubles in the shape that they have; of an enclosure around 0, 0."""
    entries = [0.0 if isinstance(digits, list) else float(digits) for digits in stated["data"]]
    shaped = array(entries, tuple(stated["shape"]))
    from ..engine.tensor_documents import tensor

    return tensor(shaped.astype(np.float64))
