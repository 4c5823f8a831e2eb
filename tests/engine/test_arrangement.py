"""Rearrangements: numbered entries say where everything went, and so what every entry receives."""

from typing import Any

import numpy as np
import pytest

from chainrule.engine.arrangement import NOWHERE, arrangement, numbered, remembered
from chainrule.engine.numbers.arrays import Arrays
from chainrule.engine.registry import OPS
from chainrule.engine.rule import Pattern, Rule

X = np.arange(6.0).reshape(2, 3)


def sent_back(rule: Rule, grad: Any, *operands: Any) -> list[Any]:
    out = rule.forward(Arrays(), *operands)
    return list(rule.pull(Arrays(), grad, out, operands))


def test_entries_are_numbered_over_all_operands() -> None:
    def swapped(fill: Any, a: Any, b: Any) -> Any:
        return np.concatenate([b, a])

    index = numbered(swapped, ((2,), (3,)))
    assert index.places.tolist() == [2, 3, 4, 0, 1]
    assert index.starts == [0, 2, 5]


def test_what_reads_nothing_is_nowhere() -> None:
    def padded(fill: Any, x: Any) -> Any:
        return np.pad(x, 1, constant_values=fill)

    assert numbered(padded, ((2,),)).places.tolist() == [NOWHERE, 0, 1, NOWHERE]


def test_an_index_is_remembered_for_each_shape() -> None:
    def reversed_(fill: Any, x: Any) -> Any:
        return np.flip(x)

    assert remembered(reversed_, ((2,),)) is remembered(reversed_, ((2,),))
    assert remembered(reversed_, ((3,),)).places.tolist() == [2, 1, 0]


def test_every_entry_goes_back_to_where_it_came_from() -> None:
    turned = OPS["transpose"].bound({"perm": [1, 0]})
    [received] = sent_back(turned, np.arange(6.0).reshape(3, 2), X)
    assert received.tolist() == [[0, 2, 4], [1, 3, 5]]


def test_an_entry_that_went_to_several_places_receives_their_sum() -> None:
    [received] = sent_back(OPS["tile"].bound({"repeats": [2, 1]}), np.ones((4, 3)), X)
    assert received.tolist() == [[2, 2, 2], [2, 2, 2]]


def test_an_entry_that_went_nowhere_receives_nothing() -> None:
    cut = OPS["slice"].bound({"starts": [0, 1], "ends": [1, 3]})
    [received] = sent_back(cut, np.array([[5.0, 7.0]]), X)
    assert received.tolist() == [[0, 5, 7], [0, 0, 0]]


def test_what_fills_the_holes_is_the_attribute_and_sends_nothing() -> None:
    padded = OPS["pad"].bound({"pads": [1, 1], "value": 9})
    x = np.array([1.0, 2.0])
    assert padded.forward(Arrays(), x).tolist() == [9, 1, 2, 9]
    assert sent_back(padded, np.array([1.0, 2.0, 3.0, 4.0]), x)[0].tolist() == [2, 3]


def test_a_declaration_is_one_numpy_expression() -> None:
    @arrangement()
    def swap_ends(fill: Any, x: Any) -> Any:
        """The first and the last entry exchanged."""
        return np.concatenate([x[-1:], x[1:-1], x[:1]])

    assert (swap_ends.name, swap_ends.pattern) == ("swap_ends", Pattern.DISTRIBUTOR)
    assert swap_ends.summary == "The first and the last entry exchanged."
    assert sent_back(swap_ends, np.array([1.0, 2.0, 3.0]), np.zeros(3))[0].tolist() == [3, 2, 1]


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_a_tensor_without_entries_is_rearranged_too(shape: tuple[int, ...]) -> None:
    [received] = sent_back(OPS["flip"].bound({"axes": [0]}), np.zeros(shape), np.zeros(shape))
    assert received.shape == shape
