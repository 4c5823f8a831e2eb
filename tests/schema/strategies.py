"""Random documents."""

from typing import Any

from hypothesis import strategies as st

UNARY = ("neg", "exp", "relu", "tanh", "square", "sigmoid")
BINARY = ("add", "sub", "mul", "maximum")

finite = st.floats(allow_nan=False, allow_infinity=False)

decimals = st.builds(
    "{}{}.{}".format, st.sampled_from(["", "-"]), st.integers(0, 10**6), st.text("0123456789", min_size=1, max_size=9)
)
fractions = st.builds("{}/{}".format, st.integers(-(10**9), 10**9), st.integers(1, 10**9))
nonfinite = st.sampled_from(["NaN", "Infinity", "-Infinity"])
hexadecimals = st.sampled_from(["-0x0p+0", "0x1.8p+0", "-0x1p-1074", "0x1.fffffffffffffp+1023"])
small = st.integers(-(2**53) + 1, 2**53 - 1)
numbers: st.SearchStrategy[Any] = st.one_of(finite, small, decimals, fractions, nonfinite, hexadecimals)


def tensors(shape: tuple[int, ...], entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A number or nested arrays of a shape."""
    strategy = entries
    for size in reversed(shape):
        strategy = st.lists(strategy, min_size=size, max_size=size)
    return strategy


@st.composite
def documents(draw: st.DrawFn, *, values: st.SearchStrategy[Any] = numbers) -> dict[str, Any]:
    """A graph of one shape of wires, with some of its numbers stated."""
    shape = draw(st.sampled_from([(), (), (), (2,), (2, 3)]))
    wires = tensors(shape, values)
    nodes: list[dict[str, Any]] = []
    for i in range(draw(st.integers(1, 8))):
        row: dict[str, Any] = {"id": f"n{i}"}
        if not nodes or draw(st.booleans()):
            row |= {"op": draw(st.sampled_from(["input", "param", "const"])), "value": draw(wires)}
        else:
            op = draw(st.sampled_from(UNARY + BINARY))
            inputs = [draw(st.sampled_from(nodes))["id"] for _ in range(1 + (op in BINARY))]
            row |= {"op": op, "inputs": inputs}
            row |= draw(st.fixed_dictionaries({}, optional={"value": wires}))
            edges = st.lists(st.one_of(st.none(), wires), min_size=len(inputs), max_size=len(inputs))
            row |= draw(st.fixed_dictionaries({}, optional={"local": edges, "downstream": edges}))
        row |= draw(st.fixed_dictionaries({}, optional={"grad": wires}))
        nodes.append(row)
    return {
        "chainrule": "1.0",
        "kind": "graph",
        "opset": {"core": 1},
        "nodes": nodes,
        "outputs": [{"node": nodes[-1]["id"], "seed": draw(tensors(shape, finite))}],
    }
