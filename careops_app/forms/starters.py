"""Forms to start from, so that nobody begins with an empty page; made into an ordinary form that can be changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from careops_app.errors import NotFound
from careops_app.forms import building
from careops_app.forms.rules import Question, QuestionKind
from careops_app.workspace.access import Actor

K = QuestionKind


@dataclass(frozen=True)
class Starter:
    """A form as it comes; `about` says in a line what it is for."""

    key: str
    name: str
    about: str
    intro: str
    questions: tuple[Question, ...]


STARTERS: dict[str, Starter] = {
    starter.key: starter
    for starter in (
        Starter(
            "intake",
            "Intake form",
            "What to know before a first visit: health, goals, how to reach somebody.",
            "A few questions before your visit. It takes about three minutes.",
            (
                Question("born_on", K.DATE, "Date of birth", required=True),
                Question("goal", K.LONG_TEXT, "What would you like from this visit?", required=True),
                Question("conditions", K.LONG_TEXT, "Is there anything about your health we should know?"),
                Question("allergies", K.TEXT, "Allergies", help="Leave it empty if there are none."),
                Question("first_time", K.CHOICE, "Have you been with us before?", required=True, options=("No", "Yes")),
                Question("emergency", K.TEXT, "Somebody we may call in an emergency", help="Name and phone number."),
            ),
        ),
        Starter(
            "agreement",
            "Agreement",
            "Your terms, read and signed. Upload your own text as a document afterwards.",
            "Read the agreement and sign it before your visit.",
            (
                Question("read", K.CONSENT, "I have read the agreement and accept it.", required=True),
                Question("photos", K.CHECKBOX, "You may take photographs for my own record."),
                Question("signature", K.SIGNATURE, "Your name as a signature", required=True),
            ),
        ),
        Starter(
            "site",
            "Before we come",
            "For visits at the customer's place: access, parking, what to bring.",
            "So that we arrive prepared.",
            (
                Question("address", K.LONG_TEXT, "Where shall we come to?", required=True),
                Question("access", K.TEXT, "How do we get in?", help="Door code, bell, who opens."),
                Question("parking", K.CHOICE, "Is there parking?", options=("Yes", "In the street", "No")),
                Question("work", K.LONG_TEXT, "What is to be done?", required=True),
                Question("photo", K.FILE, "A photo of it"),
            ),
        ),
    )
}


def start_from(session: Session, actor: Actor, key: str) -> int:
    """A new form with a starter's questions. Raises Forbidden, NotFound."""
    if (starter := STARTERS.get(key)) is None:
        raise NotFound("The starter")
    form_id = building.create_form(session, actor, starter.name, starter.intro)
    building.save_questions(session, actor, form_id, starter.questions)
    return form_id
