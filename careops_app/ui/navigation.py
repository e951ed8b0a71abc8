"""Where one can go: the places of the staff's app, in their groups, with who may go there."""

from dataclasses import dataclass

from careops_app.workspace.access import Permission


@dataclass(frozen=True)
class Entry:
    """One place. `count` names the var of ShellState that says how much work waits there."""

    word: str
    icon: str
    to: str
    permission: Permission = Permission.MEMBER
    count: str = ""


@dataclass(frozen=True)
class Group:
    """Entries under one small heading; the first group has none."""

    word: str
    entries: tuple[Entry, ...]


DASHBOARD = Entry("Dashboard", "layout-dashboard", "/app/")
INBOX = Entry("Inbox", "inbox", "/app/inbox/", Permission.INBOX, "inbox_count")
BOOKINGS = Entry("Bookings", "calendar-days", "/app/bookings/", Permission.BOOKINGS, "bookings_count")
CONTACTS = Entry("Contacts", "users", "/app/contacts/")
FORMS = Entry("Forms", "clipboard-list", "/app/forms/", Permission.FORMS, "forms_count")
INVENTORY = Entry("Inventory", "package", "/app/inventory/", Permission.INVENTORY, "inventory_count")
AUTOMATION = Entry("Automation", "zap", "/app/automation/")
SETTINGS = Entry("Settings", "settings", "/app/settings/")

NAVIGATION = (
    Group("", (DASHBOARD, INBOX, BOOKINGS, CONTACTS)),
    Group("Prepare", (FORMS, INVENTORY)),
    Group("Set up", (AUTOMATION, SETTINGS)),
)
TABS = (DASHBOARD, INBOX, BOOKINGS, CONTACTS)
MORE = (FORMS, INVENTORY, AUTOMATION, SETTINGS)
