"""The comparison with other checkers runs, whoever is installed; what it measures is judged elsewhere."""

from ..conformance.random_functions import FUNCTIONS, draws
from .checkers import ARITHMETIC, counted, evaluated, markdown, point


def test_a_peer_that_is_not_installed_is_a_column_that_says_so() -> None:
    peers = {"nobody": None, "gullible": lambda draw, claim: True}
    table = markdown(counted(list(draws(2, seed=1)), peers), peers)
    assert "nobody accepts | gullible accepts |" in table.splitlines()[0]
    assert all(line.endswith("| not installed | 100.0 % |") for line in table.splitlines()[2:])


def test_a_function_in_a_peer_s_operations_is_the_function() -> None:
    polynomial = next(draw for draw in draws(len(FUNCTIONS), seed=1) if draw.function == "cubic")
    scale, x = polynomial.graph.nodes[0]["value"], point(polynomial)
    assert isinstance(scale, float)
    value = evaluated(polynomial.graph, ARITHMETIC, x)
    assert abs(value - scale * (3 * x**3 - 2 * x + 1)) <= 1e-12 * abs(value) + 1e-300
