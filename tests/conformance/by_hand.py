"""The printed numbers of the worked examples whose verdict needs a head: worked out from their digits, on paper.

A number that is no correct rounding of the truth is refuted globally. What it gets locally depends on where the slip
was made, and is told by intervals: each printed operand stands for every number that rounds to it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Judged(NamedTuple):
    """Why a number is as it is (`cause` is a word of fixtures/README.md), and the verdicts that follow."""

    cause: str
    local: Sequence[str]
    reasons: Sequence[str]
    why: str


def _carried(why: str) -> Judged:
    return Judged("carried-rounding", ["consistent"], ["carried-rounding"], why)


def _outside(why: str) -> Judged:
    return Judged("rounded-outside", ["refuted"], ["disagrees"], why)


def _mistake(why: str) -> Judged:
    return Judged("mistake", ["refuted"], ["disagrees"], why)


def _follows(local: str, why: str) -> Judged:
    return Judged("follows", [local], ["carried-error"], why)


_UPDATES = (
    "The source took the gradient from weights that were printed after the update, (w - w+) / 0.5. These weights are"
    " no part of the document: nothing printed stands between this number and the inputs, so no rounding on the page"
    " explains it, and what is false is false locally too."
)

#: Name of the example -> address -> judgement. Numbers not listed are correct roundings of the truth.
BY_HAND: Mapping[str, Mapping[str, Judged]] = {
    "cs231n-sigmoid-lecture-slides (seed)": {
        "x1.grad": Judged(
            "right",
            ["proved"],
            [],
            "-3 times the printed 0.20 is [0.195, 0.205] * -3 = [-0.615, -0.585], inside [-0.65, -0.55]: whatever"
            " digits 0.20 hid, -0.6 is their rounding. The truth -0.5898 rounds to it too.",
        )
    },
    "cs231n-sigmoid-lecture-slides-2dp": {
        "x0.grad": _carried(
            "2 times the printed 0.20 is [0.195, 0.205] * 2 = [0.390, 0.410]; it meets [0.395, 0.405] and is not"
            " inside. The truth 0.3932 rounds to 0.39."
        ),
        "w1.grad": _carried(
            "-2 times the printed 0.20 is [0.195, 0.205] * -2 = [-0.410, -0.390]; it meets [-0.405, -0.395] and is"
            " not inside. The truth -0.3932 rounds to -0.39."
        ),
        "x1.grad": _carried(
            "-3 times the printed 0.20 is [0.195, 0.205] * -3 = [-0.615, -0.585]; it meets [-0.605, -0.595] and is"
            " not inside. The truth -0.5898 rounds to -0.59."
        ),
    },
    "exam-guide-sigmoid (published wrong)": {
        "r.grad": _mistake(
            "The slip: -1/r^2 was taken at f = 0.953 and not at r = 1.0498. From the printed r it is"
            " -1/[1.04975, 1.04985]^2 = [-0.9075, -0.9073], which misses [-1.1015, -1.1005]."
        ),
        "q.grad": _follows("proved", "r = q + 1 hands -1.101 on unchanged; only what was handed on is wrong."),
        "p.grad": _follows(
            "consistent",
            "q times the gradient above: [0.04975, 0.04985] * [-1.1015, -1.1005] = [-0.05491, -0.05474] meets"
            " [-0.05485, -0.05475] and is not inside.",
        ),
        "z.grad": _follows("proved", "p = -z turns the sign of -0.0548, nothing else."),
    },
    "mazur-gradients-from-rounded-updates": {
        "w2.grad": _outside(_UPDATES),
        "w3.grad": _outside(_UPDATES),
        "w4.grad": _outside(_UPDATES),
    },
    "mazur-transcription-typos": {
        "outh1.grad": _mistake(
            "The slip: 0.055399425 - 0.019049119 is 0.036350306, and the decimal point moved by one place. Nothing"
            " else on the page is stated between it and the inputs."
        )
    },
}

#: Tokens that are no number of the format, so that no document can claim them.
UNREADABLE: Mapping[str, Mapping[str, str]] = {
    "mazur-transcription-typos": {
        "outo1.grad": "The decimal point of 0.74136507 was lost; a decimal of the format has no leading zero."
    }
}
