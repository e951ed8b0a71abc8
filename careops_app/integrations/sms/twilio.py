"""Handing texts to Twilio's Messages resource over HTTPS. A request has no idempotency key there, so doubt stays doubt.

A refusal in words of JSON, or no connection at all, is definite. Once the request was sent, silence and 5xx are not:
the text may be on its way. Then Twilio's own list is asked; what is not found there is never sent again by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx2

from careops_app.errors import DeliveryFailed
from careops_app.inbox import texts
from careops_app.inbox.channels import Outgoing, Receipt, Settings, carries
from careops_app.inbox.models import ChannelKind
from careops_app.infra.settings import settings as installation

API = "https://api.twilio.com"
TIMES = httpx2.Timeout(60.0, connect=10.0, pool=10.0)
LOOK_AFTER = (2.0, 5.0, 10.0)  # seconds between two looks at Twilio's list
CLOCKS_DIFFER = timedelta(seconds=5)

OPTED_OUT = 21610
INVALID_NUMBER = frozenset({21211, 21214, 21217, 21614})
LATER = frozenset({20429, 14107, 21611, 30001, 30022})
ACCOUNT_LIMIT = 63038
OUR_SENDER = frozenset({21212, 21603, 21606, 21659, 21660, 21703, 21704, 21705})
OUR_ACCOUNT = frozenset({20003, 20005, 20006, 20008, 30002, 90010})
HINTS: dict[int, str] = {
    20003: "Check Account SID and Auth Token (or API key and secret) against the Twilio console.",
    20005: "Twilio has suspended the account. Sign in to the Twilio console to see why.",
    ACCOUNT_LIMIT: "The account's own daily limit is reached. Twilio lifts it on request.",
    21608: "A trial account only writes to numbers that were verified in the Twilio console.",
    21408: "Allow this country in the Twilio console, under Messaging geo permissions.",
    21609: "CAREOPS_PUBLIC_URL must be an address that Twilio can reach.",
    **dict.fromkeys(OUR_SENDER, "Check the sender: a number of this Twilio account that can send texts."),
}


class TwilioChannel:
    """One account. `api` is Twilio's address, `look_after` when to look for a text whose fate is not known."""

    def __init__(self, kept: Settings, api: str = "", look_after: tuple[float, ...] = LOOK_AFTER) -> None:
        self._kept = kept
        self._look_after = look_after
        self._ours: set[str] = set()
        account = str(kept["account_sid"]), str(kept["auth_token"])
        key = str(kept.get("key_sid", "")), str(kept.get("key_secret", ""))
        self._http = httpx2.AsyncClient(
            base_url=f"{api or API}/2010-04-01/Accounts/{kept['account_sid']}", timeout=TIMES,
            auth=key if key[0] else account, headers={"User-Agent": "CareOps"},
        )  # fmt: skip

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one text over, once."""
        if len(outgoing.body) > texts.LONGEST:
            raise DeliveryFailed(f"A text has at most {texts.LONGEST} characters.", permanent=True, code="21617")
        if outgoing.deadline is not None and time.monotonic() > outgoing.deadline:
            raise DeliveryFailed("Its time to be handed over had passed; nothing was sent.", permanent=False)
        began = datetime.now(UTC)
        try:
            return await self._post(outgoing)
        except DeliveryFailed as failure:
            if failure.uncertain and (found := await self._look_for(outgoing, began)):
                return found
            raise

    async def _post(self, outgoing: Outgoing) -> Receipt:
        try:
            answer = await self._http.post("/Messages.json", data=self._form(outgoing))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
            raise _unreachable(error) from error
        except httpx2.HTTPError as error:
            raise _doubt(f"No answer from Twilio ({type(error).__name__})") from error
        except asyncio.CancelledError as error:
            raise _doubt("CareOps was stopped before Twilio answered") from error
        return self._taken(answer)

    def _form(self, outgoing: Outgoing) -> dict[str, str]:
        sender = self._kept["from"]
        form = {"To": outgoing.recipient, "Body": outgoing.body}
        form["MessagingServiceSid" if sender.startswith("MG") else "From"] = sender
        if installation().public_url_is_set and outgoing.message_id:
            form["StatusCallback"] = hook(self._kept["hook_token"], "status", outgoing.message_id)
        return form

    def _taken(self, answer: httpx2.Response) -> Receipt:
        if not answer.is_success:
            raise _refused(answer)
        said = _json(answer)
        ref = str(said.get("sid", ""))
        self._ours.add(ref)
        return Receipt(ref, detail=f"Twilio: {said.get('status', 'accepted')}, {ref}")

    async def _look_for(self, outgoing: Outgoing, began: datetime) -> Receipt | None:
        """Whether Twilio has it after all. Not finding it proves nothing: it may appear later."""
        for pause in self._look_after:
            await asyncio.sleep(pause)
            with contextlib.suppress(httpx2.HTTPError):
                listed = await self._http.get("/Messages.json", params=self._since(outgoing, began))
                if found := self._mine(_json(listed).get("messages"), outgoing, began):
                    self._ours.add(found["sid"])
                    return Receipt(found["sid"], detail=f"Found in Twilio's list after a doubt, {found['sid']}")
        return None

    def _since(self, outgoing: Outgoing, began: datetime) -> dict[str, str]:
        return {"To": outgoing.recipient, "DateSent>": f"{began - CLOCKS_DIFFER:%Y-%m-%d}", "PageSize": "50"}

    def _mine(self, listed: Any, outgoing: Outgoing, began: datetime) -> dict[str, Any] | None:
        """The one text to this number with these words, made since we began and not counted before."""
        fits = [
            each
            for each in (listed if isinstance(listed, list) else [])
            if str(each.get("direction", "")).startswith("outbound") and each.get("to") == outgoing.recipient
            and _plain(each.get("body")).endswith(_plain(outgoing.body)) and each.get("sid") not in self._ours
            and _made_since(each.get("date_created"), began - CLOCKS_DIFFER)
        ]  # fmt: skip
        return fits[0] if len(fits) == 1 else None

    async def check(self) -> Receipt:
        """Ask for the newest message: that takes the same rights as sending."""
        try:
            answer = await self._http.get("/Messages.json", params={"PageSize": "1"})
        except httpx2.HTTPError as error:
            raise _unreachable(error) from error
        if not answer.is_success:
            raise _refused(answer, sent=False)
        return Receipt("", detail="Twilio accepts the account. Send a test text to see one arrive.")

    async def close(self) -> None:
        await self._http.aclose()


def hook(token: str, what: str, message_id: str = "") -> str:
    """The address at which Twilio reports; the message it reports about is part of what is signed."""
    about = f"?m={quote(message_id, safe='')}" if message_id else ""
    return f"{installation().public_url}/hooks/twilio/{token}/{what}{about}"


def _refused(answer: httpx2.Response, *, sent: bool = True) -> DeliveryFailed:
    """Twilio's own words and code. 5xx and 408 say nothing about the text itself."""
    said = _json(answer)
    told = said.get("code")
    code = told if isinstance(told, int) else 0
    words = " ".join(str(said.get("message") or f"Twilio answered {answer.status_code}").split())[:400]
    shown = str(code or answer.status_code)
    if answer.status_code >= 500 or answer.status_code == 408:
        if sent:
            return _doubt(words, shown)
        return DeliveryFailed(words, permanent=False, code=shown, channel_down=True)
    hint = HINTS.get(code, HINTS[20003] if answer.status_code == 401 else "")
    if code == ACCOUNT_LIMIT:
        return DeliveryFailed(words, permanent=False, code=shown, channel_down=True, hint=hint)
    if answer.status_code == 429 or code in LATER:
        return DeliveryFailed(words, permanent=False, code=shown, hint=hint)
    about_us = answer.status_code in (401, 403) or code in OUR_ACCOUNT | OUR_SENDER
    if code in INVALID_NUMBER:
        words = f"The number cannot get texts: {words}"
    return DeliveryFailed(
        words, permanent=True, code=shown, channel_down=about_us, hint=hint, opted_out=code == OPTED_OUT
    )


def _doubt(words: str, code: str = "") -> DeliveryFailed:
    return DeliveryFailed(
        f"{words}. The text may have been sent; it is not sent again by itself.",
        permanent=False, code=code, uncertain=True,
    )  # fmt: skip


def _unreachable(error: Exception) -> DeliveryFailed:
    return DeliveryFailed(
        f"No connection to Twilio: {' '.join(str(error).split())[:200] or type(error).__name__}", permanent=False,
        code="connect", channel_down=True, hint="Check whether this machine may reach api.twilio.com.",
    )  # fmt: skip


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _plain(body: Any) -> str:
    return " ".join(str(body or "").split())


def _made_since(date: Any, began: datetime) -> bool:
    try:
        return parsedate_to_datetime(str(date)) >= began.replace(microsecond=0)
    except ValueError:
        return False


@carries(ChannelKind.SMS, "twilio")
def twilio_channel(settings: Settings) -> TwilioChannel:
    return TwilioChannel(settings)
