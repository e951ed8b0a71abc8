"""What stands inside each step when it is open; most of it is shared with the settings."""

from typing import Any

import reflex as rx

from careops_app.ui.components import button, link_button, skeleton
from careops_app.ui.onboarding.forms.page import start_forms
from careops_app.ui.onboarding.forms.state import StartFormsState
from careops_app.ui.onboarding.inventory.page import start_stock
from careops_app.ui.onboarding.inventory.state import StartStockState
from careops_app.ui.onboarding.launch import launch_step
from careops_app.ui.onboarding.state import HOME, OnboardingState
from careops_app.ui.settings.business.page import business_form, contact_page_form
from careops_app.ui.settings.business.state import BusinessState
from careops_app.ui.settings.channels.page import email_channel
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.channels.text_page import sms_channel
from careops_app.ui.settings.hours.page import hours_block
from careops_app.ui.settings.hours.state import HoursState
from careops_app.ui.settings.services.page import services_block
from careops_app.ui.settings.services.state import ServicesState
from careops_app.ui.settings.team.page import invite_form, team_list
from careops_app.ui.settings.team.state import TeamState

S = OnboardingState


def open_step() -> rx.Component:
    """The step in hand, and the way on."""
    return rx.fragment(
        rx.match(
            S.step,
            ("business", _when(BusinessState.loaded, business_form())),
            ("channels", _when(ChannelsState.loaded, _channels())),
            ("contact", _when(BusinessState.loaded, contact_page_form())),
            ("services", _when(ServicesState.loaded & HoursState.loaded, _services())),
            ("forms", _when(StartFormsState.loaded, start_forms())),
            ("inventory", _when(StartStockState.loaded, start_stock())),
            ("staff", _when(TeamState.loaded, _team())),
            ("launch", launch_step()),
            rx.fragment(),
        ),
        rx.cond(S.step != "launch", _onwards(), rx.fragment()),
    )


def _onwards() -> rx.Component:
    """On to the next step; an optional one can be left out, which is kept."""
    return rx.el.div(
        link_button(f"Next: {S.next_title}", to=f"{HOME}?step={S.next_step}", icon_name="arrow-right"),
        rx.cond(S.may_skip, button("Skip this step", kind="ghost", on_click=S.skip), rx.fragment()),
        class_name="row wrap onwards",
    )


def _channels() -> rx.Component:
    return rx.fragment(
        rx.el.p("Everything you and CareOps write goes through these. One that works is enough.", class_name="ink2"),
        _part("E-mail", email_channel()),
        _part("Text messages", sms_channel()),
    )


def _services() -> rx.Component:
    return rx.fragment(
        rx.el.p("Customers see a free time when somebody who gives the service works then.", class_name="ink2"),
        _part("Services", services_block(simple=True)),
        _part("Opening hours", hours_block()),
    )


def _team() -> rx.Component:
    return rx.fragment(
        rx.el.div(team_list(), class_name="card"),
        _part("Invite somebody", invite_form()),
    )


def _part(title: str, content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h3(title), content, class_name="part")


def _when(loaded: Any, content: rx.Component) -> rx.Component:
    """The block once it is there, its shape before."""
    return rx.cond(loaded, content, skeleton(3))
