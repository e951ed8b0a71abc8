"""What makes an inquiry look like spam: signs, what each weighs, and what follows from their sum. Pure.

One table, to be read aloud. No sign alone but the hidden field is certain, and nothing is thrown away: what looks like
spam waits until a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SUSPICIOUS = 3
"""From this sum on an inquiry waits, unless the visitor's browser does the work that is asked of it."""
CERTAIN = 6
"""From this sum on no work helps: a person decides."""

FASTEST_SECONDS = 3
MOST_FROM_ADDRESS = 3  # a day
MOST_FROM_NETWORK = 5  # an hour
MOST_OF_THE_SAME_WORDS = 3  # a day
MOST_PER_BUSINESS = 10  # an hour, of those that nothing else speaks against
MANY_LINKS = 3
SHORTEST_COPY = 20


class Sign(StrEnum):
    TRAP = "trap"
    FAST = "fast"
    ADDRESS = "address"
    NETWORK = "network"
    COPY = "copy"
    BUSY = "busy"
    LINK = "link"
    LINKS = "links"
    MARKUP = "markup"
    NAME_LINK = "name_link"
    WORDS = "words"


WEIGHTS: dict[Sign, int] = {
    Sign.TRAP: 6,
    Sign.FAST: 2,
    Sign.ADDRESS: 3,
    Sign.NETWORK: 2,
    Sign.COPY: 3,
    Sign.BUSY: 3,
    Sign.LINK: 1,
    Sign.LINKS: 3,
    Sign.MARKUP: 4,
    Sign.NAME_LINK: 4,
    Sign.WORDS: 3,
}

SENTENCES: dict[Sign, str] = {
    Sign.TRAP: "A field that people never see was filled in.",
    Sign.FAST: f"It was sent within {FASTEST_SECONDS} seconds of opening the form.",
    Sign.ADDRESS: f"The same address wrote more than {MOST_FROM_ADDRESS} times in a day.",
    Sign.NETWORK: f"More than {MOST_FROM_NETWORK} messages came from the same network within an hour.",
    Sign.COPY: f"The same words arrived more than {MOST_OF_THE_SAME_WORDS} times in a day.",
    Sign.BUSY: f"More than {MOST_PER_BUSINESS} messages came in within an hour.",
    Sign.LINK: "It contains a link.",
    Sign.LINKS: f"It contains {MANY_LINKS} links or more.",
    Sign.MARKUP: "It contains the code of links, as programs write it.",
    Sign.NAME_LINK: "The name contains a web address.",
    Sign.WORDS: "It offers what spam usually offers.",
}

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"\[/?url\b|<\s*a\s+[^>]*href|\[link=", re.IGNORECASE)
_NAMED = re.compile(
    r"https?://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|ru|xyz|top|info|biz|online|site|shop)\b", re.IGNORECASE
)
_OFFERS = re.compile(
    r"\b(?:casino|viagra|cialis|backlinks?|guest posts?|seo (?:services?|experts?|packages?)|payday loans?"
    r"|crypto (?:investments?|trading)|bitcoin investments?|(?:rank|first page|page one) (?:of|on|in) google"
    r"|web ?(?:site)? traffic to your|buy followers)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sending:
    """How an inquiry was sent. The counts include this one; `seconds_open` None: nobody knows when the form was opened."""

    trapped: bool = False
    seconds_open: float | None = None
    from_address: int = 1
    from_network: int = 1
    same_words: int = 1


def signs_of_words(name: str, message: str) -> tuple[Sign, ...]:
    """What the words themselves say."""
    links = len(_LINK.findall(message))
    found = {
        Sign.NAME_LINK: _NAMED.search(name) is not None,
        Sign.LINKS: links >= MANY_LINKS,
        Sign.LINK: 0 < links < MANY_LINKS,
        Sign.MARKUP: _MARKUP.search(message) is not None,
        Sign.WORDS: _OFFERS.search(f"{name}\n{message}") is not None,
    }
    return tuple(sign for sign, is_there in found.items() if is_there)


def signs_of_sending(sending: Sending) -> tuple[Sign, ...]:
    """What the way it came says."""
    found = {
        Sign.TRAP: sending.trapped,
        Sign.FAST: sending.seconds_open is not None and sending.seconds_open < FASTEST_SECONDS,
        Sign.ADDRESS: sending.from_address > MOST_FROM_ADDRESS,
        Sign.NETWORK: sending.from_network > MOST_FROM_NETWORK,
        Sign.COPY: sending.same_words > MOST_OF_THE_SAME_WORDS,
    }
    return tuple(sign for sign, is_there in found.items() if is_there)


def weight(signs: Iterable[Sign]) -> int:
    """The sum of the signs; each counts once."""
    return sum(WEIGHTS[sign] for sign in set(signs))


def is_suspected(signs: Iterable[Sign]) -> bool:
    """Whether it waits until somebody decides, or until it is proven that work was done for it."""
    return weight(signs) >= SUSPICIOUS


def may_be_proven(signs: Iterable[Sign]) -> bool:
    """Whether a proof of work is enough to let it pass."""
    return SUSPICIOUS <= weight(signs) < CERTAIN


def in_words(signs: Iterable[str]) -> tuple[str, ...]:
    """The sentences of stored signs, heaviest first."""
    known = [Sign(sign) for sign in signs if sign in tuple(Sign)]
    return tuple(SENTENCES[sign] for sign in sorted(known, key=lambda sign: -WEIGHTS[sign]))
