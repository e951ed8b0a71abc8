"""Answers as people's mail programs write them, in eight languages: the new words above, the older letter folded below."""

from __future__ import annotations

from tests.inbox.corpus.case import AMELIA, OURS, STUDIO, TOKEN, Case, mail, multipart, part

OLD = "> Your visit is on Friday at ten.\n> Harbour Clinic"
PLAIN = "Your visit is on Friday at ten.\nHarbour Clinic"

# (name, the customer's words, the line that introduces the quote, how the quote is marked)
STYLES: tuple[tuple[str, str, str, str], ...] = (
    ("english gmail", "Yes, Friday suits me.", "On Fri, Nov 20, 2026 at 10:12 AM Harbour Clinic <studio@example.com> wrote:", OLD),
    ("english gmail wrapped", "Yes, fine.", "On Fri, Nov 20, 2026 at 10:12 AM Harbour Clinic\n<studio@example.com> wrote:", OLD),
    ("english apple", "See you then.", "On 20 Nov 2026, at 10:12, Harbour Clinic <studio@example.com> wrote:", OLD),
    ("english thunderbird", "Perfect.", "On 20/11/2026 10:12, Harbour Clinic wrote:", OLD),
    ("english outlook", "Thank you.", "From: Harbour Clinic <studio@example.com>\nSent: Friday, 20 November 2026 10:12\nTo: Amelia Hart\nSubject: Your visit", PLAIN),
    ("english old outlook", "Noted.", "-----Original Message-----\nFrom: Harbour Clinic\nSent: Friday 10:12", PLAIN),
    ("english outlook with a line", "Good.", "________________________________\nFrom: Harbour Clinic\nSent: Friday 10:12\nSubject: Your visit", PLAIN),
    ("german gmail", "Ja, Freitag passt mir.", "Am Fr., 20. Nov. 2026 um 10:12 Uhr schrieb Harbour Clinic <studio@example.com>:", OLD),
    ("german thunderbird", "Danke!", "Am 20.11.2026 um 10:12 schrieb Harbour Clinic:", OLD),
    ("german apple", "Bis dann.", "Am 20.11.2026 um 10:12 schrieb Harbour Clinic <studio@example.com>:", OLD),
    ("german outlook", "In Ordnung.", "Von: Harbour Clinic <studio@example.com>\nGesendet: Freitag, 20. November 2026 10:12\nAn: Amelia Hart\nBetreff: Ihr Termin", PLAIN),
    ("german old outlook", "Gut.", "-----Ursprüngliche Nachricht-----\nVon: Harbour Clinic\nGesendet: Freitag", PLAIN),
    ("german with the name first", "Schön.", "Harbour Clinic <studio@example.com> schrieb am Fr., 20. Nov. 2026, 10:12:", OLD),
    ("french gmail", "Oui, vendredi me convient.", "Le ven. 20 nov. 2026 à 10:12, Harbour Clinic <studio@example.com> a écrit :", OLD),
    ("french apple", "À vendredi.", "Le 20 nov. 2026 à 10:12, Harbour Clinic <studio@example.com> a écrit :", OLD),
    ("french outlook", "Merci.", "De : Harbour Clinic <studio@example.com>\nEnvoyé : vendredi 20 novembre 2026 10:12\nÀ : Amelia\nObjet : Votre visite", PLAIN),
    ("french old outlook", "Parfait.", "-----Message d'origine-----\nDe : Harbour Clinic", PLAIN),
    ("spanish gmail", "Sí, el viernes me va bien.", "El vie, 20 nov 2026 a las 10:12, Harbour Clinic (<studio@example.com>) escribió:", OLD),
    ("spanish outlook", "Gracias.", "De: Harbour Clinic <studio@example.com>\nEnviado: viernes, 20 de noviembre de 2026 10:12\nPara: Amelia\nAsunto: Su cita", PLAIN),
    ("spanish old outlook", "Vale.", "-----Mensaje original-----\nDe: Harbour Clinic", PLAIN),
    ("italian gmail", "Sì, venerdì va bene.", "Il giorno ven 20 nov 2026 alle ore 10:12 Harbour Clinic <studio@example.com> ha scritto:", OLD),
    ("italian outlook", "Grazie.", "Da: Harbour Clinic <studio@example.com>\nInviato: venerdì 20 novembre 2026 10:12\nA: Amelia\nOggetto: La sua visita", PLAIN),
    ("italian old outlook", "Bene.", "-----Messaggio originale-----\nDa: Harbour Clinic", PLAIN),
    ("dutch gmail", "Ja, vrijdag is goed.", "Op vr 20 nov 2026 om 10:12 schreef Harbour Clinic <studio@example.com>:", OLD),
    ("dutch outlook", "Dank u.", "Van: Harbour Clinic <studio@example.com>\nVerzonden: vrijdag 20 november 2026 10:12\nAan: Amelia\nOnderwerp: Afspraak", PLAIN),
    ("portuguese gmail", "Sim, sexta está bem.", "Em sex., 20 de nov. de 2026 às 10:12, Harbour Clinic <studio@example.com> escreveu:", OLD),
    ("polish gmail", "Tak, piątek pasuje.", "pt., 20 lis 2026 o 10:12 Harbour Clinic <studio@example.com> napisał(a):", OLD),
    ("polish thunderbird", "Dziękuję.", "W dniu 20.11.2026 o 10:12, Harbour Clinic pisze:", OLD),
    ("swedish gmail", "Ja, fredag passar.", "Den fre 20 nov. 2026 kl 10:12 skrev Harbour Clinic <studio@example.com>:", OLD),
)  # fmt: skip


