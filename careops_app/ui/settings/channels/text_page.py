"""Text messages: how they stand, the Twilio account, a test to the own phone, and the limits."""

import reflex as rx

from careops_app.ui.components import button, note, radio, text_field
from careops_app.ui.settings.channels.page import standing
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.channels.text_state import WAYS

S = ChannelsState
KEPT = "Stored. Leave empty to keep it."


def sms_channel() -> rx.Component:
    """Text messages: kept on this machine, through Twilio, or off."""
    return rx.el.div(
        standing("sms", S.sms, S.test_sms),
        rx.el.fieldset(
            rx.el.legend("How text messages leave", class_name="label"),
            rx.el.div(*[_way(key, *words) for key, words in WAYS.items()], class_name="ways"),
        ),
        rx.cond(S.sms_choice == "twilio", _twilio_form(), _captured()),
        rx.cond(S.sms.provider == "twilio", rx.fragment(_answers(), _test_form()), rx.fragment()),
        _limits_form(),
        rx.cond(
            S.sms.state != "off",
            rx.el.div(button("Switch text messages off", on_click=S.switch_off_sms), class_name="row wrap"),
            rx.fragment(),
        ),
        class_name="setup",
    )


def _way(key: str, word: str, meaning: str) -> rx.Component:
    return radio(word, "sms-way", key, hint=meaning, checked=S.sms_choice == key, on_change=lambda _: S.choose_sms(key))


def _captured() -> rx.Component:
    keep = button(
        "Keep text messages on this machine", kind="primary", on_click=S.use_captured_sms, busy=S.testing == "sms"
    )
    return rx.cond(
        (S.sms.provider == "captured") & (S.sms.state != "off"), rx.fragment(), rx.el.div(keep, class_name="row wrap")
    )


def _twilio_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            text_field(
                "Account SID", "account_sid", error=S.errors["account_sid"], default_value=S.account_sid,
                placeholder="AC…", auto_complete="off",
            ),
            text_field(
                "Auth Token", "auth_token", type="password", error=S.errors["auth_token"], auto_complete="new-password",
                placeholder=rx.cond(S.has_token, KEPT, ""),
            ),
            class_name="two",
        ),
        text_field(
            "Send from", "sender", id="sms-sender", error=S.errors["from"], default_value=S.sms_from,
            hint="Your Twilio number with its country code, or a Messaging Service SID (MG…).", auto_complete="off",
        ),
        rx.el.div(
            text_field(
                "API key", "key_sid", error=S.errors["key_sid"], default_value=S.key_sid, optional=True,
                placeholder="SK…", auto_complete="off",
            ),
            text_field(
                "API key secret", "key_secret", type="password", error=S.errors["key_secret"], optional=True,
                auto_complete="new-password", placeholder=rx.cond(S.has_key_secret, KEPT, ""),
            ),
            class_name="two",
        ),
        rx.el.div(
            button("Save and test", kind="primary", type="submit", busy=S.testing == "sms"), class_name="row wrap"
        ),
        on_submit=S.use_twilio,
        no_validate=True,
        class_name="setup",
        key=f"twilio-{S.version}",
    )  # fmt: skip


def _answers() -> rx.Component:
    """What has to be entered at Twilio, so that customers can answer."""
    enter = note(
        rx.el.p("In the Twilio console, enter this address for incoming messages of your number (webhook, HTTP POST):"),
        rx.el.p(rx.el.code(S.answers_to)),
        tone="info",
    )
    missing = note(
        rx.el.p(
            "Customers' answers and delivery reports need a public address. "
            "Start CareOps with CAREOPS_PUBLIC_URL set to it, then save here again."
        ),
        tone="warn",
    )
    return rx.cond(S.is_reachable, enter, missing)


def _test_form() -> rx.Component:
    return rx.el.form(
        text_field(
            "Your own phone", "phone", id="test-phone", type="tel", error=S.errors["phone"], default_value=S.own_phone,
            hint="Sends one real text, which Twilio charges.",
        ),
        rx.el.div(button("Send a test text", type="submit", busy=S.testing == "sms-test"), class_name="row wrap"),
        on_submit=S.send_test,
        no_validate=True,
        class_name="setup",
    )  # fmt: skip


def _limits_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            text_field(
                "Quiet from", "quiet_from", type="time", error=S.errors["quiet_from"], default_value=S.quiet_from
            ),
            text_field("Quiet until", "quiet_until", type="time", error=S.errors["quiet_until"], default_value=S.quiet_until),
            class_name="two",
        ),
        rx.el.p(
            "Automatic texts wait for the end of the quiet hours, by the customer's clock. What you write goes at once.",
            class_name="small muted",
        ),
        rx.el.div(
            text_field(
                "Countries texts may go to", "countries", error=S.errors["countries"], default_value=S.countries,
                hint="Two letters each, for example GB, IE.",
            ),
            text_field(
                "Most texts a day", "daily_cap", error=S.errors["daily_cap"], default_value=S.daily_cap,
                input_mode="numeric",
            ),
            class_name="two",
        ),
        rx.el.div(button("Save limits", type="submit"), class_name="row wrap"),
        on_submit=S.save_limits,
        no_validate=True,
        class_name="setup",
        key=f"limits-{S.version}",
    )  # fmt: skip
