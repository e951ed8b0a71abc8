"""How e-mail leaves, its forms, and how a channel stands, with the live test in the provider's own words."""

from typing import Any

import reflex as rx

from careops_app.ui.components import (
    badge,
    button,
    link,
    note,
    radio,
    select_field,
    text_field,
)
from careops_app.ui.settings.channels.state import PROVIDERS, SECURITIES, ChannelsState

S = ChannelsState
OUTBOX = "/app/settings/?section=channels#outbox"


def email_channel() -> rx.Component:
    """How e-mail leaves: its state, the test, and the form of the way that is chosen."""
    return rx.el.div(
        standing("email", S.email, S.test_email),
        rx.el.fieldset(
            rx.el.legend("How e-mail leaves", class_name="label"),
            rx.el.div(*[_way(key, *words) for key, words in PROVIDERS.items()], class_name="ways"),
        ),
        rx.match(S.choice, ("gmail", _gmail_form()), ("smtp", _smtp_form()), _captured_form()),
        class_name="setup",
    )


def standing(kind: str, card: Any, test: Any) -> rx.Component:
    """State, address and last test in two lines, with Test beside them."""
    state = rx.match(
        card.state,
        ("working", badge("work.working", label=card.word)),
        ("not_working", badge("work.not_working", label=card.word)),
        ("untested", badge("work.needs_you", label=card.word)),
        badge("work.off"),
    )
    busy = S.testing == kind
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.div(rx.el.span(card.line, class_name="strong"), state, class_name="row wrap"),
                rx.el.p(card.tested, rx.cond(card.waiting != "", f". {card.waiting}.", ""), class_name="small muted"),
                class_name="grow stack tight",
            ),
            rx.cond(card.state != "off", button("Test now", size="sm", on_click=test, busy=busy), rx.fragment()),
            class_name="row top",
        ),
        rx.el.div(
            _outcome(kind, card), _incoming(card), id=f"outcome-{kind}", aria_live="polite", class_name="stack tight"
        ),
        class_name="stack",
    )


def _incoming(card: Any) -> rx.Component:
    """How mail that comes in stands."""
    failing = note(
        rx.el.p(rx.el.b("Incoming mail cannot be read. "), rx.el.q(card.incoming_failure)),
        rx.el.p("It is tried again by itself; nothing is lost. Meanwhile replies written in the mailbox are not seen."),
        tone="bad", icon_name="mail-x",
    )  # fmt: skip
    words = rx.cond(card.incoming != "", rx.el.p(card.incoming, class_name="small muted"), rx.fragment())
    return rx.cond(card.incoming_failure != "", failing, words)


def _outcome(kind: str, card: Any) -> rx.Component:
    """The test just made, or the failure that lasts; exact words first, then what to do."""
    failed = note(
        rx.el.p(rx.el.b("It does not work. "), rx.el.q(S.result.words)), _hint(), tone="bad", icon_name="mail-x"
    )
    works = note(rx.el.p(rx.el.b("It works. "), S.result.words), tone="good", icon_name="circle-check")
    lasting = note(
        rx.el.p(rx.el.b("It does not work. "), rx.el.q(card.failure)),
        rx.el.p("Messages wait and are tried again by themselves; nothing is lost."),
        tone="bad", icon_name="mail-x",
    )  # fmt: skip
    fresh = rx.cond(S.result.works, works, failed)
    return rx.cond(S.result.kind == kind, fresh, rx.cond(card.failure != "", lasting, rx.fragment()))


def _hint() -> rx.Component:
    return rx.cond(S.result.hint != "", rx.el.p(S.result.hint), rx.fragment())


def _way(key: str, word: str, meaning: str) -> rx.Component:
    return radio(word, "way", key, hint=meaning, checked=S.choice == key, on_change=lambda _: S.choose(key))


