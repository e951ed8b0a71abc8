"""What people see who write to a business."""

from __future__ import annotations

import htpy as h
from htpy import Element

from careops_app.infra import proof
from careops_app.public import components as ui
from careops_app.public.layout import brand_of, document, script
from careops_app.public.reach import reachable, visiting
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard

KEPT = "Your first message has arrived."


def write(business: WorkspaceCard, typed: Typed) -> Element:
    """The form, with how else to reach the business beside it."""
    return document(
        "Write to us",
        h.div(".cf")[
            h.section(".grow")[
                h.h1["Write to us"],
                h.p(".lead")[business.contact_intro or "Ask us anything. We answer to the address you give."],
                ui.form_problem(typed.problem("form")),
                _form(business, typed),
            ],
            visiting(business, last_line=_book_instead(business)),
        ],
        brand=brand_of(business),
    )


def _form(business: WorkspaceCard, typed: Typed) -> Element:
    return ui.form(
        f"/c/{business.slug}",
        ui.text_field("Name", "name", autocomplete="name", **typed.field("name")),
        reachable(typed),
        ui.textarea_field("Message", "message", optional=True, rows=5, **typed.field("message")),
        h.div(".row.wrap")[
            ui.button("Send message", large=True),
            h.span(".small.muted")["We use your details only to answer you."],
        ],
        key=typed.value("key"),
    )


def _book_instead(business: WorkspaceCard) -> Element:
    link = h.a(href=f"/b/{business.slug}")["Book a time"]
    return ui.summary_line("calendar-days", "Know what you want?", link)


def sent(business: WorkspaceCard, challenge: str = "") -> Element:
    """It has arrived; nothing of what was written is shown here, because the address tells nothing of who wrote.

    With a `challenge` the browser works for a moment, unseen, and then shows the page again.
    """
    return document(
        "We have your message",
        h.div(".cf")[
            h.section(".grow")[
                ui.done_mark(),
                h.h1["We have your message"],
                h.p(".lead")[f"It has arrived at {business.name}, and somebody will answer you."],
                ui.what_next(
                    ui.next_line("mail", "You get an answer", "To the e-mail address or number you gave."),
                    ui.next_line(
                        "calendar-days",
                        "Want to choose a time yourself?",
                        "See what is free and book it.",
                        ui.link_button("Look at free times", f"/b/{business.slug}"),
                    ),
                ),
            ],
            visiting(business),
            challenge and _work(business, challenge),
        ],
        brand=brand_of(business),
    )


def _work(business: WorkspaceCard, challenge: str) -> Element:
    fields = [ui.hidden("challenge", challenge), ui.hidden("number", "")]
    form = h.form({"data-proof": proof.BITS}, method="post", action=f"/c/{business.slug}/proof", hidden=True)[fields]
    return h.div(hidden=True)[form, script("/proof.js")]
