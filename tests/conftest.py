"""How Hypothesis runs here: the same examples each time, and never a verdict about time."""

from hypothesis import HealthCheck, settings

UNTIMED = [HealthCheck.too_slow]  # a busy machine is no failure

settings.register_profile("house", derandomize=True, deadline=None, suppress_health_check=UNTIMED)
# For finding what the fixed examples miss: pytest --hypothesis-profile=search
settings.register_profile("search", max_examples=1_000, deadline=None, suppress_health_check=UNTIMED)
settings.load_profile("house")
