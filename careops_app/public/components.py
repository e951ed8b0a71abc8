"""Parts of public pages as HTML nodes. Class names are those of assets/public.css; nothing here needs a script.

Forms are sent by the browser itself, with `novalidate`: the server words every problem, beside the field it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import htpy as h
from htpy import Element, Node, VoidElement
from markupsafe import Markup

from careops_app.infra.states import Tone, state
from careops_app.infra.wording import initials
from careops_app.public.icons import DRAWINGS
from careops_app.public.requests import KEY_FIELD, TRAP_FIELD

Kind = Literal["plain", "primary", "ghost", "danger", "danger-solid"]
Attributes = Mapping[str, str | bool | int | None]
MARK = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round" aria-hidden="true">'
    '<path d="M12 21V8.5M12 13c0-4.2-2.1-6.3-5.6-6.6C6.3 10.2 8.3 12.7 12 13ZM12 16.5c0-4.2 2.1-6.3 5.6-6.6.1 3.8-1.9 6.3-5.6'
    ' 6.6ZM12 3v2"/></svg>'
)


def icon(name: str, size: Literal[16, 18, 20] = 16) -> Node:
    """A decorative icon; the word beside it carries the meaning. Raises KeyError for one that is not drawn."""
    sized = "i" if size == 16 else f"i s{size}"
    return Markup(f'<svg class="{sized}" viewBox="0 0 24 24" aria-hidden="true">{DRAWINGS[name]}</svg>')  # noqa: S704


def mark() -> Element:
    """The sprig on the business's colour."""
    return h.span(".mark")[Markup(MARK)]  # noqa: S704


def badge(key: str, label: str = "") -> Element:
    """A state as colour, icon and word: `badge("booking.confirmed")`."""
    shown = state(key)
    return h.span(".badge", data_tone=shown.tone.value)[icon(shown.icon), label or shown.word]


def avatar(name: str) -> Element:
    """Initials in a circle; the name must stand beside it."""
    return h.span(".avatar", aria_hidden="true", data_i=initials(name))


def button(
    label: str,
    *,
    kind: Kind = "primary",
    icon_name: str = "",
    large: bool = False,
    name: str = "",
    value: str = "",
    attributes: Attributes | None = None,
) -> Element:
    """Sends the form it stands in; with a name and a value it says which of several was pressed."""
    named = {"name": name, "value": value} if name else {}
    return h.button({**named, **(attributes or {})}, type="submit", class_=_button_classes(kind, large))[
        icon_name and icon(icon_name), label
    ]


def link_button(
    label: str, href: str, *, kind: Kind = "plain", icon_name: str = "", large: bool = False, **attributes: str | None
) -> Element:
    """A link that looks like a button: it goes somewhere and changes nothing."""
    return h.a(attributes, href=href, class_=_button_classes(kind, large))[icon_name and icon(icon_name), label]


def post_button(
    label: str, action: str, *, kind: Kind = "plain", icon_name: str = "", fields: Mapping[str, str] | None = None
) -> Element:
    """One button that changes something, with its own small form."""
    kept = [hidden(name, value) for name, value in (fields or {}).items()]
    return h.form(method="post", action=action)[kept, button(label, kind=kind, icon_name=icon_name)]


def form(action: str, *children: Node, key: str = "", upload: bool = False) -> Element:
    """A form of this page. With a `key` (requests.form_key) the submission is idempotent and the trap is set."""
    kind = "multipart/form-data" if upload else None
    guard = [hidden(KEY_FIELD, key), _trap()] if key else None
    return h.form(".fm", method="post", action=action, enctype=kind, novalidate=True)[guard, children]


def hidden(name: str, value: str) -> VoidElement:
    """A value that travels with the form."""
    return h.input(type="hidden", name=name, value=value)


def text_field(
    label: str,
    name: str,
    *,
    value: str = "",
    problem: str = "",
    hint: Node = None,
    optional: bool = False,
    required: bool = True,
    type: str = "text",
    autocomplete: str = "off",
    attributes: Attributes | None = None,
) -> Element:
    """A labelled line of text with its hint and its problem; neither optional nor required is one of several."""
    control = h.input(
        ".input",
        {**_described(name, problem, hint), **(attributes or {})},
        type=type,
        name=name,
        value=value or None,
        autocomplete=autocomplete,
        required=required and not optional,
    )
    return field(label, name, control, problem=problem, hint=hint, optional=optional)


