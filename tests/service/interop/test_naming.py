"""Foreign names as ids."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chainrule.service.interop.naming import helper_stem, to_id

ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}(/[A-Za-z_][A-Za-z0-9_.-]{0,63}){0,15}")


def test_segments_stay_and_other_characters_become_underscores() -> None:
    assert to_id("layers/0/W:0", set()) == "layers/_0/W_0"


def test_a_name_in_use_gets_a_number() -> None:
    assert to_id("a", {"a", "a.2"}) == "a.3"


@given(st.text(max_size=400))
def test_whatever_the_name_its_id_is_an_id(name: str) -> None:
    assert ID.fullmatch(to_id(name, set()))
    assert ID.fullmatch(f"{helper_stem(to_id(name, set()), 'batch_normalization_training')}.99999")
