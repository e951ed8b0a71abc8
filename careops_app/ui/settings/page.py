"""The Settings screen: the list of sections, and the one that is open."""

from typing import Any

import reflex as rx

from careops_app.ui.components import back_link, body, card, icon, link, page_header, skeleton
from careops_app.ui.settings.account.page import account_block
from careops_app.ui.settings.account.state import AccountState
from careops_app.ui.settings.activity.page import activity_block
from careops_app.ui.settings.activity.state import ActivityState
from careops_app.ui.settings.business.page import business_form, contact_page_form
from careops_app.ui.settings.business.state import BusinessState
from careops_app.ui.settings.channels.outbox import outbox
from careops_app.ui.settings.channels.outbox_state import OutboxState
from careops_app.ui.settings.channels.page import email_channel
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.channels.text_page import sms_channel
from careops_app.ui.settings.hours.page import hours_block
from careops_app.ui.settings.hours.state import HoursState
from careops_app.ui.settings.keys.page import keys_block
from careops_app.ui.settings.keys.state import KeysState
from careops_app.ui.settings.rooms.page import rooms_block
from careops_app.ui.settings.rooms.state import RoomsState
from careops_app.ui.settings.services.page import services_block
from careops_app.ui.settings.services.state import ServicesState
from careops_app.ui.settings.state import SettingsState
from careops_app.ui.settings.team.leaving import leaving_block
from careops_app.ui.settings.team.leaving_state import LeavingState
from careops_app.ui.settings.team.page import invite_form, staff_sight, team_list
from careops_app.ui.settings.team.state import TeamState
from careops_app.ui.settings.time_off.page import other_hours_form, time_off_form, time_off_list
from careops_app.ui.settings.time_off.state import TimeOffState
from careops_app.ui.settings.wordings.page import wording_editor
from careops_app.ui.settings.wordings.state import WordingState
from careops_app.ui.shells import staff_shell

HOME = "/app/settings/"
S = SettingsState


def page() -> rx.Component:
    view = rx.cond(S.chosen, "section", "list")
    return staff_shell(
        "Settings",
        page_header("Settings"),
        body(
            rx.cond(
                S.loaded,
                rx.el.div(_sections(), _open_section(), class_name="set", custom_attrs={"data-view": view}),
                rx.el.div(skeleton(6), class_name="card"),
            )
        ),
        current="Settings",
    )


def _sections() -> rx.Component:
    """What there is to set up; staff see their own part only."""
    owners = rx.fragment(
        _place("Set-up, step by step", "list-checks", "/app/onboarding/"),
        _entry("business", "Business", "store"),
        _entry("channels", "E-mail and SMS", "mail"),
        _entry("services", "Services", "sparkles"),
        _entry("rooms", "Rooms and equipment", "door-open"),
        _entry("hours", "Opening hours", "clock"),
        _entry("time_off", "Time off", "tree-palm"),
        _entry("team", "Team", "users"),
        _entry("wording", "Message wording", "file-text"),
        _entry("keys", "API keys", "key-round"),
        _entry("activity", "Activity", "history"),
    )
    return rx.el.nav(
        rx.cond(S.may_configure, owners, rx.fragment()),
        _entry("account", "My account", "user-round"),
        class_name="sections",
        aria_label="Sections of the settings",
    )


def _entry(key: str, word: str, drawing: str) -> rx.Component:
    is_open = (S.section == "team") | (S.section == "leaving") if key == "team" else S.section == key
    here = rx.cond(is_open, rx.Var.create("page"), rx.Var("undefined"))
    return _place(word, drawing, f"{HOME}?section={key}", aria_current=here)


def _place(word: str, drawing: str, address: str, **props: Any) -> rx.Component:
    named = rx.el.span(word, class_name="grow")
    return link(icon(drawing), named, icon("chevron-right", 14), to=address, **props)


def _open_section() -> rx.Component:
    return rx.el.div(
        back_link("All settings", to=HOME),
        rx.match(
            S.section,
            ("business", _business()),
            ("channels", _channels()),
            ("services", _when(ServicesState.loaded, _card("Services", services_block()))),
            ("rooms", _when(RoomsState.loaded, _card("Rooms and equipment", rooms_block()))),
            ("hours", _when(HoursState.loaded, _card("Opening hours", hours_block()))),
            ("time_off", _time_off()),
            ("team", _team()),
            ("leaving", _when(LeavingState.loaded, _padless(f"The visits of {LeavingState.name}", leaving_block()))),
            ("wording", _wording()),
            ("keys", _when(KeysState.loaded, _padless("API keys", keys_block()))),
            ("activity", _when(ActivityState.loaded, _padless("Activity", activity_block()))),
            ("account", _when(AccountState.loaded, _card("My account", account_block()))),
            rx.fragment(),
        ),
        class_name="cfg",
    )


def _business() -> rx.Component:
    return _when(
        BusinessState.loaded,
        rx.fragment(_card("Business", business_form()), _card("Contact form", contact_page_form())),
    )


def _channels() -> rx.Component:
    kept = rx.el.section(
        rx.el.header(rx.el.h2("Outbox of this machine")),
        rx.cond(OutboxState.loaded, outbox(), skeleton(4)),
        class_name="card", id="outbox",
    )  # fmt: skip
    cards = rx.fragment(_card("E-mail", email_channel()), _card("Text messages", sms_channel()), kept)
    return _when(ChannelsState.loaded, cards)


def _time_off() -> rx.Component:
    cards = rx.fragment(
        _padless("Time off", time_off_list()),
        _card("Plan time off", time_off_form()),
        _card("One date with other hours", other_hours_form()),
    )
    return _when(TimeOffState.loaded, cards)


def _team() -> rx.Component:
    cards = rx.fragment(
        _padless("Team", team_list()),
        _padless("What staff see", staff_sight()),
        _card("Invite somebody", invite_form()),
    )
    return _when(TeamState.loaded, cards)


def _wording() -> rx.Component:
    return _when(WordingState.loaded, _card("Message wording", wording_editor()))


def _when(loaded: Any, content: rx.Component) -> rx.Component:
    """The content once it is there, its shape before."""
    return rx.cond(loaded, content, rx.el.div(skeleton(6), class_name="card"))


def _card(title: Any, *children: Any) -> rx.Component:
    return card(rx.el.div(*children, class_name="pad"), title=title)


def _padless(title: Any, *children: Any) -> rx.Component:
    return card(*children, title=title)