def textarea_field(
    label: str,
    name: str,
    *,
    value: str = "",
    problem: str = "",
    hint: Node = None,
    optional: bool = False,
    rows: int = 4,
    attributes: Attributes | None = None,
) -> Element:
    """Labelled lines of text with their hint and their problem."""
    described = {**_described(name, problem, hint), **(attributes or {})}
    # A line feed right after the tag is dropped by browsers: this one is, instead of the visitor's first.
    control = h.textarea(".input", described, name=name, rows=str(rows), required=not optional)["\n", value]
    return field(label, name, control, problem=problem, hint=hint, optional=optional)


def select_field(
    label: str,
    name: str,
    options: Sequence[tuple[str, str]] | Mapping[str, Sequence[tuple[str, str]]],
    *,
    value: str = "",
    problem: str = "",
    hint: Node = None,
    optional: bool = False,
    attributes: Attributes | None = None,
) -> Element:
    """A labelled native choice. `options` are (value, word) pairs, or such pairs under headings."""
    described = {**_described(name, problem, hint), **(attributes or {})}
    shown = _grouped(options, value) if isinstance(options, Mapping) else _options(options, value)
    control = h.span(".select")[h.select(".input", described, name=name)[shown], icon("chevron-down")]
    return field(label, name, control, problem=problem, hint=hint, optional=optional)


def field(
    label: str, name: str, control: Node, *, problem: str = "", hint: Node = None, optional: bool = False
) -> Element:
    """A control under its label; the control's id is `name`."""
    return h.div(".field")[
        h.label(for_=name)[label, optional and h.span(".opt-word")[" Optional"]],
        control,
        hint and h.p(".hint", id=f"{name}-hint")[hint],
        problem_line(name, problem),
    ]


def problem_line(name: str, problem: str) -> Node:
    """What is wrong with one field; controls point to it as `<name>-error`."""
    return problem and h.p(".error", id=f"{name}-error")[icon("circle-alert"), h.span[problem]]


def checkbox(
    label: Node, name: str, *, checked: bool = False, problem: str = "", attributes: Attributes | None = None
) -> Element:
    """A tick, with its problem below. Sent as "on" when ticked and not at all otherwise."""
    described = {**_described(name, problem, None), **(attributes or {})}
    tick = h.label(".check")[h.input(described, type="checkbox", name=name, checked=checked), h.span[label]]
    return h.div[tick, problem_line(name, problem)]


def choices(
    question: Node,
    name: str,
    options: Iterable[tuple[str, str]],
    *,
    chosen: Iterable[str] = (),
    several: bool = False,
    problem: str = "",
    hint: Node = None,
    optional: bool = False,
) -> Element:
    """A question with large answers to tick: one, or several. `options` are (value, word) pairs."""
    picked = set(chosen)
    kind = "checkbox" if several else "radio"
    answers = [
        h.div(".ch")[
            h.label(".check")[h.input(type=kind, name=name, value=value, checked=value in picked), h.span[word]]
        ]
        for value, word in options
    ]
    return h.fieldset(_described(name, problem, hint))[
        h.legend[question, optional and h.span(".opt-word")[" Optional"]],
        hint and h.p(".hint", id=f"{name}-hint")[hint],
        answers,
        problem_line(name, problem),
    ]


def form_problem(problem: str) -> Node:
    """What is wrong with the whole form; read out at once."""
    return problem and h.div(".note.errors", data_tone="bad", role="alert")[icon("circle-alert"), h.div[problem]]


def note(*children: Node, tone: Tone = Tone.INFO, icon_name: str = "info") -> Element:
    """A remark in a tone."""
    return h.div(".note", data_tone=tone.value, role="note")[icon(icon_name), h.div[children]]


