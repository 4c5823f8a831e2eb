"""Probes are what verification.md 14 says: drawn from HMAC and Philox, other for every document, and repeatable."""

import hashlib
import hmac
import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.verify.digests import Digests
from chainrule.engine.verify.probe import JITTER, PUBLIC, Probes, fingerprint, probes_for, recorded_seeds
from chainrule.schema import UsageError, document_digest, graph_digest

GRAPH, DOCUMENT, POLICY = ("sha256:" + digit * 64 for digit in "abc")

GOLDEN_SEED = "fa90f03b2a6ae207ae15c3bee687cb9c43209370d9909bab9476c0f22f3a1045"
GOLDEN_WEIGHTS = [1.1897425273878453, -1.462318515626372, -0.741770237273462]

SECRET = b"a secret of more than thirty-two bytes"


def test_a_seed_is_the_hmac_of_tag_digests_and_number() -> None:
    message = b"chainrule.probe.1" + f"{GRAPH}{DOCUMENT}{POLICY}".encode() + b"\x00\x00\x01\x02"
    expected = hmac.new(SECRET, message, hashlib.sha256).digest()
    assert Probes(GRAPH, DOCUMENT, POLICY, key=SECRET).seed(258) == expected


def test_seeds_stay_what_they_are_from_release_to_release() -> None:
    assert Probes(GRAPH, DOCUMENT, POLICY).seed(0).hex() == GOLDEN_SEED
    assert Probes(GRAPH, DOCUMENT, POLICY).weights(0, 3).tolist() == GOLDEN_WEIGHTS


def test_weights_take_the_sign_from_the_top_bit_and_the_size_from_the_next_53() -> None:
    probes = Probes(GRAPH, DOCUMENT, POLICY)
    philox = np.random.Philox(key=int.from_bytes(probes.seed(3)[:16], "big"))
    expected: list[float] = []
    for raw in (int(philox.random_raw()) for _ in range(50)):
        size = 0.5 + ((raw >> 10) & (2**53 - 1)) / 2**53
        expected.append(-size if raw >> 63 else size)
    assert probes.weights(3, 50).tolist() == expected


def test_jitter_has_a_stream_of_its_own_and_stretches_by_one_to_two() -> None:
    probes = Probes(GRAPH, DOCUMENT, POLICY)
    jitter = probes.jitter(1000)
    assert jitter.min() >= 1
    assert jitter.max() < 2
    assert jitter.tolist() == (np.abs(probes.weights(JITTER, 1000)) + 0.5).tolist()


def test_a_longer_draw_begins_like_a_shorter_one() -> None:
    probes = Probes(GRAPH, DOCUMENT, POLICY)
    assert probes.weights(1, 100)[:7].tolist() == probes.weights(1, 7).tolist()


def test_seeds_of_two_documents_are_never_equal() -> None:
    documents = [cr.parse("f = x*y", {"x": k, "y": 2}) for k in range(200)]
    documents += [cr.parse(f"f = x*y + {k}", {"x": 1, "y": 2}) for k in range(200)]
    seeds = {probes_for(Digests(document), {"judge": "both"}).seed(k) for document in documents for k in range(3)}
    assert len(seeds) == 3 * len(documents)


def test_another_policy_or_key_gives_other_seeds() -> None:
    document = cr.parse("f = x*y", {"x": 3, "y": 2})
    settings = [({"judge": "both"}, PUBLIC), ({"judge": "local"}, PUBLIC), ({"judge": "both"}, SECRET)]
    assert len({probes_for(Digests(document), policy, key=key).seed(0) for policy, key in settings}) == len(settings)


def test_the_digests_are_those_that_reports_show() -> None:
    document, policy = cr.parse("f = x*y", {"x": 3, "y": 2}), b'{"effort":"quick","judge":"both"}'
    digest = "sha256:" + hashlib.sha256(policy).hexdigest()
    expected = Probes(graph_digest(document), document_digest(document), digest)
    assert probes_for(Digests(document), json.loads(policy)).seed(0) == expected.seed(0)


def test_a_report_gives_the_seeds_that_were_used_and_not_the_key() -> None:
    probes = Probes(GRAPH, DOCUMENT, POLICY, key=SECRET)
    probes.weights(2, 5)
    probes.jitter(5)
    report = probes.report()
    assert list(report["seeds"]) == ["2", str(JITTER)]
    assert report["key"] == fingerprint(SECRET) != fingerprint(PUBLIC)
    assert SECRET.decode() not in json.dumps(report)
    assert SECRET.hex() not in json.dumps(report)


def test_who_has_the_report_can_repeat_the_run_without_the_key() -> None:
    first = Probes(GRAPH, DOCUMENT, POLICY, key=SECRET)
    drawn = first.weights(0, 20), first.weights(7, 20), first.jitter(20)
    again = Probes(GRAPH, DOCUMENT, POLICY, recorded=recorded_seeds(first.text))
    assert all(map(np.array_equal, drawn, (again.weights(0, 20), again.weights(7, 20), again.jitter(20))))


def test_a_bare_seed_is_that_of_the_first_probe() -> None:
    seed = Probes(GRAPH, DOCUMENT, POLICY, key=SECRET).seed(0)
    assert probes_for(Digests(cr.parse("f = x", {"x": 1})), {}, probe_seed=seed.hex()).seed(0) == seed


@pytest.mark.parametrize(
    "text", ["", "12", "x" * 64, "0:" + "a" * 63, f"{2**32}:" + "a" * 64, ",".join(["1:" + "a" * 64] * 2)]
)
def test_what_is_no_recorded_seed_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        recorded_seeds(text)


def test_a_secret_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        Probes(GRAPH, DOCUMENT, POLICY, key=b"short")


def test_weights_are_of_both_signs_and_fill_their_range() -> None:
    drawn = Probes(GRAPH, DOCUMENT, POLICY).weights(0, 10_000)
    assert 0.48 < np.mean(drawn > 0) < 0.52
    assert np.abs(drawn).min() >= 0.5
    assert np.abs(drawn).max() < 1.5
    counts, _ = np.histogram(np.abs(drawn), bins=10, range=(0.5, 1.5))
    assert counts.min() > 850
