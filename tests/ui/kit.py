"""Every part of the kit on one page, fed from a state, as the screens do it. The state has no handlers: it only shows."""

from dataclasses import dataclass

import reflex as rx

from careops_app.infra.states import STATE
from careops_app.ui import components as ui
from careops_app.ui.shells import staff_shell


@dataclass(frozen=True)
class KitRow:
    """A row as a screen would hold it: texts made already."""

    id: int
    name: str
    initials: str
    status: str
    line: str
    href: str
    waits: bool


class KitState(rx.State):
    """Values of every shape a part must take."""

    rows: list[KitRow] = [
        KitRow(1, "Amelia Hart", "AH", "confirmed", "Thank you! Is parking on Shore Row still free?", "/app/x/1", True),
        KitRow(2, "Ruth Feldman", "RF", "pending", "See you at 10:15, the side door is open.", "/app/x/2", False),
        KitRow(3, "Mina Sato", "MS", "no_show", "Do you do bridal trials on Sundays?", "/app/x/3", False),
    ]
    errors: dict[str, str] = {"email": "Add the part after the dot, such as .com"}
    staff: list[tuple[str, str]] = [("1", "Priya Raman"), ("2", "Jonas Lindqvist")]
    state: str = "message.held"
    is_on: bool = True
    is_open: bool = False
    is_busy: bool = False
    is_blocked: bool = True
    side: str = "auto"
    channel: str = "sms"
    count: int = 4
    none: int = 0
    share: str = "62.5%"
    to_later: str = "/app/x?page=2"


def kit_page() -> rx.Component:
    """The whole sheet inside the shell."""
    return staff_shell(
        "Component sheet",
        ui.page_header(
            "Component sheet",
            "Every shared part in every state.",
            ui.button("Move", icon_name="calendar-clock"),
            ui.button("New booking", icon_name="plus", kind="primary"),
        ),
        ui.body(
            rx.el.div(
                _states(), _figures(), rx.el.div(_buttons(), _fields(), class_name="g2"),
                rx.el.div(_lists(), _nothing(), class_name="g2"), rx.el.div(_thread(), _conversations(), class_name="g2"),
                rx.el.div(_alerts(), _record(), class_name="g2"), _notes(), class_name="cards",
            ),
        ),
        _overlays(),
        current="Dashboard",
        page="kit",
    )  # fmt: skip


def _states() -> rx.Component:
    literal = [ui.badge(key, bare=False) for key in STATE]
    by_var = rx.foreach(KitState.rows, lambda row: ui.badge(row.status, area="booking"))
    more = [
        ui.badge(KitState.state, label="2 held", bare=True),
        ui.state_icon(KitState.state),
        rx.el.span(ui.word_of(KitState.state), custom_attrs={"data-tone": ui.tone_of(KitState.state)}),
    ]
    return ui.card(ui.padded(*literal, by_var, *more, class_name="row wrap"), title="States", id="states")


def _figures() -> rx.Component:
    blocks = [_figure(name) for name in ("Bookings", "Conversations", "Forms", "Inventory")]
    progress = ui.progress(
        "Setup", done=5, total=8, share=KitState.share, before="5 of 8 done", after="1 thing stops opening"
    )
    way = ui.steps(
        "Progress",
        ui.step("Requested", reached=True, icon_name="check"),
        ui.step("Confirmed", reached=KitState.is_on, current=KitState.is_on, icon_name="calendar-check"),
        ui.step("Completed", reached=False),
    )
    return rx.el.div(ui.stats(*blocks), progress, way, class_name="cards")


def _figure(name: str) -> rx.Component:
    to = "/app/bookings/"
    return ui.stat_block(
        name, icon_name="calendar-days", figure=KitState.count, unit="today, 84 in the next 7 days", to=to,
        split=ui.split_bar(("good", 2), ("bad", KitState.none), ("here", 2), ("info", KitState.count), ("rest", 3)),
        rows=[
            ui.stat_row("Here now", KitState.none, tone="here", icon_name="user-check", to=to),
            ui.stat_row("Completed", 2, tone="good", icon_name="circle-check", to=to),
            ui.stat_row("No-show", 1, tone="bad", icon_name="user-x", to=to),
            ui.stat_row("Waived this week", 1, tone="mute", icon_name="shield-off", to=to),
        ],
    )  # fmt: skip


