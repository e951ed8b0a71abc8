"""The form of the business, and that of its public contact page."""

import reflex as rx

from careops_app.infra.countries import country_names, zones_by_region
from careops_app.ui.components import button, field, note, out_link, select_field, text_field, textarea_field
from careops_app.ui.settings.business.state import BusinessState, unanswered_choices

S = BusinessState


def business_form() -> rx.Component:
    """Everything the public sees of the business, with one Save."""
    return rx.el.form(
        text_field("Name of the business", "name", error=S.errors["name"], default_value=S.name, required=True),
        text_field("Address", "address", error=S.errors["address"], default_value=S.address, optional=True),
        rx.el.div(
            _zone_field(),
            select_field(
                "After how long an unanswered message is an alert", "unanswered_after_minutes",
                [(S.unanswered_after, S.unanswered_words), *unanswered_choices()],
                error=S.errors["unanswered_after_minutes"], default_value=S.unanswered_after,
            ),
            class_name="two",
        ),
        text_field(
            "Contact e-mail", "contact_email", type="email", default_value=S.contact_email,
            error=S.errors["contact_email"], hint="Customers see it, and answers to your messages arrive there.",
            required=True,
        ),
        rx.el.div(_country_field(), _phone_field(), class_name="two"),
        _colour_field(),
        rx.el.div(button("Save the business", kind="primary", type="submit"), class_name="row wrap"),
        on_submit=S.save,
        no_validate=True,
        class_name="setup",
        key=f"business-{S.version}",
    )  # fmt: skip


def contact_page_form() -> rx.Component:
    """The words above the public contact form, and the way to look at it."""
    return rx.el.form(
        textarea_field(
            "Words above the form", "contact_intro", error=S.errors["contact_intro"], default_value=S.contact_intro,
            hint="One or two sentences: what customers can ask, and how soon you answer.", optional=True, rows=3,
        ),
        rx.el.p(
            "The form asks for a name, an e-mail address or a phone number, and a message. "
            "Each inquiry becomes one contact with one conversation in your inbox.",
            class_name="small muted",
        ),
        rx.el.div(
            button("Save the contact form", kind="primary", type="submit"),
            out_link("Preview", href=f"/c/{S.slug}", class_name="btn"),
            class_name="row wrap",
        ),
        on_submit=S.save_contact_page,
        class_name="setup",
        key=f"contact-page-{S.version}",
    )  # fmt: skip


def _zone_field() -> rx.Component:
    """The present zone stands first, whether or not it is one that people live in."""
    zones = [(zone, zone.replace("_", " ")) for region in zones_by_region().values() for zone in region]
    return select_field(
        "Time zone", "time_zone", [(S.time_zone, S.time_zone), *zones, ("UTC", "UTC")], error=S.errors["time_zone"],
        default_value=S.time_zone,
    )  # fmt: skip


def _country_field() -> rx.Component:
    return select_field(
        "Country", "phone_region", list(country_names().items()), error=S.errors["phone_region"],
        hint="Phone numbers without a country code are read as numbers of this country.", default_value=S.phone_region,
    )  # fmt: skip


def _phone_field() -> rx.Component:
    return text_field(
        "Phone", "phone", type="tel", error=S.errors["phone"], default_value=S.phone, optional=True,
        hint="Shown on your public pages.",
    )  # fmt: skip


def _colour_field() -> rx.Component:
    """The colour with what it will look like; a colour that would be hard to read is adjusted, and said so."""
    well = rx.el.input(
        type="color", name="brand_color", id="brand_color", default_value=S.brand_color, on_change=S.try_colour,
        class_name="well", aria_describedby="brand_color-error",
    )  # fmt: skip
    shown = rx.el.div(well, rx.el.code(S.colour), class_name="row")
    return rx.fragment(
        field("Your colour", shown, id="brand_color", error=S.errors["brand_color"]),
        rx.cond(
            S.colour_notes,
            note(rx.foreach(S.colour_notes, lambda line: rx.el.p(line, key=line)), icon_name="palette"),
            rx.fragment(),
        ),
    )
