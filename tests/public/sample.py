"""One page with every part of the public kit, as the views put them together."""

import htpy as h
from htpy import Element

from careops_app.infra.states import Tone
from careops_app.public import components as c
from careops_app.public.layout import Brand, document

SALTMARSH = Brand(
    name="Saltmarsh Skin and Hair",
    address="22 Shore Row, Leith, Edinburgh",
    phone="0131 496 0142",
    email="hello@saltmarsh.example",
    slug="saltmarsh",
    color="#0b6478",
)


def parts() -> Element:
    """Every part once, in reading order."""
    return document("Every part", _booking(), _form(), _visit(), brand=SALTMARSH)


def _booking() -> Element:
    options = h.div(".svc")[
        h.p(".grpn")["Skin"],
        c.option(
            "/b/saltmarsh?service=1", "Hydrating facial", price="£72", text="Cleanse, mask, massage.", length="60 min"
        ),
        c.person_option("/b/saltmarsh?who=0", "Anyone free", text="Most times to choose from", anyone=True),
        c.person_option("/b/saltmarsh?who=1", "Priya Raman", text="Skin therapist. Next free Wed 17 June, 12:30 BST"),
    ]
    chosen = c.summary(
        "Your visit",
        c.summary_line("scissors", "Peel treatment", "45 min", change="/b/saltmarsh"),
        c.summary_line("banknote", "£85", "Pay at the studio", minor=True),
    )
    return h.div[
        c.back_link("/b/saltmarsh"),
        c.steps(["Service", "Who", "Time", "Details"], 2),
        h.div(".flow")[h.section(".grow")[h.h1["What would you like to book?"], options, _times()], chosen],
    ]


def _times() -> Element:
    days = [h.td[h.a(".d", {"aria-current": "date" if n == 23 else None}, href="?")[str(n)]] for n in range(22, 29)]
    week = h.table[h.tbody[h.tr[[h.td[h.span(".d")[str(n)]] for n in range(15, 22)]], h.tr[days]]]
    slots = [h.a(".slot", href="?")[time] for time in ("09:15", "10:00", "11:30", "13:00")]
    return h.div(".pickt")[
        h.div(".mon")[h.div(".hd")[h.b["June 2026"]], week, h.p(".key")[h.i, "Days with free times"]],
        h.div(".times")[h.h2["Tuesday 23 June 2026"], h.h3["Morning"], h.div(".slots")[slots]],
    ]


def _form() -> Element:
    return h.section[
        h.h2["Your details"],
        c.form_problem("This time has just been taken. The nearest free ones are below."),
        c.form(
            "/b/saltmarsh",
            c.text_field("Name", "name", value="Nora Vance", autocomplete="name"),
            h.div(".two")[
                c.text_field(
                    "Email", "email", value="nora@example", problem="Add the part after the dot.", type="email"
                ),
                c.text_field("Mobile", "phone", type="tel", hint="Email or mobile is enough.", optional=True),
            ],
            c.select_field("Time zone", "zone", {"Europe": [("Europe/London", "London")]}, value="Europe/London"),
            c.select_field("Country", "country", [("GB", "United Kingdom"), ("FR", "France")], value="GB"),
            c.textarea_field("Anything we should know?", "message", optional=True, hint="Allergies, access needs"),
            c.checkbox("Send me reminders for this visit", "remind", checked=True),
            c.choices("Any allergies?", "allergy", [("yes", "Yes"), ("no", "No")], chosen=["yes"]),
            c.choices("Used lately?", "used", [("a", "Retinol"), ("b", "None")], several=True, problem="Choose one."),
            c.button("Book Tue 23 June, 13:00", large=True),
            key="1.2.3",
        ),
    ]


def _visit() -> Element:
    return h.section[
        c.done_mark(),
        h.h2["You are booked, Nora"],
        c.reference("SM-2WXP"),
        c.badge("booking.confirmed"),
        c.progress("Answered", 5, 8),
        c.note("We will remind you.", tone=Tone.INFO),
        c.echo("Do you do bridal trials on Sundays?"),
        c.what_next(
            c.next_line("clipboard-list", "Skin intake form", "About 4 minutes.", c.link_button("Fill in now", "/f/x")),
            c.next_line("mail", "Confirmation is on its way"),
        ),
        h.div(".row.wrap")[
            c.post_button("Cancel the visit", "/m/x/cancel", kind="danger-solid", fields={"reason": "ill"}),
            c.link_button("Keep it", "/m/x", icon_name="calendar-check"),
        ],
    ]
