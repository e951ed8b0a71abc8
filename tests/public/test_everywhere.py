"""What holds for every public address: headers, origins, methods, writes, weight, and what a broken page says."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.routing import Route

from careops_app.bookings.links import manage_token, waitlist_token
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.public import business
from careops_app.public.edge import METHODS
from careops_app.public.layout import ASSETS
from careops_app.public.routes import ROUTES
from careops_app.public.welcome import demo
from careops_app.workspace import service, sign_in
from careops_app.workspace.access import Role
from careops_app.workspace.models import Invitation, PasswordReset
from careops_app.workspace.service import Invitee
from tests.bookings.clinic import tuesday
from tests.bookings.waiting import waits
from tests.public.test_accounts import newest
from tests.public.test_unsubscribe import automatic_mail
from tests.public.visitor import HOME, Visitor

PATHS = [route.path for route in ROUTES if isinstance(route, Route)]
KILOBYTE = 1024
FIRST_VISIT, NEXT_PAGE = 60 * KILOBYTE, 15 * KILOBYTE


@pytest.fixture
def world(clinic, builder):
    """Addresses that open, for every placeholder of the routes."""
    booking = clinic.booked(tuesday("10:00"))
    db.transact_now(service.invite, clinic.owner, Invitee("sam@example.com", "Sam", Role.STAFF, frozenset()))
    db.transact_now(sign_in.request_reset, SYSTEM, "olivia@example.com")
    tokens = {
        "/m/": clinic.do(manage_token, booking),
        "/w/": clinic.do(waitlist_token, waits(clinic)),
        "/invitation/": newest(Invitation, service.invitation_token),
        "/u/": automatic_mail(clinic),
        "/reset/": newest(PasswordReset, sign_in.reset_token),
    }

    def fill(path: str) -> str:
        token = next((token for prefix, token in tokens.items() if path.startswith(prefix)), "invented")
        named = {"slug": "saltmarsh-skin", "token": token, "document:int": "1"}
        return re.sub(r"{([^}]*)}", lambda found: named[found[1]], path)

    return fill


def visits(world, clinic) -> list[str]:
    """Addresses worth opening: every route, and the steps that hide behind queries."""
    steps = [
        "/reset?sent=1", "/c/saltmarsh-skin?sent=1", f"/b/saltmarsh-skin/waitlist?service={clinic.peel}",
        f"/b/saltmarsh-skin/waitlist?service={clinic.peel}&joined=1", f"/b/saltmarsh-skin?service={clinic.peel}",
        f"/b/saltmarsh-skin?service={clinic.peel}&staff=any", f"/b/saltmarsh-skin?service={clinic.cut}&zones=1",
        f"/b/saltmarsh-skin?service={clinic.peel}&staff=any&start=2026-11-25T10:00Z",
        world("/m/{token}/move") + "?start=2026-11-25T10:00Z", "/b/nobody", "/m/invented", "/c/%00", "/m/x?sent=1",
    ]  # fmt: skip
    return [world(path) for path in PATHS] + steps


def test_every_address_is_listed_once():
    assert len(PATHS) == len(set(PATHS)) and len(PATHS) > 15


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers_that_protect_it(world, visitor, path):
    address = world(path)
    for method in METHODS:
        for origin in (HOME, "https://evil.example"):
            answer = visitor.browser.request(method, address, headers={"origin": origin})
            named = answer.headers
            csp = named["content-security-policy"]
            assert answer.status_code < 500, (method, answer.status_code)
            assert "unsafe" not in csp and "frame-ancestors 'none'" in csp and "default-src 'none'" in csp
            assert named["x-content-type-options"] == "nosniff" and named["x-frame-options"] == "DENY"
            assert named["referrer-policy"] == "same-origin" and "cache-control" in named
            assert named["cross-origin-opener-policy"] == named["cross-origin-resource-policy"] == "same-origin"


def test_pages_about_people_are_kept_by_nobody(world, clinic, visitor):
    for address in visits(world, clinic):
        if not address.startswith(("/brand", "/robots")):
            assert visitor.open(address).response.headers["cache-control"] == "no-store"


FOREIGN = ("https://evil.example", "null", "http://shop.test.evil.example", "ftp://shop.test", None)


def test_nothing_is_taken_from_other_sites(world, visitor):
    for path in PATHS:
        for origin in FOREIGN:
            assert visitor.post(world(path), {"name": "x"}, origin=origin).status in (403, 405), (path, origin)


def test_the_browsers_own_word_on_where_a_form_came_from_counts_too(clinic, visitor):
    headers = {"origin": HOME, "sec-fetch-site": "cross-site"}
    assert visitor.browser.post("/c/saltmarsh-skin", headers=headers).status_code == 403


def test_other_methods_are_refused(world, visitor):
    for path in PATHS:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = visitor.browser.request(method, world(path), headers={"origin": HOME})
            assert answer.status_code == 405 and set(answer.headers["allow"].split(", ")) <= {"GET", "HEAD", "POST"}


def test_looking_writes_nothing_anywhere(world, clinic, visitor, written):
    addresses, before = visits(world, clinic), written()
    for address in addresses:
        visitor.open(address)
        visitor.browser.head(address)
    assert written() == before


def test_a_page_that_breaks_says_so_and_hides_why(clinic, visitor, monkeypatch):
    monkeypatch.setattr(business, "ROBOTS", object())
    page = visitor.open("/robots.txt")
    assert page.status == 500 and page.title == "Something went wrong on our side"
    assert "object" not in page.text and "default-src 'none'" in page.response.headers["content-security-policy"]


def test_what_is_no_form_is_refused(clinic, visitor):
    headers = {"origin": HOME, "content-type": "multipart/form-data; boundary=x"}
    assert visitor.browser.post("/c/saltmarsh-skin", content=b"junk", headers=headers).status_code in (400, 422)
    many = "&".join(f"f{n}=1" for n in range(500))
    headers["content-type"] = "application/x-www-form-urlencoded"
    assert visitor.browser.post("/c/saltmarsh-skin", content=many, headers=headers).status_code == 400
    assert visitor.browser.post("/c/saltmarsh-skin", content=b"a" * 400_000, headers=headers).status_code == 413


def test_search_engines_are_kept_from_personal_pages(visitor):
    text = visitor.open("/robots.txt").text
    assert all(f"Disallow: {path}" in text for path in ("/app", "/m/", "/f/", "/reset", "/invitation", "/u/"))


# --- weight -----------------------------------------------------------------------------------------------------------


def wire(visitor: Visitor, address: str) -> int:
    """The bytes of an answer's body as they travel."""
    with visitor.browser.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        return sum(len(part) for part in answer.iter_raw())