def steps(words: Sequence[str], current: int) -> Element:
    """Where one is in a task of several pages; `current` counts from 0."""
    return h.ol(".prog", aria_label="Steps")[
        [
            h.li({"aria-current": "step" if at == current else None}, class_="d" if at < current else None)[
                h.span[f"{at + 1}. {word}"]
            ]
            for at, word in enumerate(words)
        ]
    ]


def back_link(href: str, label: str = "Back") -> Element:
    """The way to the page before."""
    return h.a(".back", href=href)[icon("chevron-left", 18), label]


def option(href: str, title: str, *, price: str = "", text: str = "", length: str = "") -> Element:
    """One service to choose."""
    return h.a(".opt", href=href)[h.b[title], h.span(".p")[price], h.small[text], h.span(".d")[length]]


def person_option(href: str, name: str, *, text: str = "", anyone: bool = False) -> Element:
    """One person to choose, or whoever is free."""
    face = h.span(".avatar", aria_hidden="true")[icon("users", 20)] if anyone else avatar(name)
    return h.a(".opt.st", href=href)[face, h.span[h.b[name], h.br, h.small[text]], icon("chevron-right", 18)]


def summary(title: str, *lines: Node, about: bool = False) -> Element:
    """What has been chosen so far, or how to reach the business (`about`), beside the task."""
    return h.aside(class_="sum about" if about else "sum", aria_label=title)[h.h2[title], h.ul[lines]]


def summary_line(icon_name: str, words: Node, below: Node = None, *, change: str = "", minor: bool = False) -> Element:
    """One line of a summary; `change` is the address where it is chosen again; minor lines are left out on phones."""
    return h.li(class_="mt" if minor else None)[
        icon(icon_name), h.span[h.b[words], below and h.small[below]], change and h.a(".change", href=change)["Change"]
    ]


def what_next(*lines: Node) -> Element:
    """What happens now and what can be done, one line each."""
    return h.ul(".next")[lines]


def next_line(icon_name: str, words: Node, below: Node = None, action: Node = None) -> Element:
    """One line of `what_next`, with the button that does it."""
    return h.li[h.span(".ic")[icon(icon_name)], h.span[h.b[words], below and h.small[below]], action]


def done_mark(icon_name: str = "check", look: Literal["", "warn", "mute"] = "") -> Element:
    """The round sign above the heading of a page that ends something."""
    return h.span(class_=f"ok {look}".strip())[icon(icon_name)]


def reference(code: str) -> Element:
    """The code a customer names on the phone."""
    return h.p(".ref")["Reference ", h.code[code]]


def echo(text: str) -> Element:
    """The visitor's own words, given back."""
    return h.blockquote(".echo")[text]


def progress(label: str, done: int, total: int) -> Element:
    """How much of a form is answered."""
    return h.div(".bar")[h.progress(aria_label=label, value=str(done), max=str(total)), h.span[f"{done} of {total}"]]


def _described(name: str, problem: str, hint: Node) -> dict[str, str | None]:
    """id and the states that tie a control to its hint and its problem."""
    ids = [f"{name}-hint"] * bool(hint) + [f"{name}-error"] * bool(problem)
    return {"id": name, "aria-invalid": "true" if problem else None, "aria-describedby": " ".join(ids) or None}


def _options(options: Iterable[tuple[str, str]], chosen: str) -> list[Element]:
    return [h.option(value=value, selected=value == chosen)[word] for value, word in options]


def _grouped(groups: Mapping[str, Sequence[tuple[str, str]]], chosen: str) -> list[Element]:
    return [h.optgroup(label=heading)[_options(pairs, chosen)] for heading, pairs in groups.items()]


def _trap() -> Element:
    """A field that people never see or reach; programs fill it in."""
    control = h.input(type="text", name=TRAP_FIELD, id=TRAP_FIELD, tabindex="-1", autocomplete="off")
    return h.div(".trap", aria_hidden="true")[h.label(for_=TRAP_FIELD)["Leave this empty"], control]


def _button_classes(kind: Kind, large: bool) -> str:
    return " ".join(["btn", *([] if kind == "plain" else [kind]), *(["lg"] if large else [])])
