"""The backward pass: downstream = upstream x local at every gate, and branches add."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..schema import Graph, UsageError
from .executors.passes import FlatPass
from .flat import Gate
from .forward import forward_pass
from .gate import Number, local_gradients, rounded
from .named import Named
from .numbers.arrays import Arrays
from .plan import Plan, leaf_numbers, plan, reaching_wires, seed_numbers
from .rule import Rule
from .shape import SCALAR, Shape
from .surrogates import limited

#: What the engine may take where an op has no derivative (ops.md 7); `zero` is the element of least norm.
CONVENTIONS = ("zero", "torch", "jax", "first", "split")


@dataclass(frozen=True, slots=True)
class Gradients:
    """Numbers by id. `local` and `downstream` hold one entry an operand, None toward a constant or an integer."""

    values: Mapping[str, Number]
    grads: Mapping[str, Number]
    local: Mapping[str, tuple[Number | None, ...]]
    downstream: Mapping[str, tuple[Number | None, ...]]
    kinks: str


@dataclass(frozen=True, slots=True)
class TensorPass:
    """One backward pass by position: the gradient of every wire, and what every gate sends to its operands."""

    grads: list[Number]
    local: list[tuple[Number | None, ...]]
    downstream: list[tuple[Number | None, ...]]


#: Either has `grads`, `local` and `downstream`; over scalars they are arrays first, and lists when they are asked for.
Pass = TensorPass | FlatPass


def backward(graph: Graph, *, kinks: str = "zero") -> Gradients:
    """Values and gradients of every wire; `kinks` names the convention taken where there is no derivative.

    Raises DocumentError if the graph breaks a rule, a leaf has no value, or the objective is not defined.
    """
    made = plan(graph)
    values, passed = both_passes(made, kinks)
    known = graph.structure
    index = known.index if made.ids is known.ids else {name: i for i, name in enumerate(made.ids)}
    trained = index if all(made.trained) else {name: i for name, i in index.items() if made.trained[i]}
    return Gradients(
        values=Named(index, values),
        grads=Named(trained, lambda: passed.grads),
        local=Named(index, lambda: passed.local),
        downstream=Named(index, lambda: passed.downstream),
        kinks=kinks,
    )


def both_passes(plan: Plan, kinks: str) -> tuple[Callable[[], Sequence[Number]], Pass]:
    """Both passes from the leaves' values and the seeds; values are put in the order of the plan when asked for."""
    runner = plan.runner
    if runner is None:
        values = forward_pass(plan, leaf_numbers(plan))
        return lambda: values, backward_pass(plan, values, seed_numbers(plan), kinks)
    _check(kinks)
    leaves, seeds = plan.starting(runner)
    executor = runner.executor(kinks)
    found = executor.forward(leaves)
    received = executor.backward(found, seeds)
    return lambda: runner.in_order(found), FlatPass(runner, executor, found, received)


def backward_pass(plan: Plan, values: Sequence[Number], seeds: Mapping[int, Number], kinks: str) -> Pass:
    """Gradients of all wires in reverse order, without recursion."""
    _check(kinks)
    if (runner := plan.runner) is not None:
        executor, numbers = runner.executor(kinks), runner.numbered(values)
        return FlatPass(runner, executor, numbers, executor.backward(numbers, runner.seeds(seeds)))
    run = _Backward(plan, values, kinks)
    for position, seed in seeds.items():
        run.receive(position, seed)
    with np.errstate(all="ignore"):
        for i in reversed(plan.gates):
            run.gate(i)
    return TensorPass([run.grad(i) for i in range(len(plan.ids))], run.local, run.downstream)


def _check(kinks: str) -> None:
    if kinks not in CONVENTIONS:
        raise UsageError(f"no convention at kinks is called {kinks!r}; there are {', '.join(CONVENTIONS)}")


def local_of(plan: Plan, values: Sequence[Number], gate: Gate, kinks: str) -> list[Number]:
    """The local gradients of a collapsed gate: the pass over its members alone, with ones at its exit."""
    # The gate's own derivative is no 0 where no output of the graph is reached.
    run = _Backward(replace(plan, reaching=reaching_wires(plan.operands, [gate.exit])), values, kinks)
    run.receive(gate.exit, np.ones(plan.shapes[gate.exit]) if plan.shapes[gate.exit] else 1.0)
    with np.errstate(all="ignore"):
        for i in sorted(gate.members, reverse=True):
            if plan.rules[i] is not None:
                run.gate(i)
    return [run.grad(i) for i in gate.entrances]


