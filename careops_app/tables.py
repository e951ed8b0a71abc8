"""Every table of the house, in one import; for Alembic and tests only."""

from sqlmodel import SQLModel

from careops_app.automation import models as automation
from careops_app.bookings import models as bookings
from careops_app.bookings import waitlist_models as waitlist
from careops_app.contacts import models as contacts
from careops_app.forms import models as forms
from careops_app.inbox import mail_models as mail
from careops_app.inbox import models as inbox
from careops_app.inbox import quarantine_models as quarantine
from careops_app.inbox import text_models as texts
from careops_app.infra import beats, belonging, outbox, throttle
from careops_app.inventory import models as inventory
from careops_app.workspace import models as workspace

__all__ = [
    "automation",
    "beats",
    "belonging",
    "bookings",
    "contacts",
    "forms",
    "inbox",
    "inventory",
    "mail",
    "metadata",
    "outbox",
    "quarantine",
    "texts",
    "throttle",
    "waitlist",
    "workspace",
]

metadata = SQLModel.metadata
