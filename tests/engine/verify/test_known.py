"""What is known of a number: the exact result at once, what rounding makes of it when somebody asks."""

from flint import fmpq

import chainrule as cr
from chainrule.engine.numbers.intervals import Interval, point
from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import claims_of
from chainrule.engine.verify.equations import from_stated
from chainrule.engine.verify.known import Known, Widened, stated
from chainrule.engine.verify.states import BITS
from chainrule.engine.verify.verdict import Basis, Verdict, judge

ONE = point(fmpq(1))


def test_a_claim_that_the_exact_result_proves_asks_for_no_allowance() -> None:
    def rest() -> Widened:
        raise AssertionError("nobody needs this")

    known = Known.later(ONE, rest)
    around = Interval(fmpq(1, 2), fmpq(3, 2))
    assert judge(around, Basis(known, known.size, "float64", False)).verdict is Verdict.PROVED


def test_what_was_left_for_later_is_made_once() -> None:
    asked: list[int] = []

    def rest() -> Widened:
        asked.append(1)
        return ONE.widened(fmpq(1, 8)), fmpq(1, 8), fmpq(1, 8)

    known = Known.later(ONE, rest)
    assert (known.allowance, known.own, known.wide) == (fmpq(1, 8), fmpq(1, 8), Interval(fmpq(7, 8), fmpq(9, 8)))
    assert known.is_one_step
    assert asked == [1]


def test_four_times_what_came_before_the_last_step_is_allowed() -> None:
    known = Known(ONE, ONE.widened(fmpq(3, 8)), fmpq(1, 8))
    assert known.allowance == fmpq(1, 8) + 4 * fmpq(2, 8)
    assert not known.is_one_step
    assert stated(ONE).allowance == 0


def test_the_allowance_of_every_claim_is_that_of_its_widened_enclosure() -> None:
    graph = cr.annotate(cr.parse("f = tanh(x*y + x)*y + exp(x)", x=0.3, y=-1.7))
    made = plan(graph)
    equations = from_stated(made, claims_of(made), BITS[0])
    for claim in claims_of(made):
        judgement = equations.judge(claim, 0)
        image = (
            equations.values.image(claim.node, 0)
            if claim.field == "value"
            else equations.gradients.local(claim.node, claim.port or 0, 0)
            if claim.field == "local"
            else None
        )
        if image is not None and judgement is not None and made.rules[claim.node] is not None:
            slack = max(image.exact.low - image.wide.low, image.wide.high - image.exact.high)
            assert judgement.allowance == image.own + 4 * max(slack - image.own, fmpq(0))
