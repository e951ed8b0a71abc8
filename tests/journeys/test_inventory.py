"""Stock through the life of visits: reserved, used, given back; one alert per crossing, gone when stock is back."""

from datetime import timedelta
from decimal import Decimal

from careops_app.bookings import service as bookings
from careops_app.demo import cast
from careops_app.inventory import queries as stock
from careops_app.inventory import service as inventory
from careops_app.inventory.queries import StockFilter
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

SOLUTION = "Peel solution"  # 400 ml, threshold 100, 5 a visit


def come(clinic: Business, name: str, days_ahead: int = 3) -> int:
    """Somebody books a peel; the booking's id."""
    page = book(
        Visitor(), clinic, cast.PEEL, clinic.free(cast.PEEL, days_ahead)[0], name=name, email=f"{name}@example.com"
    )
    assert "You are booked" in page.text
    drain_now()
    return clinic.visits()[-1].id


def leave_only(clinic: Business, millilitres: int) -> None:
    clinic.do(inventory.count, clinic.item(SOLUTION).id, Decimal(millilitres), by=cast.PRIYA)
    drain_now()


def test_one_alert_on_crossing_with_a_mail_and_it_resolves_on_restock(clinic: Business) -> None:
    leave_only(clinic, 104)
    assert clinic.alerts("stock_low") == []
    come(clinic, "nora")
    (alert,) = clinic.alerts("stock_low")
    assert SOLUTION in alert.title and alert.link == f"/app/inventory?item={clinic.item(SOLUTION).id}"
    (mail,) = clinic.mails("stock_alert")
    assert mail.recipient == cast.OWNER.email and SOLUTION in mail.subject + mail.body
    assert mail.rule == "restock-alert" and mail.event_id
    assert [row.name for row in clinic.ask(stock.item_list, StockFilter.ATTENTION).rows] == [SOLUTION]

    come(clinic, "mina")
    assert len(clinic.all_alerts("stock_low")) == len(clinic.mails("stock_alert")) == 1, "one per crossing"

    clinic.do(inventory.receive, clinic.item(SOLUTION).id, Decimal(100), by=cast.PRIYA)
    drain_now()
    assert clinic.alerts("stock_low") == []
    (closed,) = clinic.all_alerts("stock_low")
    assert closed.resolved_at is not None and closed.resolution

    leave_only(clinic, 90)
    assert len(clinic.alerts("stock_low")) == 1 and len(clinic.all_alerts("stock_low")) == 2, "the next crossing"


def test_a_visit_reserves_then_uses(clinic: Business, clock: HandClock) -> None:
    visit = come(clinic, "nora")
    assert (clinic.item(SOLUTION).on_hand, clinic.item(SOLUTION).reserved) == (400, 5)
    clock.move_to(clinic.visits()[0].starts_at + timedelta(minutes=1))
    clinic.do(bookings.check_in, visit, by=cast.PRIYA)
    clinic.do(bookings.complete, visit, by=cast.PRIYA)
    assert (clinic.item(SOLUTION).on_hand, clinic.item(SOLUTION).reserved) == (395, 0)
    card = clinic.ask(stock.item_card, clinic.item(SOLUTION).id)
    assert card.movements.rows[0].booking_id == visit
    assert clinic.ask(stock.drift) == ()


def test_a_visit_that_does_not_take_place_gives_back(clinic: Business, clock: HandClock) -> None:
    cancelled, missed = come(clinic, "nora"), come(clinic, "mina")
    clinic.do(bookings.cancel, cancelled, "Closed that day")
    assert clinic.item(SOLUTION).reserved == 5
    clock.move_to(clinic.visits()[1].starts_at + timedelta(minutes=30))
    clinic.do(bookings.mark_no_show, missed)
    assert (clinic.item(SOLUTION).on_hand, clinic.item(SOLUTION).reserved) == (400, 0)
    assert clinic.ask(stock.drift) == ()


def test_the_forecast_names_the_visits_that_run_short(clinic: Business) -> None:
    visits = [come(clinic, "nora", 3), come(clinic, "mina", 4)]
    leave_only(clinic, 7)
    card = clinic.ask(stock.item_card, clinic.item(SOLUTION).id)
    assert [need.booking_id for need in card.needs] == visits
    assert [need.missing for need in card.needs] == [0, 3]
    assert card.item.short_visits == 1 and card.item.runs_out_on is not None
