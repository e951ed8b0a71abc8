"""The audit log as a list."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import empty, pager
from careops_app.ui.settings.activity.state import ActivityState, Deed

S = ActivityState


def activity_block() -> rx.Component:
    """Who changed what, newest first."""
    listed = rx.el.ul(rx.foreach(S.deeds, _deed), class_name="led")
    nothing = empty(
        "Nothing was changed yet",
        "Every change of the set-up is written down here with its author, such as “Maya changed the delay of a rule”. "
        "Entries cannot be edited or removed.",
        icon_name="history",
    )
    paged = pager("Newest first", to_earlier=S.older, to_later=S.newest)
    more = rx.cond((S.older != "") | (S.newest != ""), paged, rx.fragment())
    return rx.fragment(rx.cond(S.deeds, listed, nothing), more)


def _deed(deed: ObjectVar[Deed]) -> rx.Component:
    return rx.el.li(
        rx.el.time(deed.time, date_time=deed.instant, class_name="muted"),
        rx.el.span(rx.el.b(deed.who, class_name="strong"), " ", deed.what, " ", deed.subject),
        key=deed.id.to_string(),
    )