def _buttons() -> rx.Component:
    return ui.card(
        ui.padded(
            ui.button("New booking", icon_name="plus", kind="primary"), ui.button("Not now", kind="ghost"),
            ui.button("Cancel visit", kind="danger"), ui.button("Cancel the visit", kind="danger-solid"),
            ui.button("Check in", icon_name="lock", kind="primary", blocked=True, reason="The intake form is missing"),
            ui.button("Move", blocked=KitState.is_blocked, reason="Only future visits can be moved"),
            ui.button("Saving", icon_name="save", busy=True),
            ui.button("Save", icon_name="save", busy=KitState.is_busy),
            ui.icon_button("ellipsis", "More"), ui.link_button("Open inbox", to="/app/inbox/", icon_name="inbox"),
            ui.link_icon("x", "Close", to="/app/"), ui.out_link("Booking page", href="/b/saltmarsh"),
            ui.menu(
                lambda **props: ui.icon_button("ellipsis", "More for Amelia", kind="plain", **props),
                ui.menu_group("Visit"), ui.menu_action("Move", icon_name="calendar-clock", id="kit-menu"),
                ui.menu_link("Open conversation", icon_name="inbox", to="/app/inbox/"),
                ui.menu_action("Cancel", icon_name="ban", id="kit-menu", danger=True),
                id="kit-menu", label="More for Amelia",
            ),
            class_name="row wrap",
        ),
        title="Buttons", id="buttons",
    )  # fmt: skip


def _fields() -> rx.Component:
    return ui.card(
        rx.el.form(
            rx.el.div(
                ui.text_field("Mobile", "phone", hint="We text reminders only", default_value="07700 900142"),
                ui.text_field("Email", "email", type="email", error=KitState.errors["email"]),
                class_name="two",
            ),
            ui.select_field("Who", "member", KitState.staff, optional=True),
            ui.select("view", [("day", "Day"), ("week", "Week")], small=True, quiet=True, aria_label="View"),
            ui.textarea_field("Message", "message", placeholder="Allergies, access needs", rows=3),
            ui.field("Colour", ui.text_input("color", type="color"), id="color"),
            ui.textarea("plain", aria_label="Plain"),
            ui.problem("form", "Not saved."),
            ui.checkbox("Keep booking reminders going", "keep", hint="For this visit", default_checked=True),
            rx.el.fieldset(
                rx.el.legend("4 messages wait"),
                ui.radio("Move them", "wait", "move", default_checked=True),
                ui.radio("Drop them", "wait", "drop"),
                class_name="row wrap",
            ),
            rx.el.div(ui.switch("Welcome", on=KitState.is_on), "On", class_name="row"),
            rx.el.div(ui.switch("Staff reply", on=True, blocked=True, reason="Always on"), "On", class_name="row"),
            ui.choice_segment(
                "Channel", [("sms", "SMS", "smartphone"), ("email", "Email", "mail")], current=KitState.channel,
                on_pick=lambda value: rx.console_log(value),
            ),
            ui.search_box("Find an item"),
            class_name="pad stack",
        ),
        title="Fields", id="fields",
    )  # fmt: skip


def _lists() -> rx.Component:
    to = "/app/contacts/"
    body = rx.foreach(
        KitState.rows,
        lambda row: rx.el.tr(
            rx.el.td(rx.el.div(ui.avatar(row.initials), ui.cover_link(row.name, to=row.href), class_name="row")),
            rx.el.td(row.line, class_name="hid"),
            rx.el.td(ui.badge(row.status, area="booking", bare=True)),
            key=row.id.to_string(),
        ),
    )
    head = [ui.column("Customer"), ui.column("Last message", wide_only=True), ui.column("State")]
    return ui.card(
        ui.padded(
            ui.tabs("Lists", ui.tab("Open", to=to, current=True, count=11), ui.tab("Mine", to=to, current=False)),
            ui.segmented(
                "View",
                ui.segment("Day", to=to, current=False),
                ui.segment("Week", to=to, current=KitState.is_on, icon_name="calendar-days"),
            ),
            ui.back_link("All forms", to=to),
        ),
        ui.group_heading("Messages to customers", "Counts cover the last 30 days"),
        ui.table(head, body, label="Contacts"),
        ui.rows(rx.el.li(rx.el.div(ui.cover_link("Skin intake", to=to), rx.el.small("8 questions")))),
        ui.pager("1–25 of 132", to_earlier="", to_later=KitState.to_later),
        title="Lists",
        id="lists",
        beside=ui.link("Show all", to=to, class_name="small"),
    )


def _nothing() -> rx.Component:
    text = "A form asks customers what you need before a visit. Link it to a service and it is sent with every booking."
    return rx.el.div(
        ui.card(
            ui.empty("No forms yet", text, ui.button("Start from skin intake", kind="primary"), icon_name="file-text")
        ),
        ui.card(ui.failed("The ledger did not answer within 5 s.", on_retry=rx.noop(), reference="Error 7F2C, logged")),
        ui.card(ui.skeleton(3), title="Loading"),
        class_name="cards",
    )


