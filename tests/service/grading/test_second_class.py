"""A class that was drawn apart from the simulation: honest people of other habits are refuted in nothing."""

import pytest

from .second_class import refuted


def test_no_honest_number_of_a_second_class_is_refuted() -> None:
    counts, found = refuted(30, 5)
    assert found == []
    assert min(counts[by] for by in ("decimals", "significant", "fraction")) > 100


@pytest.mark.slow
def test_no_honest_number_of_many_in_a_second_class_is_refuted() -> None:
    counts, found = refuted(1_700, 6)
    assert found == []
    assert sum(counts.values()) >= 100_000
