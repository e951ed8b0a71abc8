"""Proof of work: a visitor's browser finds a number, which costs it a moment and a flood of programs a lot of time.

Nothing leaves the house. A challenge names its subject and is sealed, so it proves work for that subject only; that it is
taken once is the business of whoever keeps the subject.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from careops_app.errors import Refused
from careops_app.infra import clock, security

BITS = 17  # 131,072 tries on average: under a second in a browser
LASTS = timedelta(minutes=10)
LONGEST_NUMBER = 12


def challenge(subject: str, purpose: str) -> str:
    """A challenge for one subject (letters, digits, - and _)."""
    stated = f"{subject}.{int((clock.now() + LASTS).timestamp())}.{BITS}"
    return f"{stated}.{_seal(purpose, stated)}"


def is_ours(given: str, purpose: str) -> bool:
    """Whether this is a challenge we made for this purpose, and still worth solving."""
    stated, _, seal = given.rpartition(".")
    parts = stated.split(".")
    genuine = len(parts) == 3 and hmac.compare_digest(seal.encode(), _seal(purpose, stated).encode())
    return genuine and int(parts[1]) >= clock.now().timestamp()


def subject_of(given: str, number: str, purpose: str) -> str:
    """The subject for which the work was done. Raises Refused(code="no_proof")."""
    if not is_ours(given, purpose):
        raise Refused("This proof is not one of ours, or came too late.", code="no_proof")
    subject, _, bits = given.rpartition(".")[0].split(".")
    plain = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    if not plain or not solves(given, int(number), int(bits)):
        raise Refused("The proof is wrong.", code="no_proof")
    return subject


def solves(given: str, number: int, bits: int = BITS) -> bool:
    """Whether SHA-256 of “challenge:number” begins with so many zero bits."""
    found = hashlib.sha256(f"{given}:{number}".encode()).digest()
    return int.from_bytes(found[:8], "big") >> (64 - bits) == 0


def _seal(purpose: str, stated: str) -> str:
    return security.derived_token("proof of work", purpose, stated)
