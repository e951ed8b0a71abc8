"""Robots and loops: out-of-office notes, lists, our own letters coming back. Nobody waits for an answer to them."""

from __future__ import annotations

from tests.inbox.corpus.case import AMELIA, OURS, STUDIO, TOKEN, Case, mail

AWAY_SUBJECTS = (
    "Automatic reply: Your visit", "Auto: Re: Your visit", "Out of Office: Your visit", "Out of office", "OOO: back Monday",
    "Automatische Antwort: Ihr Termin", "Abwesenheitsnotiz: Ihr Termin", "Réponse automatique : Votre visite",
    "Absence du bureau", "Respuesta automática: Su cita", "Fuera de la oficina", "Risposta automatica: visita",
    "Fuori sede", "Automatisch antwoord: Afspraak", "Afwezig: tot maandag", "Resposta automática: visita",
    "Odpowiedź automatyczna: wizyta", "自動応答: 予約",
)  # fmt: skip

HEADERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Auto-Submitted", {"Auto_Submitted": "auto-replied"}),
    ("Auto-Submitted with a parameter", {"Auto_Submitted": "auto-generated; type=x"}),
    ("Precedence bulk", {"Precedence": "bulk"}),
    ("Precedence auto_reply", {"Precedence": "auto_reply"}),
    ("X-Auto-Response-Suppress", {"X_Auto_Response_Suppress": "OOF, AutoReply"}),
    ("X-Autoreply", {"X_Autoreply": "yes"}),
    ("X-Autorespond", {"X_Autorespond": "Re"}),
    ("a null return path", {"Return_Path": "<>"}),
    ("a list", {"List_Id": "<walkers.example.net>"}),
    ("List-Unsubscribe", {"List_Unsubscribe": "<https://example.net/u>"}),
)

CASES: list[Case] = [
    Case(f"away, “{subject}”", mail(f"I am away. {subject}", subject=subject, In_Reply_To=OURS), "automatic", "amelia")
    for subject in AWAY_SUBJECTS
]
CASES += [
    Case(f"robot, {name}", mail(f"Robot: {name}", In_Reply_To=OURS, **headers), "automatic", "amelia")
    for name, headers in HEADERS
]
CASES += [
    Case("robot, away to the address of the conversation", mail("Away", to=TOKEN, Auto_Submitted="auto-replied"), "automatic", "amelia"),
    Case("robot of a stranger", mail("Sale!", sender="Shop <news@shop.example.net>", List_Id="<news.shop>"), "ignored"),
    Case("person, Auto-Submitted: no", mail("I wrote this myself", Auto_Submitted="no"), "filed", "amelia"),
    Case("person, out of office in a sentence", mail("Hi", subject="Am I out of office hours on Friday?"), "filed", "amelia"),
    Case("person, answers an away note", mail("Welcome back", subject="Re: Automatic reply"), "filed", "amelia"),
    Case("person, Precedence: first-class", mail("Important", Precedence="first-class"), "filed", "amelia"),
    Case("loop, our own mail comes back", mail("Your visit is on Friday.", sender=f"Harbour <{STUDIO}>", id=OURS), "ignored"),
    Case("loop, our own mail with another sender", mail("Your visit is on Friday?", sender="List <list@example.net>", id=OURS), "ignored"),
    Case("loop, we write to ourselves", mail("Note to myself", sender=STUDIO), "ignored"),
    Case("loop, another CareOps answers", mail("We received your message", sender="Other Clinic <desk@other.example.net>", Auto_Submitted="auto-generated", X_Auto_Response_Suppress="All"), "ignored"),
    Case("sent, a person wrote it in the mailbox", mail("See you on Friday!", sender=f"Harbour <{STUDIO}>", to=f"Amelia <{AMELIA}>"), "staff", "amelia", body="See you on Friday!", role="sent"),
    Case("sent, CareOps wrote it", mail("Your visit", sender=STUDIO, to=AMELIA, id=OURS), "ignored", role="sent"),
    Case("sent, CareOps wrote it and the provider renamed it", mail("Your visit.", sender=STUDIO, to=AMELIA, Reply_To=TOKEN), "ignored", role="sent"),
    Case("sent, an away note", mail("I am away", sender=STUDIO, to=AMELIA, Auto_Submitted="auto-replied"), "ignored", role="sent"),
    Case("sent, to nobody we know", mail("Private", sender=STUDIO, to="mum@example.net"), "ignored", role="sent"),
    Case("sent, with a copy to a contact", mail("As discussed", sender=STUDIO, to="boss@example.net", Cc=AMELIA), "staff", "amelia", role="sent"),
]  # fmt: skip
