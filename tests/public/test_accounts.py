"""Accounts through HTTP: the first page, creating a business, signing in and out, resets, invitations."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from careops_app.inbox.models import ChannelAccount
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.public.sign_in.view import own_address
from careops_app.workspace import queries, service, sign_in
from careops_app.workspace.access import Permission, Role
from careops_app.workspace.models import Invitation, PasswordReset
from careops_app.workspace.service import Invitee
from tests import people
from tests.people import PASSWORD

NEW = {
    "business": "Tidewater <Repairs>", "person": "Rosa Diaz", "email": "Rosa@Example.com", "password": PASSWORD,
    "time_zone": "Europe/Madrid", "country": "ES",
}  # fmt: skip


def actor_of(visitor):
    """Who the visitor's cookie is, for the application."""
    token = visitor.browser.cookies.get("sid")
    session_id = token and db.fetch_now(queries.session_id_for_token, SYSTEM, token)
    return session_id and db.fetch_now(queries.actor_for_session_id, SYSTEM, session_id)


def newest(model, what):
    return db.fetch_now(lambda session: what(session.exec(select(model).order_by(model.id.desc())).first()), SYSTEM)


# --- the first page ---------------------------------------------------------------------------------------------------


def test_the_first_page_offers_to_create_a_business_or_to_look_around(visitor):
    page = visitor.open("/")
    assert page.link("Create your business") == "/sign-up"
    assert page.form("/demo").method == "post"
    assert page.link("Sign in") == "/sign-in"


def test_who_is_signed_in_finds_the_way_to_the_app(visitor):
    visitor.browser.cookies.set("sid", people.owner().token)
    assert visitor.open("/").link("Open CareOps") == "/app/"


def test_where_sign_up_is_closed_there_is_only_the_way_to_sign_in(visitor, setting):
    setting("CAREOPS_SIGNUP", "closed")
    page = visitor.open("/")
    assert page.link("Sign in") == "/sign-in" and "/sign-up" not in page.text and "/demo" not in page.text
    assert visitor.open("/sign-up").status == 404
    assert visitor.post("/sign-up", NEW).status == 404
    assert visitor.post("/demo").status == 404
    assert "/sign-up" not in visitor.open("/sign-in").text


# --- creating a business ----------------------------------------------------------------------------------------------


def test_creating_a_business_signs_its_owner_in_and_goes_on_to_the_set_up(visitor):
    done = visitor.send(visitor.open("/sign-up"), "/sign-up", **NEW)
    assert (done.status, done.to) == (303, "/app/onboarding/")
    actor = actor_of(visitor)
    card = db.fetch_now(queries.workspace_card, actor)
    assert (card.name, card.slug, card.time_zone, card.phone_region) == (
        "Tidewater <Repairs>", "tidewater-repairs", "Europe/Madrid", "ES",
    )  # fmt: skip
    assert (actor.role, actor.name, card.is_open) == (Role.OWNER, "Rosa Diaz", False)


def test_a_new_business_starts_with_channels_that_send_nothing_out(visitor):
    visitor.send(visitor.open("/sign-up"), "/sign-up", **NEW)
    rows = db.fetch_now(lambda session, _: session.exec(select(ChannelAccount)).all(), actor_of(visitor))
    assert {(row.kind, row.provider) for row in rows} == {("email", "captured"), ("sms", "captured")}


def test_the_cookie_is_hidden_from_scripts_and_not_sent_by_other_sites(visitor):
    done = visitor.send(visitor.open("/sign-up"), "/sign-up", **NEW)
    cookie = done.response.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("sid=", "httponly", "samesite=lax", "path=/"))


def test_over_https_the_cookie_is_bound_to_the_host(visitor, setting):
    setting("CAREOPS_PUBLIC_URL", "https://shop.test")
    form = visitor.open("/sign-up").form("/sign-up")
    done = visitor.post("/sign-up", {**form.fields, **NEW}, origin="https://shop.test")
    cookie = done.response.headers["set-cookie"]
    assert cookie.startswith("__Host-sid=") and "Secure" in cookie and "Domain" not in cookie


