"""A visitor with a browser that runs no scripts: opens pages, fills in their forms, presses their buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from httpx2 import Response
from starlette.testclient import TestClient

HOME = "http://shop.test"


@dataclass
class Button:
    """What sends a form: its words, what it adds to the form, and where else it sends it, if it does."""

    words: str
    adds: dict[str, str]
    action: str


@dataclass
class Form:
    """A form as it stands in a page: where it goes, and what it holds when nothing more is typed."""

    action: str
    method: str
    fields: dict[str, str]
    buttons: list[Button] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects forms, links and labelled controls; enough of HTML for pages that we write ourselves."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.classes: list[tuple[str, str]] = []
        self._select: str | None = None
        self._textarea: str | None = None
        self._link: list[str] | None = None
        self._button: Button | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get"), {}))
        if tag == "a":
            self._link = [found.get("href", ""), ""]
            self.classes.append((found.get("class", ""), found.get("href", "")))
        if not self.forms:
            return
        if tag == "button":
            adds = {found["name"]: found.get("value", "")} if "name" in found else {}
            self._button = Button("", adds, found.get("formaction", ""))
            self.forms[-1].buttons.append(self._button)
        fields = self.forms[-1].fields
        if tag == "input" and found.get("name"):
            is_tick = found.get("type") in ("checkbox", "radio")
            if is_tick and "checked" not in found:
                return
            fields[found["name"]] = found.get("value", "on" if is_tick else "")
        elif tag == "textarea":
            self._textarea = found["name"]
            fields[found["name"]] = ""
        elif tag == "select":
            self._select = found["name"]
        elif tag == "option" and self._select and ("selected" in found or self._select not in fields):
            fields[self._select] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            self.links.append((self._link[0], " ".join(self._link[1].split())))
            self._link = None
        if tag == "button" and self._button:
            self._button.words = " ".join(self._button.words.split())
            self._button = None
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._link:
            self._link[1] += data
        if self._button:
            self._button.words += data
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data.removeprefix("\n")


class Page:
    """An answer, as somebody sees it."""

    def __init__(self, response: Response) -> None:
        self.response, self.status, self.text = response, response.status_code, response.text
        self._read = _Reader()
        self._read.feed(response.text)

    @property
    def to(self) -> str:
        """Where a redirect leads."""
        return self.response.headers.get("location", "")

    @property
    def title(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text)
        return re.sub(r"<[^>]*>", "", found[1]) if found else ""

    @property
    def words(self) -> str:
        """The page without its tags."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.text).split()).replace(" ,", ",").replace("&amp;", "&")

    def form(self, action: str) -> Form:
        """The form that goes to this address (its query left out)."""
        return next(form for form in self._read.forms if form.action.partition("?")[0] == action)

    def button(self, words: str) -> tuple[Form, Button]:
        """The button whose words begin so, with its form."""
        return next(
            (form, button) for form in self._read.forms for button in form.buttons if button.words.startswith(words)
        )

    def buttons(self, adds: str) -> list[str]:
        """What the buttons that add this field put into it, in reading order."""
        return [button.adds[adds] for form in self._read.forms for button in form.buttons if adds in button.adds]

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        return next(href for href, said in self._read.links if words in said)

    def links(self, kind: str = "") -> list[str]:
        """Where all links of a class lead."""
        return [href for classes, href in self._read.classes if kind in classes.split()]

    def problem(self, field: str) -> str:
        """What stands beside a field as its problem."""
        found = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', self.text)
        return found[1] if found else ""

    @property
    def alert(self) -> str:
        """What is wrong with the whole form."""
        found = re.search(r'role="alert">.*?<div>(.*?)</div>', self.text)
        return found[1] if found else ""


@dataclass
class Visitor:
    """Somebody with a browser."""

    browser: TestClient

    def open(self, address: str, **named: Any) -> Page:
        return Page(self.browser.get(address, **named))

    def post(self, address: str, data: dict[str, Any] | None = None, *, origin: str | None = HOME) -> Page:
        headers = {"origin": origin} if origin is not None else {}
        return Page(self.browser.post(address, data=data or {}, headers=headers))

    def send(self, page: Page, action: str, **typed: str) -> Page:
        """Fill in the form of the page and press its button."""
        form = page.form(action)
        return self.post(urljoin(str(page.response.url), form.action), {**form.fields, **typed})

    def press(self, page: Page, words: str, **typed: str) -> Page:
        """Press the button whose words begin so, after filling in its form."""
        form, button = page.button(words)
        action = urljoin(str(page.response.url), button.action or form.action)
        return self.post(action, {**form.fields, **button.adds, **typed})

    def follow(self, page: Page) -> Page:
        assert page.status == 303, (page.status, page.words)
        return self.open(page.to)
