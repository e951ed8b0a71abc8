"""Takes a picture of every screen of the demo business, and fails on what must not be on any of them.

    make screenshots                         all of them, 360, 820 and 1440 px wide, light and dark
    .venv/bin/python scripts/screenshots.py inbox booking      only those whose name contains one of the words

Findings are sideways overflow, text that leaves its box, errors in the console, and serious findings of axe.
Four pictures for the README go to docs/screenshots/; all go to docs/screenshots/all/, which is not committed.
"""

from __future__ import annotations

import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlmodel import Session, col, select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from careops_app.bookings.models import Booking, BookingStatus, Service  # noqa: E402
from careops_app.contacts.models import Contact  # noqa: E402
from careops_app.forms.models import Form, FormRequest  # noqa: E402
from careops_app.inbox.models import Conversation, Message  # noqa: E402
from careops_app.infra import db  # noqa: E402
from careops_app.infra.cookies import session_cookie_name  # noqa: E402
from careops_app.infra.db import SYSTEM  # noqa: E402
from careops_app.inventory.models import Item  # noqa: E402
from careops_app.workspace import links, queries, sign_in  # noqa: E402
from careops_app.workspace.access import Role  # noqa: E402
from careops_app.workspace.models import Member, Purpose  # noqa: E402
from tests.browser.serving import FLAGS, Server, borrowed_database, browser_path, serving  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {360: 780, 820: 1180, 1440: 900}
MODES = ("light", "dark")
README = {"dashboard-1440", "inbox-1440", "bookings-1440", "booking-time-360"}
SEVERE = ("serious", "critical")
LONGEST_WAIT_MS = 20_000
DEMO_SECONDS = 600

FITS = """() => {
  const width = innerWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const scrolls = (element) => {
    for (let above = element.parentElement; above; above = above.parentElement)
      if (/auto|scroll|hidden/.test(getComputedStyle(above).overflowX)) return true;
    return false;
  };
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    const unseen = !box.width || style.position === "fixed" || style.clipPath !== "none" || style.visibility === "hidden";
    if (unseen || element.closest(".sr, .skip, .trap, svg, [popover]:not(:popover-open)")) continue;
    const words = `${element.tagName.toLowerCase()}.${element.className} "${(element.textContent || "").trim().slice(0, 40)}"`;
    if ((box.right > width + 1 || box.left < -1) && !scrolls(element)) found.push(`outside: ${words}`);
    const speaks = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const spills = style.overflowX === "visible" && style.display !== "inline" && element.clientWidth;
    if (speaks && spills && element.scrollWidth > element.clientWidth + 2) found.push(`spills: ${words}`);
  }
  return [...new Set(found)];
}"""
SETTLED = """() => document.readyState === "complete" && document.fonts.status === "loaded"
  && !document.querySelector("[aria-busy=true]")"""


@dataclass(frozen=True)
class View:
    """One picture's subject: its name, its address, who looks ("visitor", "owner" or "staff"), what is pressed first."""

    name: str
    path: str
    who: str = "owner"
    press: str = ""

    @property
    def is_staff_screen(self) -> bool:
        return self.path.startswith("/app")


@dataclass
class Places:
    """What of the demo business the pictures show."""

    slug: str
    tokens: dict[str, str]
    ids: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


def main(words: list[str]) -> int:
    """Take the pictures; the number of findings decides the exit status."""
    if (browser := browser_path()) is None:
        print("No Chromium found: install one or name it in CAREOPS_BROWSER.")
        return 1
    with serving() as server, borrowed_database(server):
        _build_demo(server)
        places = _places()
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
            found = [
                finding
                for view in views(places)
                if not words or any(word in view.name for word in words)
                for finding in _pictures(chromium, server, places, view)
            ]
    print(f"{len(found)} findings")
    return 1 if found else 0


