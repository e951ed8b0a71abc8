"""What happens in the demo business, in order of time: who books what, who writes what, who answers.

Days are counted from today on the clinic's clock; minutes after midnight. Nothing here knows how it is carried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from careops_app.demo import cast
from careops_app.demo.cast import Offer, Person, Teammate

FIRST_DAY, LAST_DAY = -8, 7
HOUR = 60
EVENING = 16 * HOUR


@dataclass(frozen=True)
class Visit:
    """A booking: who, what, with whom, when, and how many days before it was made."""

    person: Person
    offer: Offer
    staff: Teammate
    day: int
    minute: int
    booked_before: int
    ends: str = "completed"  # completed | no_show | cancelled: what became of it once it is over
    fills_forms: bool = True
    opens_forms: bool = False  # begins with a form and does not send it
    note: str = ""

    @property
    def is_last_of_today(self) -> bool:
        """Whether nobody has said yet how it went: it is the end of the day."""
        return self.day == 0 and self.minute >= EVENING


@dataclass(frozen=True)
class Line:
    """One message of a conversation: from the person, or from somebody on the team. Negative ages are minutes ago."""

    person: Person
    day: int
    minute: int
    text: str
    by: Teammate | None = None
    form: bool = False  # through the contact form
    closes: bool = False
    ago: int | None = None  # minutes before now, instead of day and minute
    sms: bool = False


ROTA: tuple[tuple[Teammate, tuple[tuple[int, Offer], ...]], ...] = (
    (cast.PRIYA, ((9 * 60, cast.FACIAL), (10 * 60 + 30, cast.PEEL), (11 * 60 + 45, cast.CONSULT), (14 * 60, cast.FACIAL),
                  (16 * 60, cast.PEEL))),
    (cast.JONAS, ((9 * 60 + 30, cast.CUT), (11 * 60, cast.COLOUR), (14 * 60 + 30, cast.CUT), (16 * 60, cast.COLOUR))),
    (cast.OWNER, ((10 * 60, cast.CONSULT), (13 * 60, cast.FACIAL), (15 * 60, cast.BROWS))),
)  # fmt: skip


def visits() -> Iterator[Visit]:
    """A week behind and a week ahead."""
    turn = 0
    for day in range(FIRST_DAY + 1, LAST_DAY + 1):
        for staff, slots in ROTA:
            for place, (minute, offer) in enumerate(slots):
                turn += 1
                if (turn * 7 + place + day) % 10 < _share(day):
                    yield _visit(turn, staff, offer, day, minute)


def _share(day: int) -> int:
    """How many tenths of the rota are taken: this week is full, the past was calmer, the future fills up."""
    return 8 if 0 <= day <= 1 else 5


def _visit(turn: int, staff: Teammate, offer: Offer, day: int, minute: int) -> Visit:
    person = cast.REGULARS[(turn * 5) % len(cast.REGULARS)]
    ends = "no_show" if turn % 17 == 4 else "cancelled" if turn % 13 == 6 else "completed"
    before = min(2 + turn % 5, day - FIRST_DAY)
    note = "First time, a little nervous." if turn % 11 == 3 else ""
    fills, opens = day < 0 or turn % 3 != 1, turn % 6 == 4
    return Visit(person, offer, staff, day, minute, max(1, before), ends, fills, opens, note)


TODAYS_REQUEST = Visit(cast.ZOE, cast.BROWS, cast.OWNER, 1, 16 * 60, 0, note="Could you match last time's shade?")
TWO_FRIENDS = (
    Visit(cast.GRACE, cast.BROWS, cast.OWNER, 3, 11 * 60, 2),
    Visit(cast.SOPHIE, cast.BROWS, cast.OWNER, 3, 11 * 60, 1, note="With Grace, please."),
)
HELD_VISIT = Visit(cast.AMELIA, cast.PEEL, cast.PRIYA, 1, 17 * 60 + 30, 3, fills_forms=False)

LINES: tuple[Line, ...] = (
    Line(cast.AMELIA, -7, 14 * 60 + 2, "Hello, I would like a peel but my skin is rather sensitive. Is that possible?", form=True),
    Line(cast.AMELIA, -7, 15 * 60 + 10,
         "Hi Amelia, yes, we would start with the gentlest strength. You can choose a time on our booking page.",
         by=cast.PRIYA, closes=True),
    Line(cast.BETH, -6, 10 * 60, "Do you sell the cleanser you used on me last week?", form=True),
    Line(cast.BETH, -6, 11 * 60 + 20, "We do, it is £19 at the desk. Shall I keep one for you?", by=cast.ELENA),
    Line(cast.BETH, -6, 11 * 60 + 45, "Yes, that would be lovely, thank you"),
    Line(cast.BETH, -6, 12 * 60, "Done, it has your name on it.", by=cast.ELENA, closes=True),
    Line(cast.LEILA, -5, 9 * 60 + 15, "Running ten minutes late today, sorry"),
    Line(cast.LEILA, -5, 9 * 60 + 18, "No problem at all, see you soon.", by=cast.JONAS, closes=True),
    Line(cast.GRACE, -5, 12 * 60 + 5, "Which of your facials suits very dry skin?", form=True),
    Line(cast.GRACE, -5, 12 * 60 + 50, "The hydrating one, by far. You can choose a time on our booking page.", by=cast.PRIYA,
         closes=True),
    Line(cast.SOPHIE, -4, 16 * 60, "Is there parking near you on Saturdays?", form=True),
    Line(cast.SOPHIE, -4, 16 * 60 + 40, "Shore Row is free for two hours on Saturdays, right outside.", by=cast.ELENA, closes=True),
    Line(cast.HANNAH, -3, 18 * 60 + 5, "Perfect, thanks for fitting me in!"),
    Line(cast.HANNAH, -2, 9 * 60 + 5, "Our pleasure, Hannah. See you next month.", by=cast.PRIYA, closes=True),
    Line(cast.ISLA, -2, 12 * 60, "Can I bring my daughter along for the full colour? She is six and reads quietly."),
    Line(cast.ISLA, -2, 12 * 60 + 30, "Of course. There is a chair by the window for her.", by=cast.JONAS),
    Line(cast.BEN, -1, 17 * 60 + 20, "My hair has grown a lot since spring. Is 45 minutes still enough?"),
    Line(cast.BEN, -1, 17 * 60 + 35, "Plenty, Ben. See you then.", by=cast.JONAS),
    Line(cast.MINA, 0, 0, "Do you do bridal trials on Sundays? The wedding is in April.", form=True, ago=55),
    Line(cast.DANIEL, 0, 0, "Could I come at 12 instead of 11 on my next visit?", ago=4 * HOUR + 10),
    Line(cast.OSCAR, 0, 0, "I am looking for a gift voucher for my sister, about £80. Do you have something like that?", form=True,
         ago=6),
    Line(cast.AMELIA, 0, 0, "Morning! The form link says something about a patch test, what is that?", ago=100),
    Line(cast.AMELIA, 0, 0, "Just a dab behind the ear a day before. Tell me which time suits you and I will note it.",
         by=cast.ELENA, ago=45),
    Line(cast.AMELIA, 0, 0, "Thank you! Is parking on Shore Row still free?", ago=11),
)  # fmt: skip
