"""Form controls. Inputs are uncontrolled: they have a name and a default, and the form hands them over on submit.

Every control has an id (its name unless told otherwise) and points to `<id>-hint` and `<id>-error`; `field` draws them.
"""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from careops_app.ui.components.buttons import Text, Truth
from careops_app.ui.components.icons import icon

Option = tuple[Text, Text]


class PlainForm(BaseHTML):
    """A form the browser submits by itself, with a full load; `rx.el.form` never does that."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


def post_form(*children: Any, action: Text, **props: Any) -> rx.Component:
    """A plain form that posts to one of the HTTP routes (sign-out, switch workspace)."""
    return PlainForm.create(*children, action=action, method="post", **props)


def field(
    label: Text, control: rx.Component, *, id: str, hint: Text = "", error: Text = "", optional: bool = False
) -> rx.Component:
    """A control under its label, with its hint and its problem. `id` is that of the control."""
    name = [label, rx.el.span(" Optional", class_name="muted")] if optional else [label]
    return rx.el.div(
        rx.el.label(*name, html_for=id),
        control,
        *([rx.el.p(hint, class_name="hint", id=f"{id}-hint")] if not _is_empty(hint) else []),
        problem(id, error),
        class_name="field",
    )


def problem(id: str, error: Text) -> rx.Component:
    """What is wrong with one control, announced when it appears; nothing is drawn while there is no problem."""
    shown = rx.fragment(icon("circle-alert"), rx.el.span(error))
    content = rx.cond(error, shown, rx.fragment()) if isinstance(error, rx.Var) else shown if error else rx.fragment()
    return rx.el.p(content, class_name="error", id=f"{id}-error", aria_live="polite")


def text_input(
    name: str, *, id: str = "", type: str = "text", error: Text = "", hinted: bool = False, **props: Any
) -> rx.Component:
    """A line of text. `hinted`: a hint with the id `<id>-hint` stands below."""
    attributes: dict[str, Any] = {"auto_complete": "off"} | props
    attributes |= {"type": type, **_described(id or name, error, hinted)}
    return rx.el.input(name=name, class_name="input", **attributes)


def textarea(
    name: str, *, id: str = "", error: Text = "", hinted: bool = False, rows: int = 4, **props: Any
) -> rx.Component:
    """Several lines of text."""
    described = _described(id or name, error, hinted)
    return rx.el.textarea(name=name, class_name="input", rows=str(rows), **described, **props)


def select(
    name: str,
    options: Sequence[Option] | rx.Var[Any],
    *,
    id: str = "",
    error: Text = "",
    hinted: bool = False,
    quiet: bool = False,
    small: bool = False,
    **props: Any,
) -> rx.Component:
    """A native choice. `options` are (value, word) pairs, literal or a Var of a list of such pairs."""
    if isinstance(options, rx.Var):
        shown = [rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0], key=pair[0]))]
    else:
        shown = [rx.el.option(word, value=value) for value, word in options]
    classes = " ".join(["select", *(["quiet"] if quiet else []), *(["sm"] if small else [])])
    control = rx.el.select(*shown, name=name, class_name="input", **_described(id or name, error, hinted), **props)
    return rx.el.span(control, icon("chevron-down"), class_name=classes)


def text_field(
    label: Text, name: str, *, id: str = "", hint: Text = "", error: Text = "", optional: bool = False, **props: Any
) -> rx.Component:
    """A labelled line of text; `props` go to `text_input`."""
    control = text_input(name, id=id, error=error, hinted=not _is_empty(hint), **props)
    return field(label, control, id=id or name, hint=hint, error=error, optional=optional)


def textarea_field(
    label: Text, name: str, *, id: str = "", hint: Text = "", error: Text = "", optional: bool = False, **props: Any
) -> rx.Component:
    """Labelled lines of text; `props` go to `textarea`."""
    control = textarea(name, id=id, error=error, hinted=not _is_empty(hint), **props)
    return field(label, control, id=id or name, hint=hint, error=error, optional=optional)


def select_field(
    label: Text,
    name: str,
    options: Sequence[Option] | rx.Var[Any],
    *,
    id: str = "",
    hint: Text = "",
    error: Text = "",
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    """A labelled native choice; `props` go to `select`."""
    control = select(name, options, id=id, error=error, hinted=not _is_empty(hint), **props)
    return field(label, control, id=id or name, hint=hint, error=error, optional=optional)


def checkbox(label: Text, name: str, *, hint: Text = "", **props: Any) -> rx.Component:
    """A tick. Submitted as "on" when ticked and absent otherwise; `default_checked` sets it at first."""
    return rx.el.label(rx.el.input(type="checkbox", name=name, **props), _words(label, hint), class_name="check")


def radio(label: Text, name: Text, value: Text, *, hint: Text = "", **props: Any) -> rx.Component:
    """One of several; the ones with the same name exclude each other. Put them into a `fieldset` with a legend."""
    control = rx.el.input(type="radio", name=name, value=value, **props)
    return rx.el.label(control, _words(label, hint), class_name="check")


def _words(label: Text, hint: Text) -> rx.Component:
    return rx.el.span(label) if _is_empty(hint) else rx.el.span(label, rx.el.small(hint, class_name="hint"))


def switch(
    label: Text, *, on: Truth, on_click: Any = None, blocked: bool = False, reason: str = "", id: str = ""
) -> rx.Component:
    """Turns something on or off at once. `label` is its name for screen readers: put the word On or Off beside it."""
    attributes: dict[str, Any] = {"id": id} if id else {}
    if blocked:
        attributes |= {"aria_disabled": "true", "title": reason}
    elif on_click is not None:
        attributes |= {"on_click": on_click}
    stated = rx.cond(on, "true", "false") if isinstance(on, rx.Var) else "true" if on else "false"
    return rx.el.button(
        type="button",
        role="switch",
        aria_checked=stated,
        aria_label=f"{label}. {reason}" if blocked and isinstance(label, str) else label,
        class_name="switch",
        **attributes,
    )


def search_box(label: str, name: str = "q", *, placeholder: str = "", **props: Any) -> rx.Component:
    """The narrow search line above a list. Give it `on_change` with a debounced handler, or put it into a form."""
    attributes: dict[str, Any] = {"auto_complete": "off", "type": "search"} | props
    return rx.el.label(
        icon("search"),
        rx.el.span(label, class_name="sr"),
        rx.el.input(name=name, placeholder=placeholder or label, **attributes),
        class_name="find",
    )


def choice_segment(
    label: str, options: Sequence[tuple[str, str, str]], *, current: Text, on_pick: Any, blocked: str | rx.Var[str] = ""
) -> rx.Component:
    """Exclusive choice in place, such as the channel of a reply. `options` are (value, word, icon name).

    `on_pick(value)` must return the event for a value. `blocked` is the one value that cannot be chosen now.
    """
    return rx.el.span(
        *[_segment(value, word, drawing, current, on_pick, blocked) for value, word, drawing in options],
        class_name="seg",
        role="radiogroup",
        aria_label=label,
    )


def _segment(value: str, word: str, drawing: str, current: Text, on_pick: Any, blocked: Text) -> rx.Component:
    return rx.el.button(
        *([icon(drawing, 14)] if drawing else []),
        word,
        type="button",
        role="radio",
        aria_checked=rx.cond(rx.Var.create(current) == value, "true", "false"),
        aria_disabled=rx.cond(rx.Var.create(blocked) == value, "true", "false"),
        on_click=on_pick(value),
    )


def _described(id: str, error: Text, hinted: bool) -> dict[str, Any]:
    """id, and the states that tie a control to its hint and its problem."""
    invalid: Literal["true"] | rx.Var[str] | None = None
    if isinstance(error, rx.Var):
        invalid = rx.cond(error, "true", "false")
    elif error:
        invalid = "true"
    described = f"{id}-hint {id}-error" if hinted else f"{id}-error"
    return {"id": id, "aria_invalid": invalid, "aria_describedby": described}


def _is_empty(text: Text) -> bool:
    return isinstance(text, str) and not text