def _reply(text: str, **more: str) -> bytes:
    return mail(text, subject="Re: Your visit", In_Reply_To=OURS, References=OURS, **more)


CASES: list[Case] = [
    Case(
        f"reply, {name}", _reply(f"{words}\n\n{line}\n\n{old}"), "filed", "amelia", body=words, quoted="Harbour Clinic"
    )
    for name, words, line, old in STYLES
]
CASES += [
    Case(
        "reply, quote marks only", _reply("Yes.\n\n> Friday at ten?\n> Harbour Clinic"), "filed", "amelia", body="Yes.",
        quoted="Friday at ten?",
    ),
    Case(
        "reply below the quote stays whole", _reply("On 20/11/2026, Harbour Clinic wrote:\n> Friday at ten?\n\nYes, ten is fine."),
        "filed", "amelia", has="Yes, ten is fine.",
    ),
    Case(
        "reply between the lines stays whole", _reply("> Friday?\nYes.\n> At ten?\nAt eleven, please."), "filed", "amelia",
        has="At eleven, please.",
    ),
    Case(
        "reply with a signature", _reply("Yes.\n\n-- \nAmelia Hart\n07400 123456"), "filed", "amelia", has="07400 123456",
    ),
    Case("reply of a single word", _reply("Yes"), "filed", "amelia", body="Yes"),
    Case("forward without words keeps what was forwarded", _reply(f"-----Original Message-----\nFrom: x\n{PLAIN}"), "filed", "amelia", has="Friday at ten"),
    Case("a sentence that ends with wrote:", _reply("My doctor wrote:\nno sport for a week."), "filed", "amelia", has="no sport for a week."),
    Case("a date in a sentence", _reply("On Monday I wrote to you. From: the bank, To: me."), "filed", "amelia", has="From: the bank"),
    Case(
        "reply in HTML only", mail(
            '<div>Yes, <b>Friday</b> please.</div><br><div class="gmail_quote">On Fri wrote:<blockquote>Friday at ten?</blockquote></div>',
            kind="text/html; charset=utf-8", In_Reply_To=OURS,
        ), "filed", "amelia", has="Yes, Friday please.", html="<b>Friday</b>",
    ),
    Case(
        "reply in both forms", multipart(
            part("Yes, Friday.\n\nOn Fri, Harbour Clinic wrote:\n> Friday?"), part("<p>Yes, <i>Friday</i>.</p>", "text/html; charset=utf-8"),
            subtype="alternative", In_Reply_To=OURS,
        ), "filed", "amelia", body="Yes, Friday.", html="<i>Friday</i>",
    ),
    Case(
        "reply with soft line ends", _reply("I would like to come on \nFriday at ten.", kind="text/plain; charset=utf-8; format=flowed"),
        "filed", "amelia", body="I would like to come on Friday at ten.",
    ),
    Case(
        "reply with soft line ends that join", _reply("Donau \ndampf", kind="text/plain; charset=utf-8; format=flowed; delsp=yes"),
        "filed", "amelia", body="Donaudampf",
    ),
    Case("reply to the address of the conversation", mail("Yes please", to=TOKEN), "filed", "amelia", body="Yes please"),
    Case("the address in capitals", mail("Yes please!", to=TOKEN, Cc=STUDIO.upper()), "filed", "amelia"),
    Case("the address only in Delivered-To", mail("Blind copy", to="undisclosed-recipients:;", Delivered_To=TOKEN), "filed", "amelia"),
    Case("a new letter without any reference", mail("A new question", subject="Prices"), "filed", "amelia", subject="Prices"),
    Case("a reply with the sender in capitals", mail("Shouting", sender=AMELIA.upper()), "filed", "amelia"),
    Case("a stranger writes", mail("Do you have time?", sender="Noah Reed <noah@example.net>"), "filed", "noah@example.net", sender_name="Noah Reed"),
    Case("a stranger answers nothing of ours", mail("Re?", sender="Zoe <zoe@example.net>", In_Reply_To="<unknown@example.net>"), "filed", "zoe@example.net"),
    Case("no words at all", mail("", subject=""), "filed", "amelia", body=""),
    Case("no subject", mail("No subject here", subject=""), "filed", "amelia", subject=""),
    Case("no Message-ID", mail("Nameless"), "filed", "amelia"),
    Case("no Date", mail("Undated"), "filed", "amelia"),
    Case("Reply-To elsewhere does not decide", mail("Answer there", Reply_To="other@example.net"), "filed", "amelia"),
    Case("a phone that adds its name", _reply("Ok\n\nSent from my iPhone\n\n> On 20 Nov 2026, at 10:12, Harbour Clinic <studio@example.com> wrote:\n> \n> Friday?"), "filed", "amelia", has="Ok", quoted="Friday?"),
]  # fmt: skip
