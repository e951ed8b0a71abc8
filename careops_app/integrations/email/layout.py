"""The HTML part of a mail: the same words as the text part, in one calm column. Inline styles, as mail needs them."""

from __future__ import annotations

import re

from htpy import Element, Node, a, body, br, div, fragment, head, html, meta, p, title

_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_PAGE = "margin:0;padding:24px 12px;background:#f4f5f5"
_CARD = (
    "max-width:560px;margin:0 auto;padding:28px;background:#ffffff;color:#1d2327;border-radius:8px;"
    "font:16px/1.55 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
)
_LINK = "color:#0b6478;word-break:break-word"


def page(subject: str, text: str, sender_name: str) -> str:
    """The whole HTML document for a text whose paragraphs are set apart by empty lines."""
    document = html(lang="en")[
        head[
            meta(charset="utf-8"),
            meta(name="viewport", content="width=device-width, initial-scale=1"),
            meta(name="color-scheme", content="light dark"),
            title[subject or sender_name],
        ],
        body(style=_PAGE)[div(style=_CARD)[(_paragraph(each) for each in text.split("\n\n") if each.strip())]],
    ]
    return str(document)


def _paragraph(text: str) -> Element:
    lines = text.strip("\n").split("\n")
    return p(style="margin:0 0 16px")[
        (fragment[_with_links(line), br if number < len(lines) else None] for number, line in enumerate(lines, start=1))
    ]


def _with_links(line: str) -> list[Node]:
    """The line with its web addresses clickable; everything is escaped by htpy."""
    parts: list[Node] = []
    end = 0
    for match in _ADDRESS.finditer(line):
        parts += [line[end : match.start()], a(href=match.group(0), style=_LINK)[match.group(0)]]
        end = match.end()
    return [*parts, line[end:]]
