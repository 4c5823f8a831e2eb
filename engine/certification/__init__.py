"""Certification: every op held against proofs that use no derivative rule, at drawn and at special points."""
