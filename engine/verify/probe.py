"""Probes: random weights that nobody could prepare for, and that everybody can draw again (verification.md 14).

Proves nothing; every method that samples draws from here. Assumes HMAC-SHA256 and the Philox generator, whose raw
stream NumPy promises. The seed of probe k is HMAC-SHA256(key, tag, graph digest, document digest, policy digest, k):
another document has other seeds, and who does not know the key can not fit a wrong claim to them. Reports record the
seeds and a fingerprint of the key, never the key.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.random import Philox
from numpy.typing import NDArray

from ...schema import UsageError
from ...schema.digest import bytes_digest
from ...schema.jcs import dumps
from .digests import Digests

Floats = NDArray[np.float64]

#: The key of those who have no secret.
PUBLIC = b"chainrule"

#: A secret key has at least so many bytes.
SECRET = 32

#: The stream of the jitter of differences, apart from all probes.
JITTER = 2**31

_TAG, _KEY_TAG = b"chainrule.probe.1", b"chainrule.key.1"
_RECORDED = re.compile(r"(?:([0-9]{1,10}):)?([0-9a-f]{64})")


class Source(Protocol):
    """What gives the weights of probe k; a lesser one is a mutant that the tests catch."""

    def weights(self, k: int, count: int) -> Floats:
        """`count` weights of either sign, 0.5 <= |w| < 1.5."""
        ...


class Probes:
    """The random streams of one verification. Digests are texts as reports show them, `sha256:` and 64 digits."""

    def __init__(
        self,
        graph_digest: str,
        document_digest: str,
        policy_digest: str,
        key: bytes = PUBLIC,
        recorded: Mapping[int, bytes] | None = None,
    ) -> None:
        if key != PUBLIC and len(key) < SECRET:
            raise UsageError(f"a key has at least {SECRET} bytes; this one has {len(key)}")
        self._key = key
        self._subject = _TAG + "".join((graph_digest, document_digest, policy_digest)).encode("ascii")
        self._recorded = dict(recorded or {})
        self._used: dict[int, bytes] = {}

    def seed(self, k: int) -> bytes:
        """The 32 bytes that stream k is made of; the recorded ones where a run is repeated."""
        if k not in self._used:
            self._used[k] = self._recorded.get(k) or self._derived(k)
        return self._used[k]

    def _derived(self, k: int) -> bytes:
        return hmac.digest(self._key, self._subject + k.to_bytes(4, "big"), "sha256")

    def stream(self, k: int) -> Philox:
        """The raw stream k from its beginning. Only `random_raw` of it is promised to stay what it is."""
        return Philox(key=int.from_bytes(self.seed(k)[:16], "big"))

    def weights(self, k: int, count: int) -> Floats:
        """`count` weights: the top bit of a raw draw is the sign, the next 53 bits m the magnitude 0.5 + m 2^-53."""
        raw = _raw(self.stream(k), count)
        return np.where(raw >> np.uint64(63), -1.0, 1.0) * (0.5 + _fraction(raw))

    def jitter(self, count: int) -> Floats:
        """`count` factors 1 + m 2^-53 in [1, 2), from a stream of their own."""
        return 1.0 + _fraction(_raw(self.stream(JITTER), count))

    def report(self) -> dict[str, Any]:
        """The seeds used so far, by stream, and the key's fingerprint: enough to repeat the run."""
        seeds = {str(k): self._used[k].hex() for k in sorted(self._used)}
        return {"seeds": seeds, "key": fingerprint(self._key)}

    @property
    def text(self) -> str:
        """The seeds used so far as `--probe-seed` takes them: `0:6f…,1:a2…`."""
        return ",".join(f"{k}:{self._used[k].hex()}" for k in sorted(self._used))


def probes_for(
    subject: Digests, policy: Mapping[str, Any], *, key: bytes = PUBLIC, probe_seed: str | None = None
) -> Probes:
    """The probes of a document under a policy; `probe_seed` repeats the streams that an earlier report recorded."""
    recorded = recorded_seeds(probe_seed) if probe_seed else None
    digests = subject.graph, subject.document, bytes_digest(dumps(dict(policy)))
    return Probes(*digests, key=key, recorded=recorded)


def recorded_seeds(text: str) -> dict[int, bytes]:
    """Seeds from their text, `k:seed` joined by commas; a seed without k is that of probe 0."""
    found: dict[int, bytes] = {}
    for part in text.replace(" ", "").lower().split(","):
        match = _RECORDED.fullmatch(part)
        if match is None:
            raise UsageError(f"{part!r} is no probe seed: write stream:seed, the seed in 64 hexadecimal digits")
        k = int(match[1] or 0)
        if k >= 2**32 or k in found:
            raise UsageError(f"stream {k} is " + ("stated twice" if k in found else "beyond 32 bits"))
        found[k] = bytes.fromhex(match[2])
    return found


def fingerprint(key: bytes) -> str:
    """16 digits that tell keys apart and do not give them away."""
    return hmac.digest(key, _KEY_TAG, "sha256")[:8].hex()


def _raw(stream: Philox, count: int) -> NDArray[np.uint64]:
    return np.asarray(stream.random_raw(count), dtype=np.uint64)


def _fraction(raw: NDArray[np.uint64]) -> Floats:
    """m 2^-53 with m the 53 bits below the top one."""
    return ((raw >> np.uint64(10)) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53
