"""The frame around every staff screen: sidebar, rail or tab bar, banners, menus, and the content once it is there."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from careops_app.infra.states import Tone
from careops_app.ui.command_palette import command_palette, open_palette
from careops_app.ui.components import (
    avatar,
    banner,
    icon,
    link,
    mark,
    menu,
    menu_group,
    menu_link,
    out_link,
    post_form,
    skeleton,
)
from careops_app.ui.navigation import MORE, NAVIGATION, TABS, Entry, Group
from careops_app.ui.restored import held_banner
from careops_app.ui.session import SessionState
from careops_app.ui.shell_state import ShellState
from careops_app.workspace.access import Permission

ARRIVED = "window.careopsArrived?.()"  # assets/keys.js: moves the focus to the heading of another screen

# True from the first answer of the server on. Reflex's own is_hydrated turns false at every change of the address,
# also when only a filter changes, and would take the whole screen away for that moment.
IS_FILLED = SessionState.workspace_name != ""


def staff_shell(
    title: str | rx.Var[str],
    *children: Any,
    current: str,
    page: str = "",
    fit: bool = False,
    phone_actions: Sequence[rx.Component] = (),
    waiting: rx.Component | None = None,
) -> rx.Component:
    """A staff screen inside the frame.

    `title` stands in the phone's top bar; `current` is the word of the navigation entry; `page` names the screen's
    block in careops.css (`.p-<page>`), by default the word in lower case. `fit` gives the screen the height of the
    window, for those that scroll inside. `waiting` is shown until the page is alive, by default a skeleton.
    """
    content = rx.cond(IS_FILLED, rx.fragment(*children), waiting or _waiting())
    main = rx.el.main(
        content,
        id="main",
        tab_index=-1,
        class_name=f"p-{page or current.lower()}",
        on_mount=rx.call_script(ARRIVED),
    )
    return rx.fragment(
        rx.el.style(SessionState.accents),
        out_link("Skip to content", href="#main", class_name="skip", new_tab=False),
        rx.el.div(
            _sidebar(current),
            rx.el.div(_banners(), _top_bar(title, phone_actions), main, class_name="main"),
            class_name="app fit" if fit else "app",
        ),
        _tab_bar(current),
        command_palette(),
    )


def _sidebar(current: str) -> rx.Component:
    return rx.el.nav(
        _workspace_menu(),
        _find_button(),
        *[_group(group, current) for group in NAVIGATION],
        rx.el.div(_live_line(), _account_menu(), class_name="foot"),
        class_name="side",
        aria_label="Main",
    )


def _group(group: Group, current: str) -> rx.Component:
    entries = rx.el.ul(
        *[_entry(entry, current) for entry in group.entries], class_name="nav", aria_label=group.word or "Work"
    )
    return rx.fragment(*([rx.el.div(group.word, class_name="navg", aria_hidden="true")] if group.word else []), entries)


def _entry(entry: Entry, current: str) -> rx.Component:
    return _allowed(entry, rx.el.li(_place(entry, current, "n hot")))


def _place(entry: Entry, current: str, count_class: str) -> rx.Component:
    here = {"aria_current": "page"} if entry.word == current else {}
    counted = [_count(getattr(ShellState, entry.count), count_class)] if entry.count else []
    return link(icon(entry.icon), entry.word, *counted, to=entry.to, **here)


def _count(count: Any, class_name: str) -> rx.Component:
    """A number that means work; nothing while there is none."""
    words = rx.el.span("needs attention: ", class_name="sr")
    return rx.cond(count > 0, rx.el.span(words, count, class_name=class_name), rx.fragment())


def _workspace_menu() -> rx.Component:
    name = rx.cond(
        SessionState.workspace_name != "",
        rx.el.span(
            rx.el.b(SessionState.workspace_name, class_name="trunc"),
            rx.el.small(ShellState.place, class_name="trunc"),
            class_name="grow",
        ),
        rx.el.span(rx.el.span(class_name="skel line"), class_name="grow"),
    )
    return menu(
        lambda **props: rx.el.button(
            mark(), name, icon("chevrons-up-down", 14), type="button", class_name="ws",
            aria_label=SessionState.workspace_name + ". Switch workspace", **props,
        ),
        menu_group("Your businesses"),
        post_form(rx.foreach(ShellState.workspaces, _workspace_choice), action="/switch"),
        rx.el.hr(),
        out_link(rx.fragment(icon("globe"), "See the booking page"), href="/b/" + SessionState.workspace_slug),
        id="workspace-menu", label="Workspace", class_name="below",
    )  # fmt: skip


def _workspace_choice(choice: Any) -> rx.Component:
    chosen = rx.cond(choice.is_current, icon("check"), rx.fragment())
    return rx.el.button(
        icon("store"), choice.name, chosen, type="submit", name="workspace_id", value=choice.id.to_string(),
        aria_current=rx.cond(choice.is_current, "true", "false"), key=choice.id.to_string(),
    )  # fmt: skip


def _find_button() -> rx.Component:
    return rx.el.button(
        icon("search"), rx.el.span("Search or jump to"), " ", rx.el.span("Ctrl K", class_name="kbd"),
        type="button", class_name="find", aria_label="Search or jump to, Ctrl K", on_click=open_palette(),
        custom_attrs={"aria-keyshortcuts": "Control+K"},
    )  # fmt: skip


def _live_line() -> rx.Component:
    lost = rx.fragment(icon("wifi-off", class_name="tonetext"), rx.el.span("Not connected"))
    live = rx.fragment(icon("wifi"), rx.el.span("Live, updated ", ShellState.updated))
    return rx.el.div(
        rx.cond(has_connection_errors, lost, rx.cond(ShellState.updated != "", live, rx.fragment())),
        class_name="live",
        role="status",
    )


def _account_menu() -> rx.Component:
    words = rx.el.span(
        rx.el.b(SessionState.name, class_name="trunc"), rx.el.small(ShellState.role_word), class_name="grow"
    )
    return menu(
        lambda **props: rx.el.button(
            avatar(ShellState.initials, staff=True), words, icon("ellipsis", 14), type="button", class_name="me",
            aria_label=SessionState.name + ". Account menu", **props,
        ),
        *_account_items(),
        id="account-menu", label="Account", class_name="up",
    )  # fmt: skip


def _account_items() -> list[rx.Component]:
    dark = rx.color_mode_cond(rx.fragment(icon("moon"), "Dark colours"), rx.fragment(icon("sun"), "Light colours"))
    return [
        menu_link("Your account", icon_name="user-round", to="/app/settings/"),
        rx.el.button(dark, type="button", on_click=rx.toggle_color_mode),
        rx.el.hr(),
        post_form(rx.el.button(icon("log-out"), "Sign out", type="submit"), action="/sign-out"),
    ]


def _banners() -> rx.Component:
    """Worst first, one line each."""
    lost = banner(
        rx.el.b("Connection lost."), " You see the last known state. Nothing you type is lost.",
        tone=Tone.WARN, icon_name="wifi-off",
    )  # fmt: skip
    open_line = banner(
        rx.el.b("This connection is not encrypted."), " Anybody on this network can read along.",
        tone=Tone.WARN, icon_name="lock-open",
    )  # fmt: skip
    demo = banner(
        rx.el.b("Demo business."),
        rx.el.span(" Its people are invented and no message leaves this machine.", class_name="desk"),
        tone=Tone.INFO, icon_name="flask-conical",
        action=out_link("Create your own", href="/sign-up", new_tab=False, class_name="btn sm"),
    )  # fmt: skip
    waits = rx.cond(ShellState.stopped_waiting > 0, f" {ShellState.stopped_waiting} waiting.", "")
    stopped = banner(
        rx.el.b("All automation is stopped."), rx.el.span(" ", ShellState.stopped, waits, class_name="desk"),
        tone=Tone.WARN, icon_name="circle-pause",
        action=link("See rules", to="/app/automation/", class_name="btn sm"),
    )  # fmt: skip
    return rx.el.div(
        rx.cond(has_connection_errors, lost, rx.fragment()),
        rx.cond(ShellState.stopped != "", stopped, rx.fragment()),
        held_banner(),
        rx.cond(SessionState.is_encrypted, rx.fragment(), open_line),
        rx.cond(SessionState.is_demo, demo, rx.fragment()),
        class_name="tops",
    )


def _top_bar(title: str | rx.Var[str], actions: Sequence[rx.Component]) -> rx.Component:
    search = rx.el.button(
        icon("search", 20), type="button", class_name="btn icon ghost", aria_label="Search", on_click=open_palette()
    )
    return rx.el.header(mark(), rx.el.b(title, class_name="trunc"), *actions, search, class_name="topbar")


def _tab_bar(current: str) -> rx.Component:
    here = {"aria_current": "page"} if any(entry.word == current for entry in MORE) else {}
    more = menu(
        lambda **props: rx.el.button(
            icon("menu"), "More", _count(ShellState.more_count, "n"), type="button", **here, **props
        ),
        *[_allowed(entry, menu_link(entry.word, icon_name=entry.icon, to=entry.to)) for entry in MORE],
        rx.el.hr(),
        menu_group(SessionState.name),
        *_account_items(),
        id="more-menu", label="More",
    )  # fmt: skip
    tabs = [_allowed(entry, _place(entry, current, "n")) for entry in TABS]
    return rx.el.nav(*tabs, more, class_name="tabbar", aria_label="Main, phone")


def _allowed(entry: Entry, shown: rx.Component) -> rx.Component:
    """The entry for members who may open it, nothing for the others."""
    if entry.permission is Permission.MEMBER:
        return shown
    may = SessionState.permissions.contains(entry.permission.value)
    return rx.cond(may, shown, rx.fragment())


def _waiting() -> rx.Component:
    return rx.el.div(rx.el.div(skeleton(6), class_name="card"), class_name="body waiting")
