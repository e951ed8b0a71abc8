"""The mark of a conversation in the address to which an answer is sent: `name+c<token>@host`.

Derived, not stored: the conversation's id and a MAC under the installation's secret key, bound to the workspace. Lower
case letters and digits only, since mail programs do not keep the case of an address. (RFC 5233: subaddressing)
"""

from __future__ import annotations

import hmac
import re

from careops_app.infra import security

LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
MAC_LENGTH = 20  # of 32 letters: 100 bits
_MARKED = re.compile(r"(?P<name>[^+]*)\+c(?P<id>[0-9]{1,18})-(?P<mac>[a-z2-7]{20})", re.IGNORECASE)


def token_of(workspace_id: int, conversation_id: int) -> str:
    """The token of a conversation; the same for ever."""
    return f"{conversation_id}-{_mac(workspace_id, conversation_id)}"


def marked(mailbox: str, token: str) -> str:
    """The mailbox's address with the token in it; the plain address when that would be too long to travel."""
    local, _, host = mailbox.rpartition("@")
    name = f"{local.partition('+')[0]}+c{token}"
    return f"{name}@{host}" if len(name) <= LONGEST_LOCAL_PART else mailbox


def conversation_in(workspace_id: int, address: str) -> int | None:
    """The conversation an address names; None without a token, and for one that this installation did not make."""
    found = _MARKED.fullmatch(address.rpartition("@")[0])
    if found is None:
        return None
    conversation_id = int(found["id"])
    real = hmac.compare_digest(found["mac"].lower(), _mac(workspace_id, conversation_id))
    return conversation_id if real else None


def _mac(workspace_id: int, conversation_id: int) -> str:
    return security.derived_code("reply", workspace_id, conversation_id)[:MAC_LENGTH]
