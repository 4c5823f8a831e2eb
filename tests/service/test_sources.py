import gzip
import json
from pathlib import Path

import pytest

from chainrule.schema import UsageError
from chainrule.service.sources import Source, sources

from .commands import BARE, RIGHT, give, write


def names(*arguments: str | Path) -> list[str]:
    """The names of the sources; an error by its message."""
    found = sources([str(argument) for argument in arguments])
    return [one.name if isinstance(one, Source) else str(one) for one in found]


def test_a_file_is_one_source_under_the_name_that_was_given(tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", BARE)
    (found,) = sources([str(path)])
    assert found == Source(str(path), path.read_bytes(), path=path, many=False)


def test_a_folder_is_searched_to_the_bottom_for_documents_alone(tmp_path: Path) -> None:
    for name in ("b.cr.json", "a/deep/c.cr.json", "note.json", "a/readme.md"):
        write(tmp_path / name, BARE)
    write(tmp_path / "l.cr.jsonl", BARE, RIGHT)
    (tmp_path / "z.cr.json.gz").write_bytes(gzip.compress(json.dumps(BARE).encode()))
    found = [name.removeprefix(f"{tmp_path}/") for name in names(tmp_path)]
    assert found == ["a/deep/c.cr.json", "b.cr.json", "l.cr.jsonl:1", "l.cr.jsonl:2", "z.cr.json.gz"]


def test_a_pattern_takes_what_matches_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "deep/c.json"):
        write(tmp_path / name, BARE)
    assert names(tmp_path / "*.json") == [f"{tmp_path}/a.json", f"{tmp_path}/b.json"]
    assert names(tmp_path / "**" / "c.json") == [f"{tmp_path}/deep/c.json"]


def test_a_pattern_enters_no_folder_through_a_link(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "a.cr.json", BARE)
    for place in ("loop", "other", "deep/back"):
        (tmp_path / place).symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path / "**" / "*.cr.json") == [f"{tmp_path}/deep/a.cr.json"]
    assert names(tmp_path / "loop" / "deep" / "*.cr.json") == [f"{tmp_path}/loop/deep/a.cr.json"]


def test_a_pattern_that_ends_in_two_stars_means_all_files(tmp_path: Path) -> None:
    for name in ("a.json", "deep/b.json"):
        write(tmp_path / name, BARE)
    assert names(tmp_path / "**") == [f"{tmp_path}/a.json", f"{tmp_path}/deep/b.json"]
    assert names(tmp_path / "d**" / "*.json") == [f"{tmp_path}/deep/b.json"]


def test_what_begins_with_a_dot_is_matched_by_a_dot_alone(tmp_path: Path) -> None:
    for name in (".hidden/a.json", ".b.json"):
        write(tmp_path / name, BARE)
    assert "no file matches the pattern" in names(tmp_path / "**" / "*.json")[0]
    assert names(tmp_path / ".h*" / "*.json", tmp_path / ".*.json") == [
        f"{tmp_path}/.hidden/a.json",
        f"{tmp_path}/.b.json",
    ]


def test_a_pattern_may_begin_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "deep" / "a.json", BARE)
    monkeypatch.chdir(tmp_path / "deep")
    assert names("*.json", "../**/a.json") == ["a.json", "../deep/a.json"]


def test_a_name_that_promises_gzip_over_other_bytes_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json.gz", BARE)
    assert names(path) == [f"{path}: cannot be read: the name ends in .gz, and this is no gzip"]


def test_lines_are_sources_with_their_numbers_and_empty_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_bytes(b'{"a":1}\r\n\n  \n{"b":2}')
    found = [source for source in sources([str(path)]) if isinstance(source, Source)]
    assert [(source.name, source.data) for source in found] == [(f"{path}:1", b'{"a":1}'), (f"{path}:4", b'{"b":2}')]
    assert all(source.many and source.path is None for source in found)


def test_packed_lines_are_read_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "l.cr.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n{}\n"))
    assert names(path) == [f"{path}:1", f"{path}:2"]


def test_standard_input_is_one_document_however_many_lines_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (b'{"a":1}', b'{"a":1}\n', b'{\n"a":1\n}\n', b"nonsense"):
        give(monkeypatch, text)
        assert list(sources(["-"])) == [Source("-", text)]


def test_standard_input_of_whole_lines_is_one_document_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b'{"a":1}\n\n{"b":\n{"c":3}\n')
    assert names("-") == ["-:1", "-:3", "-:4"]


def test_empty_lines_above_a_document_keep_the_line_numbers_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b'\n\n{\n"a": }')
    (found,) = sources(["-"])
    assert found == Source("-", b'\n\n{\n"a": }')


def test_a_missing_file_is_named_with_its_neighbours_and_the_others_still_come(tmp_path: Path) -> None:
    path = write(tmp_path / "neuron.cr.json", BARE)
    missing = tmp_path / "neurn.cr.json"
    assert names(missing, path) == [f"{missing}: no file or folder has this name; nearest: neuron.cr.json", str(path)]


def test_a_document_in_place_of_a_path_is_shown_the_way_to_standard_input() -> None:
    (found,) = names('{"chainrule": "1.0", "kind": "graph", "opset": {"core": 1}, "nodes": []}')
    assert "is a document and no path: give it on standard input" in found
    assert len(found) < 120


def test_a_name_that_no_system_can_hold_is_an_error_like_others() -> None:
    assert ": cannot be read: file name too long" in names("x" * 5_000)[0]


def test_what_holds_nothing_says_so(tmp_path: Path) -> None:
    empty, pattern, lost = names(tmp_path, tmp_path / "*.json", tmp_path / "no" / "x.json")
    assert "the folder holds no *.cr.json" in empty
    assert "no file matches the pattern" in pattern
    assert lost.endswith(f"there is no folder {tmp_path / 'no'}")


def test_a_broken_archive_is_an_error_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl.gz"
    path.write_bytes(b"no archive")
    (found,) = sources([str(path)])
    assert isinstance(found, UsageError)
    assert str(found).startswith(f"{path}: cannot be read: ")


def test_files_are_opened_only_when_their_turn_comes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.json", BARE), write(tmp_path / "b.json", BARE)
    found = sources([str(first), str(second)])
    next(found)
    second.unlink()
    assert isinstance(next(found), UsageError)


def test_one_of_several_arguments_knows_that_it_is_not_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", BARE)
    assert [source.many for source in sources([str(path), str(path)]) if isinstance(source, Source)] == [True, True]
