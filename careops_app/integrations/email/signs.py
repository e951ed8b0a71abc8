"""What the header of a mail gives away: whether the sender is proven (RFC 8601), and whether a robot wrote it (RFC 3834)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from careops_app.inbox.mail import Proof
from careops_app.integrations.email.header_text import mailboxes, text, value, values

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([a-z][a-z0-9-]*)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b(header\.from|header\.d|header\.i|smtp\.mailfrom|smtp\.helo)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)


@dataclass(frozen=True)
class Result:
    """One method's result: “dkim=pass header.d=example.com”."""

    method: str
    outcome: str
    domain: str


def proof_of(mail: Message, sender: str, trusted: str) -> Proof:
    """What our own mail server says of the sender; `trusted` is the name it writes in Authentication-Results.

    Anybody can write such a header, so only the topmost one of the trusted server may prove. Where no name is known nothing
    is ever proven, but the topmost header may still disprove: nobody forges that to their own harm.
    """
    headers = [_read(raw) for raw in values(mail, "Authentication-Results")]
    ours = next((results for name, results in headers if trusted and name == trusted.lower()), None)
    if ours is not None:
        return _judged(ours, sender.rpartition("@")[2])
    if trusted or not headers:
        return Proof.UNKNOWN
    return Proof.FAILED if _judged(headers[0][1], sender.rpartition("@")[2]) == Proof.FAILED else Proof.UNKNOWN


def _read(raw: str) -> tuple[str, list[Result]]:
    plain = raw
    for _ in range(5):
        plain, again = _COMMENT.sub(" ", plain), plain
        if plain == again:
            break
    name, *rest = plain.split(";")
    return (name.split() or [""])[0].lower(), [found for each in rest if (found := _result(each)) is not None]


def _result(said: str) -> Result | None:
    found = _RESULT.search(said)
    if found is None:
        return None
    method, outcome = found[1].lower(), found[2].lower()
    wanted = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.helo")}
    properties = {name.lower(): given.lower() for name, given in _PROPERTY.findall(said)}
    domain = next((properties[name] for name in wanted.get(method, ()) if name in properties), "")
    return Result(method, outcome, domain.rpartition("@")[2])


def _judged(results: list[Result], domain: str) -> Proof:
    """DMARC decides where the domain has it; else a signature or an SPF record of the same domain."""
    dmarc = [each for each in results if each.method == "dmarc" and (not each.domain or _same(each.domain, domain))]
    if any(each.outcome == "pass" for each in dmarc):
        return Proof.PASSED
    if any(each.outcome == "fail" for each in dmarc):
        return Proof.FAILED
    rest = [each for each in results if each.method in ("dkim", "spf")]
    if any(each.outcome == "pass" and _same(each.domain, domain) for each in rest):
        return Proof.PASSED
    if any(each.method == "spf" and each.outcome in ("fail", "hardfail") for each in rest):
        return Proof.FAILED
    return Proof.UNKNOWN


def _same(one: str, other: str) -> bool:
    """Relaxed alignment (RFC 7489 3.1), without the list of public suffixes: equal, or one below the other."""
    both = one.count(".") and other.count(".")
    return bool(both) and (one == other or one.endswith("." + other) or other.endswith("." + one))


_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_ROBOT_FIELDS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Vacation", "X-Failed-Recipients")
_LIST_FIELDS = ("List-Id", "List-Unsubscribe", "List-Post")
_AWAY = re.compile(
    r"\s*\[?(?:"
    + "|".join((
        r"auto(?:matic|mated)?[ -]?(?:reply|response|antwort)\b", r"auto:\s", r"autoreply\b", r"ooo:",
        r"out of (?:the )?office\s*(?:[:!.–-]|re\b|auto|reply|notice|message|$)", r"vacation (?:reply|notice|response)",
        r"away from (?:the |my )?office\s*(?:[:–-]|$)", r"on (?:annual |maternity )?leave\s*[:–-]",
        r"automatische (?:antwort|reactie)", r"abwesenheits(?:notiz|nachricht|meldung|agent)", r"abwesend\s*[:–-]",
        r"ich bin (?:derzeit )?nicht im b[üu]ro", r"r[ée]ponse automatique", r"message d['’]absence",
        r"absence du bureau", r"absent(?:e)? du bureau", r"respuesta autom[áa]tica", r"fuera de (?:la )?oficina",
        r"ausente de la oficina", r"risposta automatica", r"fuori (?:sede|ufficio)", r"assenza dall['’]ufficio",
        r"resposta autom[áa]tica", r"fora do escrit[óo]rio", r"aus[êe]ncia tempor[áa]ria", r"automatisch antwoord",
        r"afwezig(?:heid)?\s*[:–-]", r"niet op kantoor", r"odpowied[źz] automatyczna", r"automatiskt svar", r"autosvar",
        r"自動返信", r"自動応答", r"自动回复",
    ))
    + r")",
    re.IGNORECASE,
)  # fmt: skip


def automatic(mail: Message, sender: str) -> str:
    """By which sign a robot gives itself away; empty for what a person seems to have written."""
    submitted = value(mail, "Auto-Submitted").partition(";")[0].partition("(")[0].strip().lower()
    if submitted and submitted != "no":
        return "auto-submitted"
    if value(mail, "Precedence").strip().lower() in _PRECEDENCE:
        return "precedence"
    suppress = value(mail, "X-Auto-Response-Suppress").strip().lower()
    if suppress and suppress != "none":
        return "auto-response-suppress"
    if any(value(mail, name) for name in _ROBOT_FIELDS):
        return "responder"
    if any(value(mail, name) for name in _LIST_FIELDS):
        return "list"
    return _by_its_sender(mail, sender) or ("subject" if _AWAY.match(text(value(mail, "Subject"))) else "")


def _by_its_sender(mail: Message, sender: str) -> str:
    if value(mail, "Return-Path").replace(" ", "") == "<>":
        return "null-return-path"
    kind = (mail.get_content_type(), str(mail.get_param("report-type") or "").lower())
    if kind[0] == "multipart/report":
        return "report"
    envelope = [each.address for each in mailboxes(value(mail, "Return-Path"))]
    robots = ("mailer-daemon@", "postmaster@", "mail-daemon@")
    return "mailer-daemon" if any(each.startswith(robots) for each in [sender, *envelope]) else ""
