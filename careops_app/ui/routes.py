"""Every screen of the staff's app: its address, what it looks like, what it loads, and who may open it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.ui.automation.page import page as automation_page
from careops_app.ui.automation.state import AutomationState
from careops_app.ui.bookings.page import page as bookings_page
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.contacts.page import page as contacts_page
from careops_app.ui.contacts.state import ContactsState
from careops_app.ui.dashboard.page import page as dashboard_page
from careops_app.ui.dashboard.state import DashboardState
from careops_app.ui.dry_run.page import page as dry_run_page
from careops_app.ui.dry_run.state import DryRunState
from careops_app.ui.explain.page import page as explain_page
from careops_app.ui.explain.state import ExplainState
from careops_app.ui.forms.page import page as forms_page
from careops_app.ui.forms.state import FormsState
from careops_app.ui.inbox.page import page as inbox_page
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.inventory.page import page as inventory_page
from careops_app.ui.inventory.state import InventoryState
from careops_app.ui.onboarding.page import page as onboarding_page
from careops_app.ui.onboarding.state import OnboardingState
from careops_app.ui.settings.page import page as settings_page
from careops_app.ui.settings.state import SettingsState
from careops_app.ui.suspected.page import page as suspected_page
from careops_app.ui.suspected.state import SuspectedState
from careops_app.ui.waitlist.page import page as waitlist_page
from careops_app.ui.waitlist.state import WaitlistState
from careops_app.workspace.access import Permission


@dataclass(frozen=True)
class Screen:
    """One address of the app. `on_load` are handlers, run in order each time it is opened."""

    route: str
    page: Callable[[], rx.Component]
    title: str
    on_load: tuple[Any, ...] = ()
    permission: Permission = Permission.MEMBER


SCREENS: tuple[Screen, ...] = (
    Screen("/app", dashboard_page, "Dashboard", (DashboardState.enter,)),
    Screen("/app/bookings", bookings_page, "Bookings", (BookingsState.load,), Permission.BOOKINGS),
    Screen("/app/waitlist", waitlist_page, "Waitlist", (WaitlistState.load,), Permission.BOOKINGS),
    Screen("/app/inbox", inbox_page, "Inbox", (InboxState.load,), Permission.INBOX),
    Screen("/app/suspected", suspected_page, "Suspected spam", (SuspectedState.load,), Permission.INBOX),
    Screen("/app/forms", forms_page, "Forms", (FormsState.load,), Permission.FORMS),
    Screen("/app/inventory", inventory_page, "Inventory", (InventoryState.load,), Permission.INVENTORY),
    Screen("/app/contacts", contacts_page, "Contacts", (ContactsState.load,)),
    Screen("/app/automation", automation_page, "Automation", (AutomationState.load,)),
    Screen("/app/dry-run", dry_run_page, "Try a rule", (DryRunState.load,), Permission.CONFIGURE),
    Screen("/app/explain", explain_page, "Explain", (ExplainState.load,)),
    Screen("/app/onboarding", onboarding_page, "Set up", (OnboardingState.load,), permission=Permission.CONFIGURE),
    Screen("/app/settings", settings_page, "Settings", (SettingsState.load,)),
)
