"""Numbers that follow only by a hair: nobody loses a point by them, and the instructor sees what else explains them."""

from typing import Any

from chainrule.service.grading.grading import Graded
from chainrule.service.grading.states import Verdicts

from .sheets import exam, grade
from .test_vectors import graph

SPLIT = graph("s = x + y; f = log(s)", {"x": "2.2", "y": "2.2"})
CLAIMS = {"value:s": "4.4", "value:f": "1.5", "grad:f": "1", "grad:s": "0.2", "grad:y": "0.2"}


def graded(x: str, **claims: str) -> Graded:
    return grade(exam(SPLIT, {"min_decimals": 1}), {**CLAIMS, **claims, "grad:x": x})


def at(found: Graded, address: str) -> Verdicts:
    return next(one.worst for one in found.slots if one.slot.address == address)


def reasons(verdicts: Verdicts) -> Any:
    assert verdicts.judged is not None
    return verdicts.judged.reasons


def test_half_of_what_arrives_touches_what_a_number_may_mean_and_is_undecided() -> None:
    found = at(graded("0.1"), "grad:x")
    assert (found.local, reasons(found)) == ("undecided", ("boundary",))
    assert "add-splits" in found.possible


def test_a_number_at_the_boundary_keeps_its_points() -> None:
    marks = {one.slot.address: one.credit for one in graded("0.1").slots}
    assert marks["grad:x"] == marks["grad:y"]


def test_a_number_well_inside_is_no_matter_of_the_boundary() -> None:
    found = at(graded("0.2"), "grad:x")
    assert (found.local, reasons(found), found.possible) == ("proved", (), ())


def test_the_end_nearer_to_0_is_where_halves_are_rounded_to() -> None:
    """0.25, of what is printed as 0.2, is printed as 0.3."""
    found = at(graded("0.3"), "grad:x")
    assert (found.local, reasons(found)) == ("consistent", ())


def test_a_sheet_that_may_be_cut_off_meets_boundaries_all_the_time() -> None:
    """1.5 told that digits were rounded; 1.4 tells that they were cut off, and neither tells nothing."""
    claims = {address: text for address, text in CLAIMS.items() if address != "value:f"}
    found = at(grade(exam(SPLIT, {"min_decimals": 1}), {**claims, "grad:x": "0.1"}), "grad:x")
    assert (found.local, found.possible) == ("consistent", ())
