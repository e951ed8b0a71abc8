"""Public pages are strict, small, complete HTML; the stylesheets agree with each other and with the icons."""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from careops_app.infra.states import STATE
from careops_app.public import components, layout
from careops_app.public.icons import DRAWINGS
from tests.public.sample import SALTMARSH, parts

ASSETS = Path(__file__).parents[2] / "assets"
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Reader(HTMLParser):
    """Collects every tag with its attributes, and notices tags that are closed out of order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def html() -> str:
    return str(parts())


@pytest.fixture(scope="module")
def tags(html) -> list[tuple[str, dict[str, str | None]]]:
    return Reader(html).tags


def test_the_page_carries_its_strict_headers():
    response = layout.page("Hello", "text", brand=SALTMARSH, status=404)
    assert response.status_code == 404
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_nothing_on_a_page_needs_what_the_policy_forbids(tags):
    assert [tag for tag, attributes in tags if "style" in attributes] == []
    assert [tag for tag, _ in tags if tag == "style"] == []
    assert [name for _, attributes in tags for name in attributes if name.startswith("on")] == []
    assert [attributes for tag, attributes in tags if tag == "script" and not attributes.get("src")] == []


def test_every_file_of_a_page_is_ours_and_marked_with_its_content(tags):
    addresses = [a.get("href") or a.get("src") or "" for tag, a in tags if tag in ("link", "script")]
    assert all(address.startswith("/") and "?v=" in address for address in addresses)


def test_every_control_has_a_label_and_points_to_what_explains_it(html, tags):
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    labelled = {attributes.get("for") for tag, attributes in tags if tag == "label"}
    for tag, attributes in tags:
        described = (attributes.get("aria-describedby") or "").split()
        assert set(described) <= ids
        if tag in ("input", "select", "textarea") and attributes.get("type") not in ("hidden", "checkbox", "radio"):
            assert attributes["id"] in labelled
    assert html.count("<h1") == 1


def test_what_was_typed_is_escaped_and_kept():
    text = '</textarea><script>alert("x")</script>'
    drawn = str(components.textarea_field("Message", "message", value=f"\n{text}"))
    assert "<script" not in drawn and "\n\n&lt;/textarea&gt;" in drawn
    assert "&#34;&gt;" in str(components.text_field("Name", "name", value='">'))


def test_a_first_visit_is_light(html):
    css, font = (ASSETS / "public.css").read_bytes(), (ASSETS / "fonts" / "figtree-latin.woff2").stat().st_size
    script = (ASSETS / "zone.js").read_bytes()
    styles = len(gzip.compress(css))
    assert styles <= 9 * 1024
    brand = len(layout.brand_css(SALTMARSH.color))
    assert len(gzip.compress(html.encode())) + styles + font + brand + len(gzip.compress(script)) <= 60_000
    assert len(gzip.compress(html.encode())) <= 15_000


def test_the_business_colours_both_modes():
    css = layout.brand_css("#c2185b")
    assert "--accent-solid:#c2185b" in css and "prefers-color-scheme:dark" in css
    assert layout.brand_css("red;}") == layout.brand_css(layout.DEFAULT_BRAND)


def test_states_that_customers_may_read_have_a_drawing():
    shown = [state for key, state in STATE.items() if key.split(".")[0] in ("booking", "form")]
    assert [state.icon for state in shown if state.icon not in DRAWINGS] == []


@pytest.mark.parametrize(
    "page",
    [
        layout.dead_link(),
        layout.dead_link(brand=SALTMARSH),
        layout.not_open(SALTMARSH),
        layout.page_not_found(),
        layout.too_many(3),
        layout.our_fault(),
    ],
)
def test_pages_that_are_a_sentence_are_whole(page):
    html = str(page)
    assert Reader(html).open == [] and html.count("<h1") == 1 and '<main id="main"' in html


def test_both_stylesheets_carry_the_same_tokens():
    staff, public = ((ASSETS / name).read_text() for name in ("careops.css", "public.css"))
    ours, theirs = tokens(staff), tokens(public)
    assert theirs and {name: values for name, values in theirs.items() if ours.get(name) != values} == {}


def test_no_rule_stands_twice_in_a_stylesheet():
    for name in ("careops.css", "public.css"):
        lines = [line for line in (ASSETS / name).read_text().splitlines() if re.match(r"[.a-z#\[:].*\{.*\}$", line)]
        assert [line for line in lines if lines.count(line) > 1] == []


def tokens(css: str) -> dict[str, list[str]]:
    """Every colour token with its values in order: light, then dark."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css):
        found.setdefault(name, []).append(value)
    return found
