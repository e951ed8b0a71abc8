"""The forms there are, and the starters."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, button, checkbox, link
from careops_app.ui.onboarding.forms.state import FormLine, ServiceTick, StartFormsState, starter_choices

S = StartFormsState


def start_forms() -> rx.Component:
    """What is asked before a visit."""
    return rx.el.div(
        rx.el.p("A form is sent by a personal link after each booking of the services it belongs to.", class_name="ink2"),
        rx.cond(S.lines, rx.el.ul(rx.foreach(S.lines, _line), class_name="svs"), rx.fragment()),
        rx.el.fieldset(
            rx.el.legend("Start from", class_name="label"),
            rx.el.ul(*[_starter(*words) for words in starter_choices()], class_name="svs starters"),
        ),
        rx.el.p(
            "You can change every question later, and add documents to read, under ", link("Forms", to="/app/forms/"), ".",
            class_name="small muted",
        ),
        class_name="setup",
    )  # fmt: skip


def _line(line: ObjectVar[FormLine]) -> rx.Component:
    done = rx.cond(
        line.is_linked, badge("step.done", label="Linked"), badge("work.needs_you", label="Not linked", bare=True)
    )
    shown = rx.fragment(
        rx.el.button(line.name, type="button", class_name="cover strong", on_click=S.link(line.id)),
        rx.el.span(line.about, class_name="m"),
        done,
    )
    is_open = S.linking == line.id
    return rx.el.li(rx.cond(is_open, _links(line), shown), class_name=rx.cond(is_open, "wide", ""), key=f"f{line.id}")


def _links(line: ObjectVar[FormLine]) -> rx.Component:
    def tick(service: ObjectVar[ServiceTick]) -> rx.Component:
        return rx.el.div(
            checkbox(service.name, "services", value=service.id, default_checked=service.on), key=service.id
        )

    none = rx.el.p("Add a service first, then say here which ones send this form.", class_name="small muted")
    return rx.el.form(
        rx.el.b(line.name, class_name="strong"),
        rx.el.fieldset(
            rx.el.legend("Sent with", class_name="label"),
            rx.cond(S.has_services, rx.el.div(rx.foreach(line.services, tick), class_name="ticks"), none),
        ),
        rx.el.div(
            button("Save the services", kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.link(0)),
            class_name="row wrap",
        ),
        on_submit=S.save_links,
        class_name="setup inset-form",
    )


def _starter(key: str, name: str, about: str) -> rx.Component:
    return rx.el.li(
        rx.el.span(rx.el.b(name, class_name="strong"), rx.el.small(about, class_name="m blk")),
        rx.el.span(),
        button("Start", size="sm", icon_name="plus", on_click=S.start(key)),
    )