def test_everything_that_is_wrong_is_said_at_once_and_what_was_typed_is_kept(visitor):
    page = visitor.send(
        visitor.open("/sign-up"), "/sign-up", business="T", person=" ", email="rosa@", password="tiny-7", country="XX"
    )  # fmt: skip
    assert page.status == 422
    assert all(page.problem(field) for field in ("business", "person", "email", "password", "country"))
    assert page.form("/sign-up").fields["email"] == "rosa@" and "tiny-7" not in page.text
    assert "autofocus" in page.text and 'aria-invalid="true"' in page.text


def test_what_was_typed_comes_back_as_text_never_as_markup(visitor):
    page = visitor.send(visitor.open("/sign-up"), "/sign-up", **NEW | {"email": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text and "Tidewater &lt;Repairs&gt;" in page.text


def test_an_address_that_has_an_account_is_told_so(visitor):
    people.owner(email="rosa@example.com")
    page = visitor.send(visitor.open("/sign-up"), "/sign-up", **NEW)
    assert page.status == 422 and "already an account" in page.problem("email")


def test_the_zone_and_country_of_the_visitor_are_chosen_beforehand(visitor):
    visitor.browser.cookies.set("tz", "America/New_York")
    fields = visitor.open("/sign-up").form("/sign-up").fields
    assert (fields["time_zone"], fields["country"]) == ("America/New_York", "US")


@pytest.mark.parametrize("cookie", ["", "Nowhere/Land", "../../etc/passwd"])
def test_without_a_usable_zone_it_is_london(visitor, cookie):
    visitor.browser.cookies.set("tz", cookie)
    fields = visitor.open("/sign-up").form("/sign-up").fields
    assert (fields["time_zone"], fields["country"]) == ("Europe/London", "GB")


def test_an_older_name_of_a_zone_can_be_kept(visitor):
    visitor.browser.cookies.set("tz", "Europe/Kiev")
    done = visitor.send(visitor.open("/sign-up"), "/sign-up", **{k: v for k, v in NEW.items() if k != "time_zone"})
    assert done.status == 303 and db.fetch_now(queries.workspace_card, actor_of(visitor)).time_zone == "Europe/Kiev"


def test_only_so_many_businesses_come_from_one_network(visitor, visitors):
    form = visitor.open("/sign-up").form("/sign-up")
    statuses = [
        visitor.post("/sign-up", {**form.fields, **NEW, "email": f"o{n}@example.com"}).status for n in range(11)
    ]
    assert statuses == [303] * 10 + [429]
    assert visitors("198.51.100.9").post("/sign-up", {**NEW, "email": "other@example.com"}).status == 303


# --- signing in -------------------------------------------------------------------------------------------------------


def test_signing_in_leads_to_the_app(visitor):
    person = people.owner()
    done = visitor.send(visitor.open("/sign-in"), "/sign-in", email=" Olivia@example.com ", password=PASSWORD)
    assert (done.status, done.to) == (303, "/app/")
    assert actor_of(visitor).member_id == person.actor.member_id


def test_signing_in_goes_on_to_the_screen_that_was_wanted(visitor):
    people.owner()
    page = visitor.open("/sign-in?next=/app/inbox?c=3")
    assert visitor.send(page, "/sign-in", email="olivia@example.com", password=PASSWORD).to == "/app/inbox?c=3"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/app", "/\\evil.example", "/application", "/app/../sign-out", "javascript:1",
     "/app//evil.example", "/app\n", "/app/%2e%2e/x", "/app/" + "x" * 600, "", "/sign-out", "/app/%0d%0aset-cookie:x"],
)  # fmt: skip
def test_no_address_outside_the_app_is_gone_on_to(elsewhere):
    assert own_address(elsewhere) == "/app/"


def test_who_is_signed_in_already_goes_on_at_once(visitor):
    visitor.browser.cookies.set("sid", people.owner().token)
    assert visitor.open("/sign-in?next=/app/bookings").to == "/app/bookings"


def test_an_unknown_account_and_a_wrong_password_read_the_same(visitor):
    people.owner()
    wrong = visitor.post("/sign-in", {"email": "olivia@example.com", "password": "not the pass phrase"})
    unknown = visitor.post("/sign-in", {"email": "nobody@example.com", "password": "not the pass phrase"})
    assert wrong.status == unknown.status == 422
    assert wrong.alert == unknown.alert == "The e-mail address or the password is not right."
    assert wrong.text.replace("olivia", "nobody") == unknown.text
    assert "not the pass phrase" not in wrong.text and wrong.form("/sign-in").fields["email"] == "olivia@example.com"


