"""Whether the pages may open, how they will look, and their addresses once they are open."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, button, copy_field, icon, link, link_button, mark, out_link
from careops_app.ui.onboarding.state import CheckLine, OnboardingState, PreviewLine

S = OnboardingState
NOT_YET = "Every check has to pass first"


def gate_card() -> rx.Component:
    """The checks, and the button that opens; the last step shows them itself."""
    state = rx.cond(S.is_open, badge("work.on", label="Open", bare=False), badge("work.blocked", label="Closed"))
    return rx.el.section(
        rx.el.div(
            rx.el.h2(rx.cond(S.is_open, "Public pages are open", "Public pages are closed"), id="h-gate"),
            state,
            class_name="ttl",
        ),
        rx.el.p(
            rx.cond(
                S.is_open,
                "Visitors can write to you and book. Automation runs.",
                "Until every check passes, visitors read that you are not open for online requests yet.",
            ),
            class_name="small ink2",
        ),
        rx.cond(
            S.step == "launch",
            rx.fragment(),
            rx.fragment(_checks(), rx.cond(S.is_open, _addresses(), _open_button())),
        ),
        class_name="card gate",
        aria_labelledby="h-gate",
    )


def preview_card() -> rx.Component:
    """The booking page in small."""
    shown = rx.el.div(
        rx.el.div(mark(), rx.el.span(S.business), class_name="b"),
        rx.cond(
            S.preview,
            rx.foreach(S.preview, _preview),
            rx.el.div(rx.el.b("Your services"), rx.el.span("step 4"), class_name="o x"),
        ),
        class_name="win",
        aria_hidden="true",
    )
    full = out_link("Full preview", href=S.booking_page, class_name="small")
    return rx.el.section(
        rx.el.header(rx.el.h2("How it will look"), full),
        shown,
        class_name="card pv",
        aria_label="Preview of the booking page",
    )


def launch_step() -> rx.Component:
    """The last step: open, or what is missing."""
    return rx.cond(
        S.is_open,
        rx.el.div(
            rx.el.p("Put these links on your website, in your e-mail signature and on your door.", class_name="ink2"),
            _addresses(),
            rx.el.div(link_button("Go to the dashboard", to="/app/", kind="primary"), class_name="row wrap"),
            class_name="setup",
        ),
        rx.el.div(
            rx.el.p("The contact form, the booking page and automation go live together.", class_name="ink2"),
            _checks(),
            rx.el.div(_open_button(), class_name="row wrap"),
            class_name="setup",
        ),
    )


def _checks() -> rx.Component:
    return rx.el.ul(rx.foreach(S.checks, _check), class_name="checks")


def _check(check: ObjectVar[CheckLine]) -> rx.Component:
    words = rx.cond(check.passed, rx.el.span(check.words), link(check.words, to=check.address))
    return rx.el.li(
        rx.cond(check.passed, icon("circle-check"), icon("circle-x")),
        rx.el.span(rx.el.b(f"{check.title}: "), words),
        custom_attrs={"data-tone": rx.cond(check.passed, "good", "bad")},
        key=check.title,
    )


def _open_button() -> rx.Component:
    return rx.cond(
        S.is_ready,
        button("Open pages", kind="primary", icon_name="door-open", block=True, on_click=S.open_pages),
        button("Open pages", kind="primary", icon_name="lock", block=True, blocked=True, reason=NOT_YET),
    )


def _addresses() -> rx.Component:
    """The links to give out."""
    return rx.el.div(
        copy_field("Booking page", S.booking_page, id="booking-page"),
        copy_field("Contact form", S.contact_page, id="contact-page"),
        class_name="setup",
    )


def _preview(line: ObjectVar[PreviewLine]) -> rx.Component:
    look = rx.cond(line.is_shown, "o", "o x")
    return rx.el.div(rx.el.b(line.name), rx.el.span(line.price), class_name=look, key=line.name)
