"""How far a lead has come, and the two tables that say where it may go: by hand, and by a rule."""

from enum import StrEnum


class Stage(StrEnum):
    NEW = "new"
    CONTACTED = "contacted"
    BOOKED = "booked"
    CUSTOMER = "customer"
    LOST = "lost"


# By hand. New means that nobody has answered yet, so nothing returns to it; a customer stays one until lost.
MAY_MOVE: dict[Stage, frozenset[Stage]] = {
    Stage.NEW: frozenset({Stage.CONTACTED, Stage.BOOKED, Stage.CUSTOMER, Stage.LOST}),
    Stage.CONTACTED: frozenset({Stage.BOOKED, Stage.CUSTOMER, Stage.LOST}),
    Stage.BOOKED: frozenset({Stage.CONTACTED, Stage.CUSTOMER, Stage.LOST}),
    Stage.CUSTOMER: frozenset({Stage.LOST}),
    Stage.LOST: frozenset({Stage.CONTACTED, Stage.BOOKED, Stage.CUSTOMER}),
}

# By a rule, forward only: a reply makes a new lead contacted, a booking makes it booked (a lost one comes back),
# a completed visit makes a customer.
ADVANCES: dict[Stage, frozenset[Stage]] = {
    Stage.NEW: frozenset({Stage.CONTACTED, Stage.BOOKED, Stage.CUSTOMER}),
    Stage.CONTACTED: frozenset({Stage.BOOKED, Stage.CUSTOMER}),
    Stage.BOOKED: frozenset({Stage.CUSTOMER}),
    Stage.CUSTOMER: frozenset(),
    Stage.LOST: frozenset({Stage.BOOKED, Stage.CUSTOMER}),
}