def test_too_many_tries_are_told_how_long_to_wait_and_the_right_password_does_not_help(visitor, clock):
    people.owner()
    for _ in range(8):
        assert visitor.post("/sign-in", {"email": "olivia@example.com", "password": "wrong"}).status == 422
    right = {"email": "olivia@example.com", "password": PASSWORD}
    refused = visitor.post("/sign-in", right)
    assert refused.status == 429 and "Try again in 15 min" in refused.alert
    assert int(refused.response.headers["retry-after"]) <= 901
    clock.advance(minutes=16)
    assert visitor.post("/sign-in", right).status == 303


def test_signing_in_ends_the_session_the_browser_had(visitor):
    old = people.owner()
    visitor.browser.cookies.set("sid", old.token)
    visitor.post("/sign-in", {"email": "olivia@example.com", "password": PASSWORD})
    assert db.fetch_now(queries.session_id_for_token, SYSTEM, old.token) is None
    assert visitor.browser.cookies.get("sid", domain="shop.test") != old.token


def test_signing_out_ends_the_session_and_clears_the_cookie(visitor):
    person = people.owner()
    visitor.browser.cookies.set("sid", person.token)
    done = visitor.post("/sign-out")
    assert db.fetch_now(queries.session_id_for_token, SYSTEM, person.token) is None
    assert "Max-Age=0" in done.response.headers["set-cookie"]
    assert "You are signed out." in visitor.follow(done).words


def test_an_unencrypted_connection_is_named_before_a_password_is_typed(visitor):
    warning = "This connection is not encrypted"
    assert warning in visitor.open("/sign-in").words
    assert warning not in visitor.open("http://localhost:3000/sign-in").words
    assert warning not in visitor.open("https://shop.test/sign-in").words


def test_the_workspace_is_switched_in_a_new_session(visitor):
    person = people.owner()
    second = db.transact_now(service.found_another, SYSTEM, person.actor.user_id, "Second House", "Europe/London")
    visitor.browser.cookies.set("sid", person.token)
    done = visitor.post("/switch", {"workspace_id": str(second.workspace_id)})
    visitor.browser.cookies.clear()
    visitor.browser.cookies.set("sid", re.search("sid=([^;]+)", done.response.headers["set-cookie"])[1])
    assert done.to == "/app/" and actor_of(visitor).workspace_id == second.workspace_id
    assert db.fetch_now(queries.session_id_for_token, SYSTEM, person.token) is None


@pytest.mark.parametrize("wanted", ["999", "", "x", "-1", "1" * 30])
def test_nobody_switches_to_a_workspace_that_is_not_theirs(visitor, wanted):
    person = people.owner()
    foreign = people.owner("Other Place", "other@example.com").actor.workspace_id
    visitor.browser.cookies.set("sid", person.token)
    assert visitor.post("/switch", {"workspace_id": wanted or str(foreign)}).status == 404
    assert actor_of(visitor).workspace_id == person.actor.workspace_id


def test_switching_needs_a_session(visitor):
    assert visitor.post("/switch", {"workspace_id": "1"}).to == "/sign-in"


# --- a new password ---------------------------------------------------------------------------------------------------


def reset_link():
    return f"/reset/{newest(PasswordReset, sign_in.reset_token)}"


def test_a_password_is_reset_by_a_link_that_works_once(visitor):
    person = people.owner()
    asked = visitor.send(visitor.open("/reset"), "/reset", email="olivia@example.com")
    assert "a link is on its way" in visitor.follow(asked).words
    page = visitor.open(reset_link())
    assert page.title == "Choose a new password"
    done = visitor.post(reset_link(), {"password": "a brand new pass phrase"})
    assert done.to == "/sign-in?signed=reset" and "new password is set" in visitor.follow(done).words
    assert db.fetch_now(queries.session_id_for_token, SYSTEM, person.token) is None
    assert visitor.post("/sign-in", {"email": "olivia@example.com", "password": PASSWORD}).status == 422
    assert (
        visitor.post("/sign-in", {"email": "olivia@example.com", "password": "a brand new pass phrase"}).status == 303
    )
    assert visitor.open(reset_link()).status == 404
    assert visitor.post(reset_link(), {"password": "yet another pass phrase"}).status == 404