def files() -> int:
    """What the first page brings along besides itself: styles, scripts, icon and the font."""
    packed = sum(len(gzip.compress((ASSETS / name).read_bytes(), 6)) for name in ("public.css", "zone.js", "hold.js"))
    return packed + sum((ASSETS / name).stat().st_size for name in ("fonts/figtree-latin.woff2", "favicon.ico"))


def test_a_first_visit_stays_below_60_kb_and_the_next_page_below_15(world, clinic, visitor):
    heavy = {}
    brand = wire(visitor, "/brand/saltmarsh-skin.css?v=0b6478")
    for address in visits(world, clinic):
        page = wire(visitor, address)
        if page > NEXT_PAGE or page + files() + brand > FIRST_VISIT:
            heavy[address] = (page, page + files() + brand)
    assert heavy == {}


def test_the_page_with_the_most_on_it_is_light_as_well(clinic, visitor):
    """A month of quarter hours by two people, with a second zone beside each."""
    visitor.browser.cookies.set("tz", "Asia/Tokyo")
    assert wire(visitor, f"/b/saltmarsh-skin?service={clinic.peel}&staff=any&day=2026-11-26&zones=1") < NEXT_PAGE


def test_pages_need_no_script_and_load_nothing_from_elsewhere(world, clinic, visitor):
    for address in visits(world, clinic):
        text = visitor.open(address).text
        assert not re.search(r"<script(?![^>]*\ssrc=\"/)|\sstyle=|\son[a-z]+=", text), address
        assert not re.search(r"<(?!a )[^>]*(src|href)=\"(https?:)?//", text), address


def test_icons_are_asked_for_only_where_they_are_drawn(world, clinic, visitor):
    """Every page renders: an icon that is not drawn would be an error."""
    assert {visitor.open(address).status for address in visits(world, clinic)} <= {200, 303, 404, 405}


# --- the demo business ------------------------------------------------------------------------------------------------


@pytest.fixture
def builder(monkeypatch):
    """The demo's builder, replaced by one that founds a business at once; the real one has tests of its own."""
    from careops_app.workspace.models import Workspace

    def build() -> None:
        from tests import people

        owner = people.owner("Demo Clinic", "demo@example.com").actor

        def mark(session, actor):
            workspace = session.get(Workspace, actor.workspace_id)
            workspace.is_demo = True
            session.add(workspace)

        db.transact_now(mark, owner)

    monkeypatch.setattr(demo, "building", demo.Building())
    monkeypatch.setattr(demo.demo, "build_demo", build)
    return build


def test_one_click_signs_in_as_the_owner_of_the_demo_business(visitor, builder):
    done = visitor.send(visitor.open("/"), "/demo")
    assert (done.status, done.to) == (303, "/app/") and "sid=" in done.response.headers["set-cookie"]


def test_while_it_is_built_a_page_says_so_and_looks_again(visitor, builder, monkeypatch):
    import threading

    go_on = threading.Event()
    monkeypatch.setattr(demo, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(demo.demo, "build_demo", lambda: (go_on.wait(20), builder()))
    with visitor.browser:
        assert visitor.send(visitor.open("/"), "/demo").to == "/demo"
        waiting = visitor.open("/demo")
        assert (
            waiting.title == "The demo business is being built" and 'http-equiv="refresh" content="3"' in waiting.text
        )
        go_on.set()
        for _ in range(200):
            if "is ready" in (ready := visitor.open("/demo")).title:
                break
        assert "data-at-once" in ready.text and visitor.send(ready, "/demo").to == "/app/"


def test_when_it_cannot_be_built_the_page_says_so(visitor, builder, monkeypatch):
    def fail() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(demo.demo, "build_demo", fail)
    with visitor.browser:
        done = visitor.send(visitor.open("/"), "/demo")
        assert done.to == "/demo" and visitor.open("/demo").title == "The demo business could not be built"


def test_the_waiting_page_without_anything_to_wait_for_leads_home(visitor, builder):
    assert visitor.open("/demo").to == "/"


def test_scripts_are_files_of_ours():
    assert all((Path(ASSETS) / name).is_file() for name in ("zone.js", "enter.js", "hold.js"))
