"""What an owner does with text messages: the Twilio account, a test to the own phone, and the limits."""

from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid
from careops_app.inbox import text_limits, trying
from careops_app.inbox.models import ChannelKind
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import workspace_card

WAYS = {
    "captured": ("Kept on this machine", "Nothing leaves. You see what customers would get."),
    "twilio": ("Twilio", "With an account and a number of your own."),
}


class TwilioForm(TypedDict):
    """`sender` is what the account calls “from”."""

    account_sid: str
    auth_token: str
    sender: str
    key_sid: str
    key_secret: str


class NumberForm(TypedDict):
    phone: str


class LimitsForm(TypedDict):
    quiet_from: str
    quiet_until: str
    countries: str
    daily_cap: str


class Connecting(rx.State, mixin=True):
    """What the forms of both channels share; ChannelsState carries it out."""

    testing: str = ""
    errors: dict[str, str] = {}

    async def _connect(self, kind: ChannelKind, provider: str, given: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _say(self, kind: str, checked: trying.Checked) -> None:
        raise NotImplementedError


class TextChannel(Connecting, mixin=True):
    """The forms of text messages."""

    sms_choice: str = "captured"
    account_sid: str = ""
    key_sid: str = ""
    sms_from: str = ""
    has_token: bool = False
    has_key_secret: bool = False
    answers_to: str = ""
    is_reachable: bool = False
    own_phone: str = ""
    quiet_from: str = ""
    quiet_until: str = ""
    countries: str = ""
    daily_cap: str = ""

    @handler(Permission.CONFIGURE)
    def choose_sms(self, provider: str) -> None:
        """Shows the form of another way to send texts; nothing changes before it is saved."""
        self.sms_choice = provider if provider in WAYS else self.sms_choice
        self.errors = {}

    @handler(Permission.CONFIGURE)
    async def use_twilio(self, form: TwilioForm) -> Any:
        """Sends texts through a Twilio account."""
        self.testing = "sms"
        yield
        given = {**form, "from": form["sender"], "sender": ""}
        yield await self._connect(ChannelKind.SMS, "twilio", given)
        await self._read_texts()

    @handler(Permission.CONFIGURE)
    async def send_test(self, form: NumberForm) -> Any:
        """Sends one text for real."""
        self.testing = "sms-test"
        yield
        try:
            checked = await trying.send_test_text(actor(), form["phone"])
            self.errors = {}
        except Invalid as problem:
            self.errors = problem.fields
            yield focus_first()
            return
        finally:
            self.testing = ""
        self._say("sms", checked)

    @handler(Permission.CONFIGURE)
    async def save_limits(self, form: LimitsForm) -> Any:
        """Keeps when, where and how many texts go."""
        try:
            await transact(text_limits.limit_texts, actor(), dict(form))
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        self.errors = {}
        await self._read_texts()
        return toasts.done("Saved. It holds from the next text on.")

    async def _read_texts(self) -> None:
        who = actor()
        form = await fetch(text_limits.text_form, who)
        limits = form.limits
        assign(
            self,
            account_sid=form.account_sid,
            key_sid=form.key_sid,
            sms_from=form.sender,
            has_token=form.has_token,
            has_key_secret=form.has_key_secret,
            answers_to=form.answers_to,
            is_reachable=form.is_reachable,
            own_phone=(await fetch(workspace_card, who)).phone,
            quiet_from=_time(limits.quiet_from),
            quiet_until=_time(limits.quiet_until),
            countries=", ".join(limits.countries),
            daily_cap=str(limits.daily_cap),
        )


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