def test_asking_for_a_link_reads_the_same_for_accounts_that_do_not_exist(visitor):
    people.owner()
    known, unknown = (visitor.post("/reset", {"email": f"{who}@example.com"}) for who in ("olivia", "nobody"))
    assert (known.status, known.to, known.text) == (unknown.status, unknown.to, unknown.text)
    for who in ("olivia", "nobody"):
        statuses = [visitor.post("/reset", {"email": f"{who}@example.com"}).status for _ in range(3)]
        assert statuses == [303, 303, 429]


def test_the_link_expires_and_weak_passwords_are_refused(visitor, clock):
    people.owner()
    visitor.post("/reset", {"email": "olivia@example.com"})
    weak = visitor.post(reset_link(), {"password": "short"})
    assert weak.status == 422 and weak.problem("password")
    clock.advance(minutes=31)
    assert visitor.open(reset_link()).text == visitor.open("/reset/nonsense").text
    assert visitor.post(reset_link(), {"password": "a brand new pass phrase"}).status == 404


def test_what_is_no_address_is_said_beside_the_field(visitor):
    page = visitor.post("/reset", {"email": "olivia"})
    assert page.status == 422 and page.problem("email") and page.form("/reset").fields["email"] == "olivia"


# --- invitations ------------------------------------------------------------------------------------------------------


def invited(email="sam@example.com", role=Role.STAFF):
    owner = people.owner()
    invitee = Invitee(email, "Sam", role, frozenset({Permission.INBOX}))
    db.transact_now(service.invite, owner.actor, invitee)
    return owner, f"/invitation/{newest(Invitation, service.invitation_token)}"


def test_a_new_person_joins_with_a_password_of_their_own(visitor):
    owner, link = invited()
    page = visitor.open(link)
    assert "Olivia Owner invites sam@example.com" in page.words and page.form("").fields["name"] == "Sam"
    done = visitor.post(link, {"name": "Sam Staff", "password": "sams own pass phrase"})
    assert (done.status, done.to) == (303, "/app/")
    actor = actor_of(visitor)
    assert (actor.workspace_id, actor.role, actor.name) == (owner.actor.workspace_id, Role.STAFF, "Sam Staff")
    assert Permission.INBOX in actor.permissions and Permission.CONFIGURE not in actor.permissions
    assert visitor.open(link).status == 404


def test_somebody_with_an_account_joins_with_the_password_they_have(visitor):
    people.owner("Sams Own Shop", "sam@example.com")
    owner = people.owner("Harbour Clinic", "other@example.com")
    db.transact_now(service.invite, owner.actor, Invitee("sam@example.com", "", Role.STAFF, frozenset()))
    link = f"/invitation/{newest(Invitation, service.invitation_token)}"
    assert "You already have an account" in visitor.open(link).words
    wrong = visitor.post(link, {"password": "not the pass phrase"})
    assert wrong.status == 422 and wrong.problem("password")
    assert visitor.post(link, {"password": PASSWORD}).status == 303
    assert actor_of(visitor).workspace_id == owner.actor.workspace_id


def test_guessing_the_password_behind_an_invitation_is_slowed_down(visitor):
    people.owner("Sams Own Shop", "sam@example.com")
    owner = people.owner("Harbour Clinic", "other@example.com")
    db.transact_now(service.invite, owner.actor, Invitee("sam@example.com", "", Role.STAFF, frozenset()))
    link = f"/invitation/{newest(Invitation, service.invitation_token)}"
    assert [visitor.post(link, {"password": f"guess number {n}"}).status for n in range(9)] == [422] * 8 + [429]


def test_what_is_wrong_is_said_and_the_name_is_kept(visitor):
    _, link = invited()
    page = visitor.post(link, {"name": "Sam Staff", "password": "short"})
    assert page.status == 422 and page.problem("password") and page.form("").fields["name"] == "Sam Staff"


def test_expired_used_revoked_and_invented_invitations_look_the_same(visitor, clock):
    owner, link = invited()
    invented = visitor.open("/invitation/nonsense")
    clock.advance(days=8)
    expired = visitor.open(link)
    assert expired.status == 404 and expired.text == invented.text
    assert visitor.post(link, {"name": "Sam", "password": "sams own pass phrase"}).text == invented.text
    clock.move_to(clock.now - timedelta(days=8))
    db.transact_now(service.revoke_invitation, owner.actor, newest(Invitation, lambda row: row.id))
    assert visitor.open(link).text == invented.text
