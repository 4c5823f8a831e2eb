"""Tables fold where a terminal is narrow; elsewhere a row stays a line."""

import re

import pytest

from chainrule.service.tables import table

HEADERS = ("op", "local gradients", "pattern")
ROWS = [
    ("pow", "d/dbase = exponent * base**(exponent - 1); d/dexponent = out * log(base)", "scaler"),
    ("a" * 30, "1", ""),
]


def lines(monkeypatch: pytest.MonkeyPatch, columns: int) -> list[str]:
    """The table on a terminal of that many columns, without colours."""
    monkeypatch.setenv("COLUMNS", str(columns))
    return re.sub(r"\x1b\[[0-9;]*m", "", table(HEADERS, ROWS, terminal=True)).splitlines()


def test_a_table_that_fits_has_a_line_for_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("- 1); d/dexponent" in line for line in lines(monkeypatch, 140))


def test_a_table_that_is_too_wide_has_a_line_for_a_part_of_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = lines(monkeypatch, 90)
    assert max(map(len, drawn)) <= 90
    assert any(line.strip().startswith("d/dexponent = out") for line in drawn)
    assert not any(";" in line for line in drawn)


def test_names_are_never_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("a" * 30 in line for line in lines(monkeypatch, 20))


def test_what_is_no_terminal_gets_a_line_for_a_row() -> None:
    assert len(table(HEADERS, ROWS, terminal=False).splitlines()) == 3
