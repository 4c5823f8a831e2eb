"""A number as people type it, made into the strict grammar; never evaluated (grading.md 2.2 and 2.3).

The steps run in the order of the table there. What is no number is refused with a code and left as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ....schema.grammar import read_decimal, read_fraction

LONGEST = 40
LARGEST_EXPONENT = 300

Mark = Literal["auto", ".", ","]


@dataclass(frozen=True)
class Rules:
    """Which ways of writing are accepted."""

    fractions: bool = True
    percent: bool = True
    decimal_mark: Mark = "auto"


@dataclass(frozen=True)
class Normal:
    """The strict text; `cut` if digits were cut off. Text and refusal are both None where nothing was written."""

    text: str | None = None
    refusal: str | None = None
    cut: bool = False


_DASHES = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\u2015\ufe63\u207b"), "-")
_SLASHES = dict.fromkeys(map(ord, "\u2044\u2215\u00f7"), "/")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
    "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5",
}  # fmt: skip
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED_TEN = re.compile(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")

_NOTHING = ("", "-", "?", "모름", "—", "–")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ \u2009\u202f]\d{3})+(?![ \u2009\u202f]?\d)([.,]\d+)?")
_LEADING = re.compile(r"(?:=|≈|~|≒|약|approx\.?)\s*", re.IGNORECASE)
_TIMES_TEN = re.compile(r"\s*[×x*·]\s*10\s*(?:\^|\*\*)\s*\(?\s*([+-]?\s*[0-9]+)\s*\)?$")
_RAISED_AFTER_TIMES = re.compile(r"\s*[×x*·]\s*10([+-]?[0-9]+)$")
_EXPONENT = re.compile(r"\s*[eE]\s*([+-]?[0-9]+)$")
_FRACTION = re.compile(r"([+-]?)\s*([0-9]+)\s*/\s*([+-]?)\s*([0-9]+)")
_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
_SEVERAL = re.compile(r"±|\bor\b|또는|;|\d\s*,\s+[+-]?\d|\bto\b")
_WORDS = re.compile(r"(?i)nan|inf|infinity|∞|0x|_")
_CALCULATION = re.compile(r"[*·×^√()]|\bsqrt|\bexp|\bln|\blog|\bpi\b|π|\d\s*[+]\s*\d|\d\s*-\s*\d|\d\s+\d+/\d|e\^")


def normalised(raw: str, rules: Rules | None = None) -> Normal:
    """The number that a text writes, in the strict grammar, or why it is none.

    >>> normalised(" -０．６０ "), normalised("= (−0,2)").text, normalised("5.34×10⁻²").text, normalised("53.4%").text
    (Normal(text='-0.60', refusal=None, cut=False), '-0.2', '5.34e-2', '0.534')
    >>> normalised("1,234").refusal, normalised("0.2*(-3)").refusal, normalised("⅔").text, normalised("0.333…")
    ('answer.ambiguous', 'answer.expression', '2/3', Normal(text='0.333', refusal=None, cut=True))
    """
    rules = rules or Rules()
    text = _characters(raw.strip())
    if text.strip() in _NOTHING:
        return Normal()
    if len(text) > LONGEST:
        return Normal(refusal="answer.too-long")
    bare, cut = _without_ellipsis(_unwrapped(_joined(text)))
    if bare.strip() in _NOTHING:
        return Normal()
    strict = _fraction(bare, rules) or _decimal(bare, rules)
    if strict is None:
        return Normal(refusal=_why_not(bare))
    return strict if strict.text is None else _checked(Normal(strict.text, cut=cut))


def _characters(text: str) -> str:
    text = _RAISED_TEN.sub(_lowered, text.translate(_FULL_WIDTH)).translate(_DASHES).translate(_SLASHES)
    for char, plain in _VULGAR.items():
        text = text.replace(char, plain)
    return text.strip()


def _lowered(match: re.Match[str]) -> str:
    return "10^" + match[1].translate(_RAISED)


def _joined(text: str) -> str:
    """Blanks between sign and digits are dropped, and those between groups of three digits."""
    text = re.sub(r"^([+-])\s+", r"\1", text)
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[ \u2009\u202f]", "", text)
    return text


def _unwrapped(text: str) -> str:
    for _ in range(3):
        text = _LEADING.sub("", text, count=1) if _LEADING.match(text) else text
        for left, right in (("(", ")"), ("[", "]"), ("$", "$")):
            if len(text) > 1 and text.startswith(left) and text.endswith(right) and _holds_one(text[1:-1]):
                text = text[1:-1].strip()
    return _joined(text.removeprefix("+").strip() if re.match(r"\+\s*[\d.,]", text) else text)


def _holds_one(inner: str) -> bool:
    return not any(char in inner for char in "()[]$")


def _without_ellipsis(text: str) -> tuple[str, bool]:
    for ending in ("…", "..."):
        if text.endswith(ending):
            return text.removesuffix(ending).rstrip(), True
    return text, False


def _fraction(text: str, rules: Rules) -> Normal | None:
    match = _FRACTION.fullmatch(text)
    if match is None:
        return None
    if not rules.fractions:
        return Normal(refusal="answer.expression")
    sign = "-" if (match[1] == "-") != (match[3] == "-") else ""
    above, below = match[2].lstrip("0") or "0", match[4].lstrip("0") or "0"
    if below == "0":
        return Normal(refusal="answer.zero-denominator")
    if len(above) > 18 or len(below) > 18:
        return Normal(refusal="answer.too-long")
    return Normal(f"{'' if above == '0' else sign}{above}/{below}")


def _decimal(text: str, rules: Rules) -> Normal | None:
    """Per cent, power of ten, decimal mark and shape of a decimal."""
    text, hundredths = _without_percent(text, rules)
    text, exponent = _without_power(text)
    marked = _marked(text, rules.decimal_mark)
    if isinstance(marked, Normal):
        return marked
    match = _DECIMAL.fullmatch(marked)
    if match is None or not (match[2] or match[3]):
        return None
    sign, whole, decimals = "-" if match[1] == "-" else "", match[2].lstrip("0") or "0", match[3] or ""
    if hundredths:
        padded = whole.rjust(3, "0")
        whole, decimals = padded[:-2].lstrip("0") or "0", padded[-2:] + decimals
    if abs(exponent) > LARGEST_EXPONENT:
        return Normal(refusal="answer.range")
    number = sign + whole + (f".{decimals}" if decimals else "")
    return Normal(number + (f"e{exponent}" if exponent else ""))


def _without_percent(text: str, rules: Rules) -> tuple[str, bool]:
    if rules.percent:
        for ending in ("%", "퍼센트"):
            if text.endswith(ending):
                return text.removesuffix(ending).rstrip(), True
    return text, False


def _without_power(text: str) -> tuple[str, int]:
    for pattern in (_TIMES_TEN, _RAISED_AFTER_TIMES, _EXPONENT):
        match = pattern.search(text)
        if match is not None and match.start() > 0:
            power = match[1].replace(" ", "")
            return text[: match.start()], int(power[:6])
    return text, 0


def _marked(text: str, mark: Mark) -> str | Normal:
    """The text with a point as its decimal mark; commas between groups of three are dropped."""
    if "," not in text:
        return text if mark != "," else text.replace(".", "") if _is_grouped(text, ".") else text
    if mark == ",":
        return text.replace(".", "").replace(",", ".") if text.count(",") == 1 else text
    if "." in text or text.count(",") > 1:
        return text.replace(",", "") if _is_grouped(text.partition(".")[0], ",") else text
    if mark == ".":
        return text.replace(",", "") if _is_grouped(text, ",") else text
    whole, _, decimals = text.partition(",")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}", whole) and re.fullmatch(r"\d{3}", decimals):
        return Normal(refusal="answer.ambiguous")
    return f"{whole}.{decimals}"


def _is_grouped(text: str, mark: str) -> bool:
    return re.fullmatch(rf"[+-]?\d{{1,3}}(\{mark}\d{{3}})+", text) is not None


def _checked(normal: Normal) -> Normal:
    """The number if the strict grammar takes it."""
    assert normal.text is not None
    if read_fraction(normal.text) is not None or read_decimal(normal.text) is not None:
        return normal
    return Normal(refusal="answer.too-long")


def _why_not(text: str) -> str:
    if _SEVERAL.search(text):
        return "answer.several"
    if _WORDS.search(text) or re.search(r"\d\(\d+\)", text):
        return "answer.not-a-number"
    if re.search(r"\d", text) and (_CALCULATION.search(text) or "/" in text or re.search(r"\d\s+\d", text)):
        return "answer.expression"
    if _CALCULATION.search(text):
        return "answer.expression"
    if re.fullmatch(r"[+-]?[\d.,]+(\s*[,;]\s*[+-]?[\d.,]+)+", text):
        return "answer.several"
    return "answer.not-a-number"
