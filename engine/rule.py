"""How an op is declared: one block of named functions that every number system runs.

A rule says its value, its gradients, and where it has a kink; it never says in which numbers. The first argument of
each function is the number system (``xp``): floats, arrays, complexes, rationals, balls, intervals or formulas
(``engine/numbers``). Operands are the positional parameters of the forward rule, attributes its keyword-only ones.

There are four ways to say an op, and one decorator for each:

- `elementwise`: entry by entry; gradients are local, one number a slot and entry;
- `arrangement`: a rearrangement of entries, said as NumPy says it; everything else follows from where entries go;
- `structured`: tensors in, a tensor out; the gradient is a pullback (VJP);
- `composite`: a body of other ops; value and gradient are the body's (`engine/body.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from functools import partial
from inspect import Parameter, getdoc, signature
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from .attributes import Attribute, declared, values_of
from .dtypes import DtypeRule, floating
from .shape import Shape, ShapeFault, elementwise_shape

#: A function of a number system and numbers of that system.
Formula = Callable[..., Any]


class Pattern(Enum):
    """What a gate does with the gradient that reaches it, in the lecture's words."""

    DISTRIBUTOR = "hands its gradient on to every operand"
    ROUTER = "sends its gradient to the operand that won"
    SWITCHER = "gives each operand its gradient times the other operand"
    SCALER = "multiplies its gradient by one number"
    STOPPER = "sends nothing on"


@dataclass(frozen=True, slots=True)
class Error:
    """Rounding constants in units of roundoff u (verification.md 5.3 and ops.md 10).

    ``value``: the float kernel is within ``value * u`` of the rounded truth; 0 means exact.
    ``operands``: units of the operands' sizes besides, where forms of the op cancel (log(exp(a) + exp(b)) near 0).
    ``relative``, ``absolute``: the computed local gradient d is within ``(relative |d| + absolute(v)) u``;
    ``absolute`` holds the coefficients of 1, \\|v\\| and v² at the output v, where the formula cancels.
    ``steep``: units of d² and \\|d³\\| besides, where 1 - x² is formed by squaring first (asin, atanh near 1).
    ``square``: units of x² \\|d\\| at the first operand x, where exp(-x²) is formed by squaring first.
    ``logarithm``: units of |log(first operand)| |d| besides, where a form that rounds its exponent is as good a rule.
    ``double``: units of 2^-53 besides, whatever the dtype: approximations in common kernels of double precision.
    ``product``: 1 if multiplying the local gradient by the upstream gradient rounds, 0 if d is always -1, 0 or 1.
    """

    value: int = 1
    relative: int = 0
    absolute: tuple[int, int, int] = (0, 0, 0)
    logarithm: int = 0
    product: int = 1
    operands: int = 0
    steep: tuple[int, int] = (0, 0)
    square: int = 0
    double: int = 0

    def is_exact(self) -> bool:
        """True if local gradients come out without any rounding."""
        return self.relative == 0 and not any(self.absolute)

    def besides(self, sizes: Sequence[Any]) -> Any:
        """Units of roundoff of a value from the sizes of its operands, each of which is added up to n - 1 times."""
        return self.operands * max(len(sizes) - 1, 1) * sum(sizes) if self.operands else 0

    def kernels(self, size: Any) -> Any:
        """How far common kernels of double precision may be off a result of this size besides, in no units."""
        return size * self.double / 2**53

    def slope(self, size: Any, out: Any, first: Any) -> Any:
        """Units of roundoff of a local gradient of this size at an output and first operand of these sizes.

        The logarithm is left out. Sizes are numbers of any kind, or arrays.
        """
        constant, linear, quadratic = self.absolute
        found = self.relative * size + constant
        # An output may be infinite, and 0 * infinity is no number.
        if linear:
            found = found + linear * out
        if quadratic:
            found = found + quadratic * out * out
        if self.square:
            found = found + self.square * first * first * size
        if any(self.steep):
            found = found + self.steep[0] * size * size + self.steep[1] * size * size * size
        return found


#: Share of the upper branch at a tie, by convention (ops.md 7).
Shares = Mapping[str, Fraction]

LOWER, MIDDLE, UPPER = Fraction(0), Fraction(1, 2), Fraction(1)


def shares(*, zero: Fraction, torch: Fraction, jax: Fraction, first: Fraction) -> Shares:
    """The share of the upper branch under each named convention; ``split`` is always one half."""
    return MappingProxyType({"zero": zero, "torch": torch, "jax": jax, "first": first, "split": MIDDLE})


class Spot(NamedTuple):
    """What is known of an operand where an op may have no derivative: its sign, and whether inputs can move it."""

    sign: int
    varies: bool


