"""Passwords, random tokens, digests and the secret box for channel credentials."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from careops_app.infra.settings import settings

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, t=2, p=1.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = threading.BoundedSemaphore(2)
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _at_once:
        return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """True when the password is the stored one. None costs the same time, so that accounts cannot be probed."""
    with _at_once:
        try:
            return _hasher.verify(stored or _NOBODY, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def random_token() -> str:
    """256 random bits, for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256, hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_token(*parts: object) -> str:
    """A token only this installation can make again: HMAC-SHA-256 of the parts under the secret key, URL-safe."""
    message = "\x1f".join(str(part) for part in parts).encode()
    return _url_safe(hmac.new(settings().secret_key.encode(), message, hashlib.sha256).digest())


def _url_safe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def seal(values: dict[str, Any]) -> str:
    """Encrypt credentials for the database."""
    return _box(settings().encryption_key).encrypt(json.dumps(values).encode()).decode()


def unseal(sealed: str) -> dict[str, Any]:
    """Decrypt what `seal` made. Raises ValueError when the encryption key is another one."""
    try:
        return json.loads(_box(settings().encryption_key).decrypt(sealed.encode()))
    except InvalidToken as error:
        raise ValueError("The stored credentials were sealed with another CAREOPS_ENCRYPTION_KEY.") from error


def reseal(sealed: str, *old_keys: str) -> str:
    """The same credentials under the first of the installation's keys. Raises ValueError when no key opens them."""
    keys = ",".join((settings().encryption_key, *old_keys))
    try:
        return _box(keys).rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("None of these keys opens the stored credentials.") from error


@cache
def _box(encryption_key: str) -> MultiFernet:
    keys = [key.strip() for key in encryption_key.split(",")]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])
