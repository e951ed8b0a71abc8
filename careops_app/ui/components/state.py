"""States as colour, icon and word, always all three, read from the one table in infra/states.py."""

from collections.abc import Callable
from enum import StrEnum

import reflex as rx

from careops_app.infra.states import STATE, State
from careops_app.ui.components.icons import icon

Key = str | rx.Var[str]


def badge(
    state: Key, *, area: str = "", label: str | rx.Var[str] | None = None, bare: bool | None = None
) -> rx.Component:
    """One state: `badge("booking.confirmed")`, or a status value with its area: `badge(row.status, area="booking")`.

    `label` replaces the word ("Unanswered 55 min"). `bare` is text without the pill; None decides by the table: an
    expected state is bare, an exceptional one gets the pill. Raises KeyError for a literal state that is not described.
    """
    key = _key(state, area)
    if isinstance(key, str):
        return _drawn(STATE[key], label, bare)
    look = "auto" if bare is None else "bare" if bare else "pill"
    return _state_badge(state=key, label="" if label is None else label, look=look)


def tone_of(state: Key, *, area: str = "") -> str | rx.Var[str]:
    """The tone of a state, for `custom_attrs={"data-tone": ...}` on bars, rows and calendar events."""
    return _pick(_key(state, area), lambda shown: shown.tone.value, "mute")


def word_of(state: Key, *, area: str = "") -> str | rx.Var[str]:
    """The word of a state, for accessible names and sentences."""
    return _pick(_key(state, area), lambda shown: shown.word, "")


def state_icon(state: Key, *, area: str = "") -> rx.Component:
    """The icon of a state alone; its word must stand somewhere near."""
    key = _key(state, area)
    return icon(STATE[key].icon) if isinstance(key, str) else _state_icon(state=key)


def _key(state: Key, area: str) -> Key:
    prefix = f"{area}." if area else ""
    if isinstance(state, rx.Var):
        return prefix + state.to(str) if prefix else state.to(str)
    return prefix + (state.value if isinstance(state, StrEnum) else state)


def _pick(key: Key, part: Callable[[State], str], otherwise: str) -> str | rx.Var[str]:
    if isinstance(key, str):
        return part(STATE[key])
    return rx.match(key, *[(name, part(shown)) for name, shown in STATE.items()], otherwise)  # pyright: ignore


def _drawn(shown: State, label: str | rx.Var[str] | None, bare: bool | None) -> rx.Component:
    is_bare = shown.expected if bare is None else bare
    return rx.el.span(
        icon(shown.icon),
        shown.word if label is None else label,
        class_name="badge bare" if is_bare else "badge",
        data_tone=shown.tone.value,
    )


@rx.memo
def _state_icon(state: rx.Var[str]) -> rx.Component:
    by_icon: dict[str, list[str]] = {}
    for name, shown in STATE.items():
        by_icon.setdefault(shown.icon, []).append(name)
    cases = [(*names, icon(drawing)) for drawing, names in by_icon.items()]
    return rx.fragment(rx.match(state, *cases, icon("circle-dashed")))


@rx.memo
def _state_badge(state: rx.Var[str], label: rx.Var[str], look: rx.Var[str]) -> rx.Component:
    expected = [name for name, shown in STATE.items() if shown.expected]
    by_state = rx.match(state, (*expected, "badge bare"), "badge")
    return rx.el.span(
        _state_icon(state=state),
        rx.cond(label != "", label, word_of(state)),
        class_name=rx.match(look, ("bare", "badge bare"), ("pill", "badge"), by_state),
        custom_attrs={"data-tone": tone_of(state)},
    )
