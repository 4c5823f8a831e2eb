"""What is kept for the next time, and what goes when there is no room left."""

from chainrule.engine.kept import Kept


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept = Kept[str](most=10)
    kept.put("a", "first", 5)
    kept.put("b", "second", 5)
    assert kept.get("a") == "first"
    kept.put("c", "third", 5)
    assert kept.get("b") is None
    assert (kept.get("a"), kept.get("c")) == ("first", "third")
    assert (len(kept), kept.wires) == (2, 10)


def test_what_is_kept_twice_takes_room_once() -> None:
    kept = Kept[str](most=10)
    kept.put("a", "first", 4)
    kept.put("a", "again", 6)
    assert kept.get("a") == "again"
    assert (len(kept), kept.wires) == (1, 6)


def test_what_is_larger_than_all_room_is_not_kept() -> None:
    kept = Kept[str](most=10)
    kept.put("a", "small", 5)
    kept.put("b", "large", 11)
    assert kept.get("b") is None
    assert kept.get("a") == "small"
    kept.put("a", "now large", 11)
    assert (len(kept), kept.wires) == (0, 0)
