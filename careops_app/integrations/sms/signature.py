"""Whether a call really comes from Twilio: HMAC-SHA-1 over the address it called and what it sent, under the Auth Token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit


def signed(token: str, url: str, sent: Iterable[tuple[str, str]]) -> str:
    """The value of X-Twilio-Signature: the address, then every parameter by name, each with its value."""
    words = url + "".join(name + value for name, value in sorted(set(sent)))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()).decode()


def is_genuine(token: str, url: str, sent: Iterable[tuple[str, str]], signature: str) -> bool:
    """Compares in constant time. Twilio signs the address with or without the port that its scheme implies."""
    pairs = list(sent)
    given = signature.encode("utf-8", "replace")
    found = [hmac.compare_digest(signed(token, each, pairs).encode(), given) for each in _spellings(url)]
    return bool(token) and any(found)


def _spellings(url: str) -> list[str]:
    parts = urlsplit(url)
    implied = 443 if parts.scheme == "https" else 80
    if parts.port not in (None, implied):
        return [url]
    host = parts.netloc if parts.port is None else parts.netloc.rpartition(":")[0]
    return [parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{implied}").geturl()]
