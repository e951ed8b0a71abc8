"""Off-boarding: the visits ahead of somebody who leaves, a choice for each or for all, and what that comes to."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, cover_link, empty, note, pager, select, text_field
from careops_app.ui.components.surfaces import column, table
from careops_app.ui.settings.team.leaving_state import LeavingState, VisitLine

S = LeavingState


def leaving_block() -> rx.Component:
    """What has to be decided before the calendar stops."""
    ends = rx.cond(
        S.ends_access,
        f"Decide about the visits ahead of {S.name}. Then the access ends.",
        f"Decide about the visits ahead of {S.name}. Then customers can no longer book {S.name}.",
    )
    nothing = empty(
        "No visits ahead", "There is nothing to decide. Press the button below.", icon_name="calendar-check"
    )
    return rx.fragment(
        rx.el.p(ends, class_name="ink2 pad"),
        rx.cond(S.total > 0, rx.fragment(_for_all(), _visits()), nothing),
        _outcome(),
    )


def _for_all() -> rx.Component:
    return rx.el.div(
        rx.el.label("For all visits", html_for="for-all", class_name="label"),
        select("for-all", rx.Var.create(S.bulk_choices), id="for-all", value=S.bulk, on_change=S.choose_for_all),
        class_name="pad field",
    )


def _visits() -> rx.Component:
    head = [column("Visit"), column("What becomes of it")]
    pages = pager(S.pages, to_earlier=S.earlier_page, to_later=S.later_page)
    return rx.fragment(
        table(head, rx.foreach(S.lines, _visit), label="Visits ahead"), rx.cond(S.pages != "", pages, rx.fragment())
    )


def _visit(line: ObjectVar[VisitLine]) -> rx.Component:
    about = rx.el.div(
        cover_link(line.contact, to=line.href),
        rx.el.span(f"{line.when}, {line.what}", class_name="small muted"),
        rx.foreach(line.blocked, lambda why: rx.el.span(why, class_name="small muted")),
        class_name="stack",
    )
    choice = select(
        "choice", rx.Var.create(line.choices), id=f"visit-{line.id}", small=True, value=line.choice,
        aria_label=f"What becomes of the visit of {line.contact}, {line.when}", on_change=S.choose(line.id),
    )  # fmt: skip
    return rx.el.tr(rx.el.td(about), rx.el.td(choice, class_name="over"), key=f"v{line.id}")


def _outcome() -> rx.Component:
    """The counts, what stands against it, and the one button."""
    against = note(
        rx.el.b("These cannot be given away as chosen"), rx.el.ul(rx.foreach(S.conflicts, rx.el.li)),
        tone="warn", icon_name="triangle-alert",
    )  # fmt: skip
    do = rx.cond(
        S.is_ready,
        button(S.verb, kind="primary", on_click=S.decide),
        button(S.verb, kind="primary", blocked=True, reason="Every visit needs a decision that works"),
    )
    return rx.el.div(
        rx.cond(S.conflicts, against, rx.fragment()),
        text_field(
            "Reason", "reason", optional=True, hint="Customers of cancelled visits read it.", default_value=S.reason,
            on_blur=S.say_why,
        ),
        rx.el.p(S.summary, class_name="strong", role="status", aria_live="polite"),
        rx.el.div(do, class_name="row wrap"),
        class_name="pad setup",
    )  # fmt: skip
