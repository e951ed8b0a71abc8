"""What a customer sees who follows the link below an automatic mail."""

from __future__ import annotations

from htpy import Element

from careops_app.public import components as ui
from careops_app.public.layout import brand_of, sentence_page
from careops_app.workspace.queries import WorkspaceCard

STILL = "Answers to what you do yourself, such as a booking, and what somebody writes to you still come."
AGAIN = "again"


def ask(business: WorkspaceCard, address: str) -> Element:
    """Looking changes nothing: programs that check links look too."""
    return sentence_page(
        f"No more automatic mail from {business.name}?",
        f"{address} then gets no reminders, follow-ups or other automatic mail.",
        STILL,
        actions=ui.post_button("Stop automatic mail", "", kind="primary"),
        brand=brand_of(business),
        icon_name="mail",
    )


def done(business: WorkspaceCard, address: str) -> Element:
    """It is off, and can be had again."""
    return sentence_page(
        "Done",
        f"{address} gets no more automatic mail from {business.name}.",
        STILL,
        actions=ui.post_button("I want it after all", f"?{AGAIN}=1"),
        brand=brand_of(business),
        icon_name="check",
        look="",
    )
