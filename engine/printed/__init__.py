"""Printed numbers as people write them: what the digits claim, and what every step could have made of other digits."""
