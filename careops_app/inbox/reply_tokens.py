"""The token in a Reply-To address that says which conversation an answer belongs to, whoever's mailbox it comes from.

It stands behind a plus in the local part (RFC 5233): studio+c12-mfrggzdfmztwq2lk@example.com. Nothing of it is stored:
only this installation can make it, and it names the conversation and the business.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from careops_app.infra import security

LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
_TOKEN = re.compile(r"c([1-9][0-9]{0,18})-([a-z2-7]{16})")


def reply_address(sender: str, workspace_id: int, conversation_id: int) -> str | None:
    """The sender's address with the conversation's token; None when the address has no room for it."""
    local, _, domain = sender.strip().rpartition("@")
    with_token = f"{local.partition('+')[0]}+{reply_token(workspace_id, conversation_id)}"
    return f"{with_token}@{domain}" if local and len(with_token) <= LONGEST_LOCAL_PART else None


def reply_token(workspace_id: int, conversation_id: int) -> str:
    """80 bits that cannot be guessed, in lower case, because servers on the way may change the case."""
    seed = security.derived_token("reply", workspace_id, conversation_id)
    proof = base64.b32encode(hashlib.sha256(seed.encode()).digest()[:10]).decode().lower()
    return f"c{conversation_id}-{proof}"


def conversation_of_reply(workspace_id: int, recipients: Iterable[str]) -> int | None:
    """The conversation whose token one of these addresses carries; None when none of them does, or it is not ours."""
    for recipient in recipients:
        found = _TOKEN.fullmatch(recipient.strip().rpartition("@")[0].lower().rpartition("+")[2])
        if found and hmac.compare_digest(found[0], reply_token(workspace_id, int(found[1]))):
            return int(found[1])
    return None
