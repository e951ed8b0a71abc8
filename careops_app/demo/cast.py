"""Who is in the demo business: invented people at reserved addresses (RFC 2606) and numbers (Ofcom's drama ranges)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from careops_app.bookings.models import ResourceKind
from careops_app.forms.rules import Question, QuestionKind
from careops_app.inventory.models import ShortagePolicy
from careops_app.workspace.access import Permission, Role

BUSINESS = "Saltmarsh Skin and Hair"
ADDRESS = "22 Shore Row, Leith, Edinburgh"
PHONE = "0131 496 0142"
EMAIL = "hello@saltmarsh.example"
ZONE = "Europe/London"
INTRO = "Write to us about treatments, prices or a time that suits you. One of us answers the same day."


@dataclass(frozen=True)
class Teammate:
    """Somebody on the team; `takes_bookings` gives them a calendar."""

    name: str
    email: str
    role: Role
    permissions: frozenset[Permission]
    takes_bookings: bool


FULL = frozenset({Permission.INBOX, Permission.BOOKINGS, Permission.FORMS, Permission.INVENTORY})
OWNER = Teammate("Maya Okafor", "maya@saltmarsh.example", Role.OWNER, frozenset(), True)
PRIYA = Teammate("Priya Raman", "priya@saltmarsh.example", Role.STAFF, FULL, True)
JONAS = Teammate("Jonas Weber", "jonas@saltmarsh.example", Role.STAFF, FULL - {Permission.INVENTORY}, True)
ELENA = Teammate("Elena Varga", "elena@saltmarsh.example", Role.STAFF, FULL, False)
STAFF = (PRIYA, JONAS, ELENA)


@dataclass(frozen=True)
class Place:
    """A room or machine that `lanes` visits can use at once."""

    kind: ResourceKind
    name: str
    lanes: int = 1


ROOM = Place(ResourceKind.ROOM, "Treatment room", 2)
DRYER = Place(ResourceKind.EQUIPMENT, "Hood dryer")
PLACES = (ROOM, DRYER)


@dataclass(frozen=True)
class Offer:
    """A service, who gives it, and which places it needs."""

    name: str
    minutes: int
    price: str
    description: str
    by: tuple[Teammate, ...]
    needs_approval: bool = False
    buffer_after: int = 0
    cancel_notice: int = 24 * 60
    seats: int = 1
    daily_cap: int | None = None
    needs: tuple[Place, ...] = ()


FACIAL = Offer(
    "Hydrating facial",
    60,
    "£72",
    "Cleanse, enzyme mask and massage for dry or tired skin.",
    (OWNER, PRIYA),
    buffer_after=10,
    needs=(ROOM,),
)
PEEL = Offer(
    "Peel treatment",
    45,
    "£85",
    "A gentle fruit-acid peel. We ask about your skin first.",
    (PRIYA,),
    buffer_after=15,
    needs=(ROOM,),
)
CONSULT = Offer(
    "Skin consultation", 30, "£25", "We look at your skin together and make a plan.", (OWNER, PRIYA), cancel_notice=0
)
CUT = Offer("Cut and finish", 45, "£48", "Wash, cut and blow-dry.", (JONAS,))
COLOUR = Offer(
    "Full colour",
    120,
    "from £96",
    "Root to tip, with a patch test on file.",
    (JONAS,),
    buffer_after=15,
    daily_cap=3,
    needs=(DRYER,),
)
BROWS = Offer(
    "Brow shape and tint",
    30,
    "£24",
    "Two chairs side by side: come alone or with a friend. We confirm each request by hand.",
    (OWNER,),
    True,
    seats=2,
)
SERVICES = (FACIAL, PEEL, CONSULT, CUT, COLOUR, BROWS)

INTAKE = "Skin intake"
CONSENT = "Peel consent"
FORMS: dict[str, tuple[str, tuple[Question, ...], tuple[Offer, ...]]] = {
    INTAKE: (
        "A few questions about your skin, so that your visit starts where it should.",
        (
            Question("skin_type", QuestionKind.CHOICE, "How would you describe your skin?", required=True,
                     options=("Dry", "Normal", "Combination", "Oily", "I am not sure")),
            Question("sensitive", QuestionKind.CHECKBOX, "Which of these apply to you?",
                     options=("Rosacea", "Eczema", "Pregnancy", "Retinol in the last two weeks")),
            Question("allergies", QuestionKind.LONG_TEXT, "Allergies or reactions we should know of"),
            Question("last_treatment", QuestionKind.DATE, "When was your last facial treatment?"),
        ),
        (FACIAL, PEEL),
    ),
    CONSENT: (
        "Read this before your peel, and sign it.",
        (
            Question("understood", QuestionKind.CONSENT, "I have read how a peel works and what to avoid for a week afterwards.",
                     required=True),
            Question("signature", QuestionKind.SIGNATURE, "Your full name as signature", required=True),
        ),
        (PEEL,),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Stock:
    """An item with what is on the shelf at the start, and what one visit of each service uses."""

    name: str
    unit: str
    on_hand: int
    threshold: int
    supplier: str
    uses: tuple[tuple[Offer, str], ...] = ()
    on_shortage: ShortagePolicy = ShortagePolicy.WARN


ITEMS = (
    Stock("Peel solution", "ml", 400, 100, "Dermalux", ((PEEL, "5"),), ShortagePolicy.HIDE),
    Stock("Enzyme mask", "sachets", 60, 15, "Dermalux", ((FACIAL, "1"),)),
    Stock("Dark blonde 6/0", "tubes", 26, 15, "Coloris", ((COLOUR, "1.5"),)),
    Stock("Developer 6 %", "ml", 4000, 800, "Coloris", ((COLOUR, "90"),)),
    Stock("Nitrile gloves M", "pairs", 70, 45, "MedSupply", ((PEEL, "1"), (FACIAL, "1"), (COLOUR, "1"))),
    Stock("Cotton pads", "packs", 40, 10, "MedSupply", ((FACIAL, "0.25"), (PEEL, "0.25"))),
    Stock("Brow tint, brown", "tubes", 8, 3, "Browline", ((BROWS, "0.1"),), ShortagePolicy.APPROVE),
    Stock("Shampoo", "litres", 12, 3, "Coloris", ((CUT, "0.05"), (COLOUR, "0.1"))),
    Stock("Conditioner", "litres", 9, 3, "Coloris", ((CUT, "0.05"), (COLOUR, "0.1"))),
    Stock("Towels, disposable", "pieces", 300, 60, "MedSupply", ((CUT, "1"), (COLOUR, "2"), (FACIAL, "1"))),
    Stock("Foils", "rolls", 14, 3, "Coloris"),
    Stock("Disinfectant", "litres", 10, 4, "MedSupply"),
)


@dataclass(frozen=True)
class Person:
    """A customer; at least one of e-mail and phone."""

    name: str
    email: str
    phone: str = ""


def _person(name: str, phone: str = "", mailbox: str = "") -> Person:
    return Person(name, f"{mailbox or name.lower().replace(' ', '.')}@example.com", phone)


AMELIA = _person("Amelia Hart", "0131 496 0143")
DANIEL = _person("Daniel Osei", "0131 496 0201")
MINA = _person("Mina Sato")
OSCAR = _person("Oscar Lind")
ZOE = _person("Zoe Park", "0131 496 0316", mailbox="bounce+zoe.park")
BETH = _person("Beth Calloway", "0131 496 0222")
LEILA = _person("Leila Haddad", "0131 496 0233")
HANNAH = _person("Hannah Fischer", "0131 496 0244")
SOPHIE = _person("Sophie Laurent", "0131 496 0255")
ISLA = _person("Isla Campbell", "0131 496 0266")
GRACE = _person("Grace Mbeki")
BEN = _person("Ben Archer", "0131 496 0376")
REGULARS = (
    AMELIA, DANIEL, BETH, LEILA, HANNAH, SOPHIE, ISLA,
    _person("Callum Reid", "0131 496 0277"), _person("Rosa Jimenez"), _person("Yusuf Demir", "0131 496 0288"),
    _person("Ruth Feldman", "0131 496 0299"), GRACE, _person("Nadia Karim", "0131 496 0310"),
    _person("Emma Thorsen"), _person("Anya Petrova", "0131 496 0321"), _person("Maria Costa"),
    _person("Freya Lund", "0131 496 0332"), _person("Noor Aziz"), _person("Paula Reyes", "0131 496 0343"), _person("Sana Malik"),
    _person("Kate Dunn", "0131 496 0354"),
    _person("Mei Tan"), _person("Julia Stein", "0131 496 0365"), _person("Orla Keane"), BEN,
    _person("Tara Quinn"), _person("Holly Winters", "0131 496 0387"),
)  # fmt: skip
"""Customers who book; together with Mina, Oscar and Zoe they are thirty."""

ANSWERS = {
    INTAKE: {"skin_type": "Dry", "sensitive": ["Eczema"], "allergies": "Nickel, a little."},
    CONSENT: {"understood": True},
}


def amount(text: str) -> Decimal:
    """A quantity as written above."""
    return Decimal(text)