class Example(NamedTuple):
    """Where an op on tensors is certified: shapes, whose numbers are drawn, or given numbers; attributes as written."""

    operands: tuple[Any, ...]
    attrs: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Rule:
    """One op: its name, operands, attributes and functions. Complete once its gradient is declared.

    ``operands`` are names; the last may stand for any number of operands (``variadic``), those from ``least`` on may be
    absent, and toward those in ``fixed`` no gradient flows; ``sample`` holds what was drawn at random. ``outputs``: 1,
    or the number of components of a tuple, or the list attribute that has one entry a component. ``bound`` gives the
    rule with its attributes filled in.
    """

    name: str
    summary: str
    operands: tuple[str, ...]
    forward: Formula
    pattern: Pattern
    error: Error
    at_kink: Shares | None
    composite: bool
    since: int
    least: int
    variadic: bool
    fixed: frozenset[str]
    sample: str | None
    outputs: int | str
    attributes: Mapping[str, Attribute]
    dtype: DtypeRule
    elementwise: bool
    #: True if the gradient is declared and no derivative: what reaches the gate stops there.
    surrogate: bool = False
    #: Where the op has a value, as a condition on the operands; None if everywhere.
    domain: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    #: Between these every gradient that is sent on is clipped: a declared surrogate (`engine/surrogates.py`).
    limits: tuple[Fraction, Fraction] | None = None
    examples: list[Example] = field(default_factory=list[Example], repr=False)
    _local: Formula | None = field(default=None, repr=False)
    _pull: Formula | None = field(default=None, repr=False)
    _guard: Formula | None = field(default=None, repr=False)
    _shape: Formula | None = field(default=None, repr=False)
    _body: Formula | None = field(default=None, repr=False)
    _shares_of: Callable[..., Shares | None] | None = field(default=None, repr=False)
    _jump: Formula | None = field(default=None, repr=False)
    _undefined: Formula | None = field(default=None, repr=False)
    _through: Formula | None = field(default=None, repr=False)
    _products: Formula | None = field(default=None, repr=False)
    _fused: Formula | None = field(default=None, repr=False)
    _fused_pull: Formula | None = field(default=None, repr=False)
    _bound: dict[Any, Rule] = field(default_factory=dict[Any, "Rule"], init=False, repr=False)

    # --- declaring -----------------------------------------------------------------------------------------------

    def gradient(self, function: Formula) -> Formula:
        """Declare the local gradients: ``function(xp, out, *operands)`` returns d out / d operand for each."""
        if self._local is not None:
            raise TypeError(f"{self.name} has two gradient rules: {self._local.__name__} and {function.__name__}")
        self._local = function
        return function

    def pullback(self, function: Formula) -> Formula:
        """Declare the VJP: ``function(xp, grad, out, *operands)`` returns what each operand receives."""
        if self._pull is not None:
            raise TypeError(f"{self.name} has two pullbacks: {self._pull.__name__} and {function.__name__}")
        self._pull = function
        return function

    def through_output(self, function: Formula) -> Formula:
        """Declare the same VJP from the output, as people work on from it: a pullback that looks at no inner wire."""
        self._through = function
        return function

    def products(self, function: Formula) -> Formula:
        """Declare how many products a contraction adds up in all: ``function(out, *operands, **attrs)`` of shapes."""
        self._products = function
        return function

    def fused(self, function: Formula) -> Formula:
        """Declare a quicker way to the value on float64 arrays, ``function(*operands)``; tests hold it to the rule."""
        self._fused = function
        return function

    def fused_pullback(self, function: Formula) -> Formula:
        """Declare a quicker VJP on float64 arrays, with the pullback's signature; tests hold it to the pullback."""
        self._fused_pull = function
        return function

    def guard(self, function: Formula) -> Formula:
        """Declare the kink: ``function(xp, *operands)`` is zero exactly where the op has no derivative."""
        if self.at_kink is None and self._shares_of is None:
            raise TypeError(f"{self.name} declares a guard but not what each convention takes at the kink")
        self._guard = function
        return function

    def shape(self, function: Formula) -> Formula:
        """Declare the shape: ``function(*shapes, **attrs)``; it raises ShapeFault for operands that do not fit."""
        self._shape = function
        return function

    def conventions(self, function: Callable[..., Shares | None]) -> Callable[..., Shares | None]:
        """Declare the share of the upper branch at a tie where it depends on the attributes.

        None for attributes with which there is no kink.
        """
        self._shares_of = function
        return function

    def body(self, function: Formula) -> Formula:
        """Declare what the op collapses: ``function(g, *wires)`` draws it on the board `g` (`engine/body.py`)."""
        self._body, self.composite = function, True
        return function

    def jump(self, function: Formula) -> Formula:
        """Declare where the value jumps: ``function(xp, *operands)`` is zero exactly there.

        There is no derivative there; the gradient rule says what is taken for one by convention.
        """
        self._jump = function
        return function

    def undefined(self, function: Formula) -> Formula:
        """Declare where no number stands for a derivative: ``function(*spots)`` gives one truth value an operand."""
        self._undefined = function
        return function

    def example(self, *operands: Any, **attrs: Any) -> None:
        """Declare where the op is certified: a tuple is the shape of drawn numbers, a list or a number is given."""
        self.examples.append(Example(operands, attrs))

    # --- using ---------------------------------------------------------------------------------------------------

    def bound(self, attrs: Mapping[str, Any]) -> Rule:
        """The rule with these attributes filled in, defaults where they are not stated; equal ones are one object."""
        return self.given(values_of(self.attributes, attrs)) if self.attributes else self

    def given(self, values: Mapping[str, Any]) -> Rule:
        """The same with values as rules take them: reals as rationals, lists as tuples; every attribute is there."""
        key = tuple(values.items())
        if key not in self._bound:
            if len(self._bound) >= _REMEMBERED:
                self._bound.clear()
            self._bound[key] = self._filled(values)
        return self._bound[key]

    def spoken(self, values: Mapping[str, Any]) -> Rule:
        """The same with terms for attributes, to be printed; what is taken at kinks is left open."""
        functions = (
            "forward",
            "_local",
            "_pull",
            "_through",
            "_products",
            "_fused",
            "_fused_pull",
            "_guard",
            "_jump",
            "_shape",
            "_body",
        )
        filled = {name: _given(getattr(self, name), values) for name in functions}
        return replace(self, **filled, values=values)

    def _filled(self, values: Mapping[str, Any]) -> Rule:
        filled = self.spoken(values)
        if self._shares_of is None:
            return filled
        at_kink = self._shares_of(**values)
        return replace(filled, at_kink=at_kink, _guard=None if at_kink is None else filled._guard)

    def infer(self, shapes: Sequence[Shape]) -> Any:
        """The result's shape, or a list of shapes for a tuple; ShapeFault says why operands or attributes misfit."""
        if self._shape is not None:
            return self._shape(*shapes)
        if not self.elementwise:
            raise TypeError(f"{self.name} has no shape rule")
        found = elementwise_shape(shapes)
        if found is None:
            listed = " and ".join(str(list(shape)) for shape in shapes)
            raise ShapeFault(f"combines shapes {listed}; it takes equal shapes, or scalars (shape []) among them")
        return found

    def local(self, system: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """d out / d operand for every operand, in the numbers of `system`; elementwise ops only."""
        if self._local is None:
            raise TypeError(f"{self.name} has no local gradient rule")
        gradients = self._local(system, out, *operands)
        # An interval is a tuple too, of its two ends.
        return cast(tuple[Any, ...], gradients) if type(gradients) is tuple else (gradients,)

    def pull(self, system: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """What every operand receives of `grad`, None toward one without gradient; ops that are not elementwise."""
        if self._pull is None:
            raise TypeError(f"{self.name} has no pullback")
        fused = self._fused_pull if _fuses(system) else None
        received = (fused or self._pull)(system, grad, out, *operands)
        return cast(tuple[Any, ...], received) if type(received) is tuple else (received,)

    def pull_through_output(self, system: Any, grad: Any, out: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """The same from the output where the op declares that form; the pullback's own form otherwise."""
        if self._through is None:
            return self.pull(system, grad, out, operands)
        received = self._through(system, grad, out, *operands)
        return cast(tuple[Any, ...], received) if type(received) is tuple else (received,)

    @property
    def has_output_form(self) -> bool:
        """True if the op declares its VJP from the output besides."""
        return self._through is not None

    def value(self, system: Any, operands: Sequence[Any]) -> Any:
        """The value in the numbers of `system`, by the fused kernel where there is one for them."""
        if self._fused is not None and _fuses(system):
            return self._fused(*operands)
        return self.forward(system, *operands)

    def count_products(self, out: Shape, operands: Sequence[Shape]) -> int | None:
        """How many products the op adds up between these shapes; None for ops that are no contractions."""
        return None if self._products is None else self._products(out, *operands)

    @property
    def has_fused(self) -> bool:
        """True if a quicker way on float64 arrays is declared beside the rule."""
        return self._fused is not None or self._fused_pull is not None

    def distance(self, system: Any, operands: Sequence[Any]) -> Any:
        """The guard's value: its sign tells the branch, zero is a tie. Only for rules with a kink."""
        if self._guard is None:
            raise TypeError(f"{self.name} has no kink")
        return self._guard(system, *operands)

    def drawn(self, board: Any, wires: Sequence[Any]) -> Any:
        """The body on a board, between these wires. Only for composites."""
        if self._body is None:
            raise TypeError(f"{self.name} has no body")
        return self._body(board, *wires)

    def to_jump(self, system: Any, operands: Sequence[Any]) -> Any:
        """Zero exactly where the value jumps; None for rules that never do."""
        return None if self._jump is None else self._jump(system, *operands)

    def lacking(self, spots: Sequence[Spot]) -> tuple[bool, ...]:
        """For every operand, whether there is no derivative by it at these signs."""
        return (False,) * len(spots) if self._undefined is None else self._undefined(*spots)

    @property
    def has_breaks(self) -> bool:
        """True if the op has points at which it jumps, or at which nothing stands for a derivative."""
        return self._jump is not None or self._undefined is not None

    @property
    def has_kink(self) -> bool:
        """True if the op has points without a derivative inside its domain."""
        return self._guard is not None

    @property
    def can_tie(self) -> bool:
        """True if a convention may be asked at a tie, whether the op declares a guard or sends to winners."""
        return self.has_kink or (self.pattern is Pattern.ROUTER and not self.elementwise)

    @property
    def has_body(self) -> bool:
        """True if the op collapses others."""
        return self._body is not None

    def accepts(self, count: int) -> bool:
        """True if the op takes this many operands."""
        return count >= self.least and (self.variadic or count <= len(self.operands))

    def name_of(self, port: int) -> str:
        """The name of the operand at this place."""
        last = len(self.operands) - 1
        return f"{self.operands[last]}{port - last}" if self.variadic and port >= last else self.operands[port]

    def is_fixed(self, port: int) -> bool:
        """True if no gradient ever flows toward the operand at this place."""
        return self.operands[min(port, len(self.operands) - 1)] in self.fixed


#: Sets of attributes of one op that stay filled in; more than any network has.
_REMEMBERED = 4096


def _fuses(system: Any) -> bool:
    """True for the one system that fused kernels are written in."""
    return getattr(system.__class__, "FUSES", False)


def _given(function: Formula | None, values: Mapping[str, Any]) -> Formula | None:
    if function is None:
        return None
    taken = signature(function).parameters
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in taken.values()):
        return partial(function, **values)
    return partial(function, **{name: value for name, value in values.items() if name in taken})


def elementwise(
    *,
    pattern: Pattern,
    error: Error | None = None,
    at_kink: Shares | None = None,
    composite: bool = False,
    since: int = 1,
    fixed: Sequence[str] = (),
    sample: str | None = None,
    dtype: DtypeRule = floating,
    surrogate: bool = False,
    domain: str | None = None,
) -> Callable[[Formula], Rule]:
    """Declare an op that works entry by entry; the decorated function is its forward rule."""

    def declare(forward: Formula) -> Rule:
        rule = _declared(forward, pattern=pattern, since=since, fixed=fixed, dtype=dtype)
        rule = replace(rule, error=error or Error(), at_kink=at_kink, composite=composite)
        return replace(rule, elementwise=True, sample=sample, surrogate=surrogate, domain=domain)

    return declare


def structured(
    *,
    pattern: Pattern,
    since: int = 1,
    fixed: Sequence[str] = (),
    dtype: DtypeRule = floating,
    error: Error | None = None,
) -> Callable[[Formula], Rule]:
    """Declare an op on whole tensors: the decorated forward rule, then its shape and its pullback."""

    def declare(forward: Formula) -> Rule:
        rule = _declared(forward, pattern=pattern, since=since, fixed=fixed, dtype=dtype)
        return replace(rule, error=error or Error())

    return declare


def _declared(forward: Formula, *, pattern: Pattern, since: int, fixed: Sequence[str], dtype: DtypeRule) -> Rule:
    """What the forward rule itself says: name, sentence, operands, attributes."""
    parameters = list(signature(forward).parameters.values())[1:]
    taken = [p for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL)]
    needed = [p for p in taken if p.default is Parameter.empty]
    return Rule(
        name=forward.__name__.rstrip("_"),
        summary=(getdoc(forward) or "").splitlines()[0],
        operands=tuple(p.name for p in taken),
        forward=forward,
        pattern=pattern,
        error=Error(),
        at_kink=None,
        composite=False,
        since=since,
        least=len(needed),
        variadic=bool(taken) and taken[-1].kind is Parameter.VAR_POSITIONAL,
        fixed=frozenset(fixed),
        sample=None,
        outputs=1,
        attributes=declared(forward),
        dtype=dtype,
        elementwise=False,
    )
