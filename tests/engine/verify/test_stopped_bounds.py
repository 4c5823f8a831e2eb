"""What rounding lets a value be off passes through a gate that stops gradients."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.schema import Graph


def stopped(count: int, *, off: float) -> Graph:
    """exp of many numbers, copied by a gate that stops gradients; both are stated, a share of roundoff off."""
    x = np.linspace(0.1, 0.9, count)
    y = (np.exp(x) * (1 + off)).tolist()
    rows: list[Any] = [
        {"id": "x", "op": "input", "value": x.tolist()},
        {"id": "y", "op": "exp", "inputs": ["x"], "value": y},
        {"id": "z", "op": "stop_gradient", "inputs": ["y"], "value": y},
        {"id": "s", "op": "reduce_sum", "inputs": ["z"]},
    ]
    outputs: list[Any] = [{"node": "s"}]
    return Graph.build(nodes=rows, outputs=outputs)


@pytest.mark.parametrize("count", [3, 6000])
def test_a_copy_of_a_rounded_number_is_as_right_as_the_number(count: int) -> None:
    assert cr.verify(stopped(count, off=2.0**-52)).verdict == {"local": "consistent", "global": "consistent"}


@pytest.mark.parametrize("count", [3, 6000])
def test_a_copy_of_a_wrong_number_is_wrong(count: int) -> None:
    assert cr.verify(stopped(count, off=0.01)).verdict["global"] == "refuted"