def _thread() -> rx.Component:
    at = {"time": "14:02", "instant": "2026-06-08T13:02:00Z"}
    why = ui.link("Why sent?", to="/app/automation/")
    return ui.card(
        rx.el.div(
            ui.day_line("Monday 8 June"),
            ui.event_line("Amelia wrote through the ", rx.el.b("contact form"), icon_name="globe", **at),
            ui.message_bubble("Would a peel suit me?", author="Amelia Hart", side="in", channel="web", **at),
            ui.message_bubble(
                "Someone answers within two working hours.", author="Welcome", side=KitState.side,
                channel=KitState.channel, state="delivered", subject="Thanks for writing", why=why, **at,
            ),
            ui.message_bubble("Yes, gently.", author="Priya Raman", side="out", channel="email", state="failed", **at),
            ui.message_bubble("Sensitive skin.", author="Maya Okafor", side="note", channel="note", **at),
            class_name="msgs", role="log", aria_label="Messages",
        ),
        title="Thread", id="thread",
    )  # fmt: skip


def _conversations() -> rx.Component:
    at = {"time": "08:32", "instant": "2026-06-16T07:32:00Z"}
    items = rx.foreach(
        KitState.rows,
        lambda row: ui.conversation_item(
            ui.badge("work.unanswered", label="Unanswered 55 min", bare=True),
            name=row.name, initials=row.initials, channel=KitState.channel, line=row.line, to=row.href,
            unanswered=row.waits, current=row.waits, key=row.id.to_string(), **at,
        ),
    )  # fmt: skip
    first = ui.conversation_item(
        name="Oscar Lind", initials="OL", channel="email", line="Gift voucher", to="/app/x", **at
    )
    return ui.card(rx.el.ul(items, first), title="Conversations", id="conversations")


def _alerts() -> rx.Component:
    rows = [
        ui.alert_row(
            kind=kind, severity=severity, title=title, why="Amelia Hart, peel treatment today 13:00.", age="38 min",
            go="Open booking", to="/app/bookings/",
            menu=ui.icon_button("ellipsis", f"History: {title}"),
        )
        for kind, severity, title in [
            ("form_overdue", "urgent", "Skin intake form is overdue"),
            ("unanswered", "today", "Daniel Osei is waiting for a reply"),
            ("stock_low", "soon", "Nitrile gloves M are below the threshold"),
        ]
    ]  # fmt: skip
    return ui.card(rx.el.ul(*rows), title="Needs attention", id="alerts")


def _record() -> rx.Component:
    return ui.card(
        ui.padded(
            ui.facts(
                ui.fact("scissors", rx.el.b("Peel treatment"), ", 45 min, £85"),
                ui.fact("clock", "Tue 16 June 2026, 13:00–13:45 BST"),
            ),
            ui.definitions(("Mobile", "07700 900142"), ("Email", "amelia.hart@example.com")),
            rx.el.span(ui.channel_icon("email"), ui.channel_word("email")),
            ui.avatar("Amelia Hart", "lg"),
            class_name="stack",
        ),
        title="A record",
        id="record",
    )


def _notes() -> rx.Component:
    return rx.el.div(
        ui.note(rx.el.b("Check-in is closed."), " The form is missing.", tone="bad", icon_name="lock"),
        ui.note("With these hours the first bookable peel is Wed 13 May."),
        ui.note("By a rule.", tone=ui.tone_of(KitState.state)),
        ui.banner(
            rx.el.b("All automation is paused."), " 14 wait.", icon_name="circle-pause", action=ui.button("Resume")
        ),
        ui.mark(),
        ui.icon("search", 20),
        rx.el.i(custom_attrs=ui.inline(width=KitState.share)),
        ui.copy_field("Booking page", "https://localhost/b/saltmarsh", id="copied"),
        ui.post_form(ui.button("Sign out", type="submit"), action="/sign-out"),
        class_name="cards",
    )


def _overlays() -> rx.Component:
    shut = rx.noop()
    return rx.fragment(
        ui.drawer(
            "Amelia Hart", rx.el.section(rx.el.h3("Forms"), "1 of 2 done"), open=KitState.is_open, on_open_change=shut,
            description="Reference SM-7KQ4", header=ui.facts(ui.fact("clock", "13:00")),
            actions=ui.button("Check in", kind="primary"), wide=True,
        ),
        ui.dialog("Rename", open=KitState.is_open, on_open_change=shut, actions=ui.closing(ui.button("Keep"))),
        ui.confirm(
            "Cancel Amelia’s visit?", "This frees the time and drops 3 planned messages.", verb="Cancel the visit",
            safe="Keep visit", open=KitState.is_open, on_open_change=shut, on_confirm=rx.noop(), busy=KitState.is_busy,
        ),
        rx.cond(
            KitState.is_open,
            ui.side_panel(
                rx.el.section("Body"), label="Booking: Amelia", to_close="/app/bookings/", header=rx.el.h2("Amelia"),
                actions=ui.button("Check in", kind="primary"),
            ),
            rx.fragment(),
        ),
    )  # fmt: skip
