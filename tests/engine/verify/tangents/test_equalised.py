"""Equalised steps: the sizes that they are measured in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.engine.verify.tangents.equalised import median


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=20))
def test_the_median_is_that_of_numpy(numbers: list[float]) -> None:
    assert median(np.array(numbers)) == float(np.median(numbers))
