"""ONNX's generated node cases: at least 500 imported and right, at least 250 equal to their expansions."""

from typing import Any

import pytest

pytest.importorskip("onnx")

from .onnx_nodes import figures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return figures()


def test_enough_cases_are_imported(told: dict[str, Any]) -> None:
    assert told["imported"] >= 500


def test_every_imported_case_is_right(told: dict[str, Any]) -> None:
    assert told["wrong"] == {}


def test_enough_expansions_are_imported(told: dict[str, Any]) -> None:
    assert told["expansions imported"] >= 330


def test_enough_pairs_are_equal_in_values_and_gradients(told: dict[str, Any]) -> None:
    assert told["pairs"] - len(told["unequal"]) >= 250
