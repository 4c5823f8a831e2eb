"""What each reason of a verdict means, said to the person who wrote the number (verification.md 4.2)."""

from collections.abc import Mapping

#: Reason -> one clause. The closed list of what a report may name.
REASONS: Mapping[str, str] = {
    "disagrees": "no rounding explains the difference",
    "seed-differs": "the seed is not the one that was asked for",
    "carried-error": "it follows from a number that is wrong",
    "carried-rounding": "it follows from printed numbers, which were already rounded: carry more digits",
    "kink-inadmissible": "no slope between those on both sides of the kink gives it",
    "not-a-derivative": "every gate's choice at its kink is admissible, and yet together they give no derivative",
    "no-gradient": "the wire is no floating number, so it has no gradient: leave it out",
    "nonfinite": "it is NaN or infinite, and what the graph means there is not decided by its dtype",
    "rounding-explains": "it differs from the exact result by no more than the dtype's rounding explains",
    "kink-admissible": "at a kink every slope between those on both sides is right, and it is one of them",
    "near-kink": "the point may lie on either side of a kink, and it was judged against both",
    "convention-only": "there is no derivative; 0 is what people write by convention",
    "declared-surrogate": "it was judged against the backward rule that the document declares",
    "sample-conditional": "it is right for the sample that the document stores",
    "differences-only": "nothing but finite differences could look at it",
    "uninformative": "a printed 0 could stand for either sign: write more digits",
    "below-resolution": "the rounding of the dtype alone is as large as the number",
    "boundary": "the exact result is too close to the edge of what the digits claim",
    "no-derivative": "there is no derivative at this point",
    "unstable-differences": "finite differences were the only witness, and contradict themselves",
    "methods-disagree": "two methods contradict each other: a defect of chainrule, please report it",
    "missing-operand": "a number that it depends on is neither stated nor computable: give every leaf a value",
    "nondeterministic": "two executions differ beyond their declared bound",
    "budget": "deciding it would cost more than the budget",
    "other-form": "it follows by another form of the local gradient",
    "work-rounding": "it follows when a step that was not written down was rounded",
}