def views(places: Places) -> list[View]:
    """Every screen and page worth a picture."""
    ids, slug = places.ids, places.slug
    public = [
        View("welcome", "/", "visitor"),
        View("sign-in", "/sign-in", "visitor"),
        View("sign-up", "/sign-up", "visitor"),
        View("reset", "/reset", "visitor"),
        View("contact", f"/c/{slug}", "visitor"),
        View("booking", f"/b/{slug}", "visitor"),
        View("booking-who", f"/b/{slug}?service={ids['service']}", "visitor"),
        View("booking-time", f"/b/{slug}?service={ids['service']}&staff=any", "visitor"),
        View("booking-details", f"/b/{slug}?service={ids['service']}&staff=any", "visitor", press=".slot"),
        View("dead-link", "/m/this-link-does-not-work", "visitor"),
        View("nothing-here", "/nothing/here", "visitor"),
        View("manage", f"/m/{places.links['manage']}", "visitor"),
        View("manage-cancel", f"/m/{places.links['manage']}/cancel", "visitor"),
        View("form", f"/f/{places.links['form']}", "visitor"),
    ]
    staff = [
        View("dashboard", "/app/"),
        View("dashboard-staff", "/app/", "staff"),
        View("search", "/app/", press=".find:visible, .topbar button:visible"),
        View("inbox", f"/app/inbox/?c={ids['conversation']}"),
        View("inbox-list", "/app/inbox/"),
        View("suspected", "/app/suspected/"),
        View("bookings", "/app/bookings/"),
        View("bookings-day", "/app/bookings/?view=day"),
        View("bookings-list", "/app/bookings/?view=list"),
        View("booking-record", f"/app/bookings/?booking={ids['booking']}"),
        View("contacts", "/app/contacts/"),
        View("contact-record", f"/app/contacts/?contact={ids['contact']}"),
        View("forms", "/app/forms/"),
        View("form-builder", f"/app/forms/?form={ids['form']}"),
        View("inventory", "/app/inventory/"),
        View("item", f"/app/inventory/?item={ids['item']}"),
        View("automation", "/app/automation/"),
        View("automation-edit", "/app/automation/?edit=booking-reminder"),
        View("automation-log", "/app/automation/?log=decisions"),
        View("dry-run", "/app/dry-run/?rule=booking-reminder&leads=2880,120"),
        View("explain-message", f"/app/explain/?message={ids['message']}"),
        View("explain-booking", f"/app/explain/?booking={ids['booking']}"),
        View("explain-contact", f"/app/explain/?contact={ids['contact']}", press=".expl summary:visible"),
        View("alerts", "/app/automation/?log=alerts"),
        View("onboarding", "/app/onboarding/"),
        *[View(f"settings-{part}", f"/app/settings/?section={part}") for part in SETTINGS_PARTS],
        View("settings-staff", "/app/settings/", "staff"),
    ]
    return public + staff


def _build_demo(server: Server) -> None:
    """Through the door of the product: the button on the first page, then waiting until the business is there."""
    request = urllib.request.Request(f"{server.url}/demo", method="POST", headers={"origin": server.url})
    urllib.request.urlopen(request, timeout=60).close()
    deadline = time.monotonic() + DEMO_SECONDS
    while db.fetch_now(queries.demo_workspace, SYSTEM) is None:
        if time.monotonic() > deadline:
            raise TimeoutError("the demo business was not built in time")
        time.sleep(1)


SETTINGS_PARTS = (
    "business", "channels", "services", "rooms", "hours", "time_off", "team", "wording", "keys", "activity", "account",
)  # fmt: skip


def _places() -> Places:
    """Signs the owner and one of the staff in, and picks a record of every kind."""
    built = db.fetch_now(queries.demo_workspace, SYSTEM)
    assert built is not None
    workspace_id, owner_id = built
    slug, staff_id = db.fetch_now(_slug_and_staff, workspace_id)
    found = Places(slug, {"owner": _session(owner_id, workspace_id), "staff": _session(staff_id, workspace_id)})
    found.ids = db.fetch_now(_records, workspace_id)
    subjects = {"manage": (Purpose.MANAGE_BOOKING, "booking"), "form": (Purpose.FORM, "request")}
    for name, (purpose, record) in subjects.items():
        arguments = (workspace_id, workspace_id, purpose, found.ids[record], None)
        found.links[name] = db.transact_now(_link, *arguments)
    return found


def _session(user_id: int, workspace_id: int) -> str:
    return db.transact_now(sign_in.open_session, SYSTEM, user_id, workspace_id).token