def _captured_form() -> rx.Component:
    """Nothing to fill in; nothing to press either once it is so."""
    keep = rx.el.div(
        button("Keep e-mail on this machine", kind="primary", on_click=S.use_captured, busy=S.testing == "email"),
        class_name="row wrap",
    )
    return rx.el.div(
        rx.el.p(
            "Good for trying everything out: book a visit, then read the confirmation in the ",
            link("outbox", to=OUTBOX), " and answer it as the customer would.",
            class_name="small muted",
        ),
        rx.cond((S.email.provider == "captured") & (S.email.state == "working"), rx.fragment(), keep),
        class_name="setup",
    )  # fmt: skip


def _gmail_form() -> rx.Component:
    own = note(
        rx.el.p("This installation was started with a Gmail account of its own."),
        rx.el.div(button("Use that account", size="sm", on_click=S.use_own_gmail), class_name="row"),
        tone="info",
    )
    return rx.el.form(
        rx.cond(S.has_own_gmail, own, rx.fragment()),
        text_field(
            "Gmail address", "username", type="email", error=S.errors["username"], default_value=S.username,
        ),
        text_field(
            "App password", "password", type="password", error=S.errors["password"], auto_complete="new-password",
            placeholder=rx.cond(S.has_password, "Stored. Leave empty to keep it.", ""),
            hint="16 letters from myaccount.google.com/apppasswords; needs 2-step verification. Not your usual password.",
        ),
        text_field("Name that customers see", "sender_name", default_value=S.sender_name, optional=True),
        rx.el.p(
            "Mail that comes in is read too: answers join their conversation, and replies you write in Gmail itself stop "
            "automation. IMAP must be on in Gmail's settings.",
            class_name="small muted",
        ),
        _save(),
        on_submit=S.use_gmail,
        no_validate=True,
        class_name="setup",
        key=f"gmail-{S.version}",
    )  # fmt: skip


def _smtp_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            text_field("Mail server", "host", error=S.errors["host"], default_value=S.host, placeholder="smtp.example.com"),
            text_field("Port", "port", error=S.errors["port"], default_value=S.port, input_mode="numeric"),
            class_name="two",
        ),
        select_field(
            "Encryption", "security", SECURITIES, error=S.errors["security"], default_value=S.security
        ),
        rx.el.div(
            text_field("User name", "username", error=S.errors["username"], default_value=S.username),
            text_field(
                "Password", "password", type="password", error=S.errors["password"], auto_complete="new-password",
                placeholder=rx.cond(S.has_password, "Stored. Leave empty to keep it.", ""),
            ),
            class_name="two",
        ),
        rx.el.div(
            text_field(
                "Address that messages come from", "sender", type="email", error=S.errors["sender"],
                default_value=S.sender, hint="When it differs from the user name.", optional=True,
            ),
            text_field("Name that customers see", "sender_name", default_value=S.sender_name, optional=True),
            class_name="two",
        ),
        rx.el.fieldset(
            rx.el.legend("Mail that comes in", class_name="label"),
            rx.el.p(
                "Answers join their conversation, and replies you write in the mailbox itself stop automation. "
                "It is opened with the same user name and password. Leave it empty to read no mail.",
                class_name="small muted",
            ),
            rx.el.div(
                text_field(
                    "Incoming server (IMAP)", "imap_host", error=S.errors["imap_host"], default_value=S.imap_host,
                    placeholder="imap.example.com", optional=True,
                ),
                text_field(
                    "IMAP port", "imap_port", error=S.errors["imap_port"], default_value=S.imap_port, input_mode="numeric"
                ),
                class_name="two",
            ),
            text_field(
                "Name of that server in Authentication-Results", "authserv", error=S.errors["authserv"],
                default_value=S.authserv, optional=True,
                hint="Found in the header of any mail you got, for example mx.example.com. With it, senders can be proven.",
            ),
            class_name="stack",
        ),
        _save(),
        on_submit=S.use_smtp,
        no_validate=True,
        class_name="setup",
        key=f"smtp-{S.version}",
    )  # fmt: skip


def _save() -> rx.Component:
    return rx.el.div(
        button("Save and test", kind="primary", type="submit", busy=S.testing == "email"), class_name="row wrap"
    )
