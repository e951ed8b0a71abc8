"""A full day, a waitlist, a cancellation: the time goes down the list until somebody takes it, and everybody is told."""

from datetime import timedelta

from careops_app.demo import cast
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

WAITING = ("Ada Byron", "Ben Okri")


def join(clinic: Business, who: str, day: str) -> Visitor:
    """Somebody finds nothing that suits and joins the waitlist from the booking page."""
    mine = Visitor().open(f"/b/{clinic.slug}?service={clinic.service(cast.PEEL)}&staff=any").follow("Join the waitlist")
    address = f"{who.split()[0].lower()}@example.com"
    return mine.send("Join", name=who, email=address, first_on=day, last_on=day, until="18:00")


def own_page(clinic: Business, who: str, template: str) -> Visitor:
    """The page behind the link of the newest message of this kind."""
    body = clinic.messages(who, template)[-1].body
    return Visitor().open("/w/" + body.split("/w/")[1].split()[0])


def test_a_cancelled_visit_finds_its_next_customer(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    start = clinic.free(cast.PEEL, 5)[4]
    page = book(visitor, clinic, cast.PEEL, start, name="Nora Vance", email="nora@example.com")
    manage = page.address.split("/m/")[1].split("/")[0]
    for who in WAITING:
        assert "You are on the waitlist" in join(clinic, who, start.date().isoformat()).text
    drain_now()
    assert "You are on the waitlist" in own_page(clinic, "Ada Byron", "waitlist_joined").text

    Visitor().open(f"/m/{manage}").follow("Cancel").send("Cancel the visit")
    drain_now()
    assert len(clinic.messages("Ada Byron", "waitlist_offer")) == 1 and not clinic.messages(
        "Ben Okri", "waitlist_offer"
    )
    assert start not in clinic.free(cast.PEEL, 5, cast.PRIYA), "kept for Ada, so nobody else is offered it"
    assert "A time is free for you" in own_page(clinic, "Ada Byron", "waitlist_offer").text

    clock.advance(minutes=30)
    drain_now()
    assert "You keep your place" in clinic.messages("Ada Byron", "waitlist_lapsed")[0].body
    late = own_page(clinic, "Ada Byron", "waitlist_offer")
    assert "You are on the waitlist" in late.text and "A time is free" not in late.text

    offered = own_page(clinic, "Ben Okri", "waitlist_offer")
    assert "You are booked, Ben" in offered.send("Book").text
    drain_now()
    (confirmation,) = clinic.messages("Ben Okri", "booking_confirmation")
    assert confirmation.has_invite and f"{start:%H:%M}" in confirmation.body
    visits = {(visit.contact, visit.status) for visit in clinic.visits()}
    assert visits == {("Nora Vance", "cancelled"), ("Ben Okri", "confirmed")}
    decided = clinic.decided("waitlist-pass-on")
    assert [state for state, _ in decided] == ["fired"]

    clock.move_to(start + timedelta(days=1))
    drain_now()
    assert "The days you waited for are over" in own_page(clinic, "Ada Byron", "waitlist_joined").text