def _link(session: Session, scope: int, workspace_id: int, purpose: Purpose, subject_id: int, expires_at: None) -> str:
    return links.link_token(session, workspace_id, purpose, subject_id, expires_at)


def _slug_and_staff(session: Session, scope: int) -> tuple[str, int]:
    member = session.exec(select(Member).where(Member.role == Role.STAFF).order_by(col(Member.id))).first()
    assert member is not None
    return queries.workspace_card(session, scope).slug, member.user_id


def _records(session: Session, scope: int) -> dict[str, int]:
    """One record of every kind, such as a person would open first."""
    booking = session.exec(
        select(Booking).where(Booking.status == BookingStatus.CONFIRMED).order_by(col(Booking.starts_at).desc())
    ).first()
    request = session.exec(select(FormRequest).where(col(FormRequest.submitted_at).is_(None))).first()
    waiting = session.exec(select(Conversation).where(col(Conversation.waiting_since).is_not(None))).first()
    assert booking is not None and request is not None
    first = {
        "conversation": waiting or session.exec(select(Conversation)).first(),
        "booking": booking,
        "request": request,
        "contact": session.exec(select(Contact).where(Contact.id == booking.contact_id)).first(),
        "message": session.exec(select(Message).where(Message.template == "reminder", Message.state == "sent")).first(),
        "service": session.exec(select(Service).order_by(col(Service.id))).first(),
        "form": session.exec(select(Form).order_by(col(Form.id))).first(),
        "item": session.exec(select(Item).order_by(col(Item.id))).first(),
    }
    return {kind: row.id for kind, row in first.items() if row is not None}


def _pictures(chromium: Browser, server: Server, places: Places, view: View) -> Iterator[str]:
    """The pictures of one view; yields what is wrong with it."""
    for width, height in SIZES.items():
        for mode in MODES:
            name = f"{view.name}-{width}" + ("-dark" if mode == "dark" else "")
            context = chromium.new_context(
                base_url=server.url,
                viewport={"width": width, "height": height},
                color_scheme=mode,
                locale="en-GB",
                timezone_id="Europe/London",
            )
            if view.who != "visitor":
                cookie = {"name": session_cookie_name(), "value": places.tokens[view.who], "url": server.url}
                context.add_cookies([cookie])  # pyright: ignore[reportArgumentType]
            found = _picture(context, view, name)
            context.close()
            print(name, "ok" if not found else "")
            for finding in found:
                print("  ", finding)
                yield f"{name}: {finding}"


def _picture(context: BrowserContext, view: View, name: str) -> list[str]:
    page = context.new_page()
    found: list[str] = []
    page.on("console", lambda message: found.extend(_complaint(message)))
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    _open(page, view)
    found += [str(one) for one in page.evaluate(FITS)]
    _save(page, name)
    found += [_told(one) for one in Axe().run(page).response["violations"] if one["impact"] in SEVERE]
    return found


def _open(page: Page, view: View) -> None:
    if view.is_staff_screen:
        with page.expect_websocket() as opened:
            page.goto(view.path)
        opened.value.wait_for_event("framereceived", lambda frame: '"is_hydrated_rx_state_":true' in _text(frame))
    else:
        page.goto(view.path)
    page.wait_for_function(SETTLED, timeout=LONGEST_WAIT_MS)
    if view.press:
        page.locator(view.press).first.click()
        page.wait_for_function(SETTLED, timeout=LONGEST_WAIT_MS)
    page.wait_for_timeout(250)


def _save(page: Page, name: str) -> None:
    (FOLDER / "all").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(FOLDER / "all" / f"{name}.png"))
    if name in README:
        page.screenshot(path=str(FOLDER / f"{name}.png"))


def _complaint(message: ConsoleMessage) -> list[str]:
    """Errors of the console; a page that is meant to be missing may be reported as missing."""
    expected = "status of 404" in message.text
    return [f"console: {message.text[:300]}"] if message.type == "error" and not expected else []


def _told(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    return f"axe: {violation['impact']} {violation['id']} at {nodes[0]['target']}: {nodes[0]['html'][:160]}"


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
