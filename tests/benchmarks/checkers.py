"""`python -m tests.benchmarks.checkers [--draws N]`: the fair random sample judged by us and by other checkers.

Each peer gets the function in its own operations, with the claimed number as its derivative, and runs at its defaults.
"""

import argparse
import operator
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import chainrule
from chainrule.engine.verify.report import overall
from chainrule.schema import Graph

from ..conformance.random_functions import FUNCTIONS, MISTAKES, Draw, draws
from .peers import found

Operations = Mapping[str, Callable[..., Any]]

#: Says whether a peer accepts a claimed derivative at a draw.
Accepts = Callable[[Draw, float], bool]

#: SciPy returns a distance and leaves the judgement to its user; its own example shows 3e-8 as near enough.
SCIPY_LIMIT = 1e-6

RIGHT = ("own", "rounded truth")

ARITHMETIC: Operations = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pow": operator.pow,
    "abs": abs,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
}


def evaluated(graph: Graph, operations: Operations, x: Any) -> Any:
    """The graph's output at x, in a peer's operations; its other leaves stay as they are."""
    values: dict[str, Any] = {}
    for node in graph.nodes:
        name = node["id"]
        if "inputs" in node:
            values[name] = operations[node["op"]](*[values[operand] for operand in node["inputs"]])
        else:
            values[name] = x if name == "x" else node["value"]
    return values[graph.outputs[0]["node"]]


def point(draw: Draw) -> float:
    """The draw's x."""
    return float(next(node["value"] for node in draw.graph.nodes if node["id"] == "x"))


def torch_gradcheck() -> Accepts | None:
    """torch.autograd.gradcheck in float64: central differences, eps 1e-6, atol 1e-5, rtol 1e-3."""
    torch = found("torch")
    if torch is None:
        return None
    tensor = {name: getattr(torch, name) for name in ("exp", "log", "sqrt", "relu", "tanh", "sin", "cos", "sigmoid")}
    larger = {"maximum": torch.maximum, "minimum": torch.minimum}
    operations = {**ARITHMETIC, **tensor, **larger}

    def accepts(draw: Draw, claim: float) -> bool:
        class Claimed(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return evaluated(draw.graph, operations, x)

            @staticmethod
            def backward(ctx: Any, grad: Any) -> Any:
                return grad * claim

        x = torch.tensor(point(draw), dtype=torch.float64, requires_grad=True)
        return bool(torch.autograd.gradcheck(Claimed.apply, (x,), raise_exception=False))

    return accepts


def jax_check_grads() -> Accepts | None:
    """jax.test_util.check_grads in float64, order 1, both modes, its own eps and tolerances."""
    jax = found("jax")
    if jax is None:
        return None
    jax.config.update("jax_enable_x64", True)
    import jax.test_util

    jnp = jax.numpy
    plain = {name: getattr(jnp, name) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos", "maximum", "minimum")}
    operations = {**ARITHMETIC, **plain, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}

    def accepts(draw: Draw, claim: float) -> bool:
        @jax.custom_jvp
        def claimed(x: Any) -> Any:
            return evaluated(draw.graph, operations, x)

        @claimed.defjvp
        def _(primals: Any, tangents: Any) -> Any:
            return claimed(*primals), claim * tangents[0]

        try:
            jax.test_util.check_grads(claimed, (jnp.float64(point(draw)),), order=1)
        except AssertionError:
            return False
        return True

    return accepts


def scipy_check_grad() -> Accepts | None:
    """scipy.optimize.check_grad: forward differences, step 1.5e-8, the distance held against `SCIPY_LIMIT`."""
    optimize = found("scipy.optimize")
    if optimize is None:
        return None
    import numpy as np

    plain = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos", "maximum", "minimum")}
    operations = {**ARITHMETIC, **plain, "relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x))}

    def accepts(draw: Draw, claim: float) -> bool:
        def function(x: Any) -> float:
            return float(evaluated(draw.graph, operations, x[0]))

        def gradient(x: Any) -> Any:
            return np.array([claim])

        return bool(optimize.check_grad(function, gradient, [point(draw)]) <= SCIPY_LIMIT)

    return accepts


PEERS: Mapping[str, Callable[[], Accepts | None]] = {
    "torch gradcheck": torch_gradcheck,
    "jax check_grads": jax_check_grads,
    "scipy check_grad": scipy_check_grad,
}


def counted(sample: Sequence[Draw], peers: Mapping[str, Accepts | None]) -> dict[str, Counter[str]]:
    """Kind of claim -> how often it was drawn, what we said, and who accepted it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for draw in sample:
        numbers: dict[str, float | None] = {
            "own": chainrule.backward(draw.graph).grads["x"],
            "rounded truth": draw.right,
        }
        numbers |= {mistake: draw.mistaken(mistake) for mistake in MISTAKES}
        for kind, number in numbers.items():
            if number is not None:
                said = ["draws", overall(chainrule.verify(draw.claiming(number))).value]
                said += [name for name, accepts in peers.items() if accepts is not None and accepts(draw, number)]
                counts[kind].update(said)
    return counts


def markdown(counts: Mapping[str, Counter[str]], peers: Mapping[str, Accepts | None]) -> str:
    """Shares accepted, by claim; of us also what was left open."""
    lines = [f"| claim | chainrule accepts | leaves open | {' | '.join(f'{name} accepts' for name in peers)} |"]
    lines.append("|---" * (3 + len(peers)) + "|")
    for kind, count in counts.items():
        ours = [count["proved"] + count["consistent"], count["undecided"]]
        theirs = [None if accepts is None else count[name] for name, accepts in peers.items()]
        shares = ("not installed" if n is None else f"{100 * n / count['draws']:.1f} %" for n in (*ours, *theirs))
        lines.append(f"| {'right' if kind in RIGHT else 'wrong'}: {kind} | {' | '.join(shares)} |")
    return "\n".join(lines)


def main() -> None:
    """Judge the sample and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.checkers", description=__doc__)
    parser.add_argument("--draws", type=int, default=20, help="draws of each function")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    peers = {name: make() for name, make in PEERS.items()}
    sample = list(draws(options.draws * len(FUNCTIONS), options.seed))
    print(f"{len(sample)} draws", file=sys.stderr)
    print(markdown(counted(sample, peers), peers))


if __name__ == "__main__":
    main()