class _Backward:
    """One run: what every wire has received so far, None for nothing yet, and what every gate sent."""

    def __init__(self, plan: Plan, values: Sequence[Number], kinks: str) -> None:
        self.plan, self.values, self.kinks = plan, values, kinks
        self.received: list[Number | None] = [None] * len(plan.ids)
        self.local: list[tuple[Number | None, ...]] = [()] * len(plan.ids)
        self.downstream: list[tuple[Number | None, ...]] = [()] * len(plan.ids)

    def receive(self, wire: int, contribution: Number) -> None:
        """Branches add."""
        before = self.received[wire]
        total = contribution if before is None else rounded(before + contribution, self.plan.dtypes[wire])
        self.received[wire] = total

    def grad(self, wire: int) -> Number:
        """The gradient of a wire from all that it has received; 0 where that is nothing."""
        found = self.received[wire]
        return _zero(self.plan.shapes[wire]) if found is None else found

    def gate(self, i: int) -> None:
        """What gate i sends to its operands: exactly 0 where no output is reached."""
        plan = self.plan
        rule = plan.rules[i]
        assert rule is not None
        if rule.elementwise:
            self.local[i] = self._local(rule, i)
        if not plan.reaching[i]:
            sent = [_zero(plan.shapes[k]) for k in plan.operands[i]]
        else:
            sent = self._through(i) if rule.elementwise else self._pulled(rule, i)
        towards = zip(plan.operands[i], sent, strict=True)
        passing = [part if self._flows(rule, port, k) else None for port, (k, part) in enumerate(towards)]
        self.downstream[i] = tuple(passing)
        for operand, contribution in zip(plan.operands[i], passing, strict=True):
            if contribution is not None:
                self.receive(operand, contribution)

    def _flows(self, rule: Rule, port: int, operand: int) -> bool:
        """True if a gradient flows toward this operand."""
        return self.plan.trained[operand] and not rule.is_fixed(port)

    def _local(self, rule: Rule, i: int) -> tuple[Number | None, ...]:
        """The gate's local gradients, each of the output's shape, in the wire's dtype."""
        plan, shape, dtype = self.plan, self.plan.shapes[i], self.plan.dtypes[i]
        operands = [self.values[k] for k in plan.operands[i]]
        gradients = local_gradients(rule, shape == SCALAR, self.values[i], operands, self.kinks)
        return tuple(
            _spread(rounded(gradient, dtype), shape) if self._flows(rule, port, k) else None
            for port, (k, gradient) in enumerate(zip(plan.operands[i], gradients, strict=True))
        )

    def _through(self, i: int) -> list[Number | None]:
        """Local times upstream, a sum toward a scalar that was combined with a tensor."""
        plan, grad, rule = self.plan, self.grad(i), self.plan.rules[i]
        limits = None if rule is None else rule.limits
        sent: list[Number | None] = []
        for operand, gradient in zip(plan.operands[i], self.local[i], strict=True):
            product = None if gradient is None else gradient * grad
            if product is not None and plan.shapes[operand] != plan.shapes[i]:
                product = float(np.sum(product))
            product = limited(product, limits, np.clip)
            sent.append(None if product is None else rounded(product, plan.dtypes[operand]))
        return sent

    def _pulled(self, rule: Rule, i: int) -> list[Number | None]:
        """The pullback of an op on whole tensors."""
        plan = self.plan
        operands = [np.asarray(self.values[k]) for k in plan.operands[i]]
        parts = rule.pull(Arrays(kinks=self.kinks), np.asarray(self.grad(i)), self.values[i], operands)
        sent: list[Number | None] = []
        for k, part in zip(plan.operands[i], parts, strict=True):
            number = float(part) if part is not None and plan.shapes[k] == SCALAR else part
            sent.append(None if number is None else rounded(number, plan.dtypes[k]))
        return sent


def _zero(shape: Shape) -> Number:
    return 0.0 if shape == SCALAR else np.zeros(shape)


def _spread(gradient: Number, shape: Shape) -> Number:
    return gradient if shape == SCALAR else np.broadcast_to(gradient, shape)
