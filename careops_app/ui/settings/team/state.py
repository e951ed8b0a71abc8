"""What an owner does with the team: invites, changes roles and permissions, ends and gives back access."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.bookings import catalogue, leaving, offering
from careops_app.errors import Invalid, Refused
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.settings.team import address
from careops_app.workspace import queries, service
from careops_app.workspace.access import GRANTABLE, Permission, Role
from careops_app.workspace.queries import InvitationRow, MemberRow

PERMISSION_WORDS = {
    Permission.INBOX: "Inbox",
    Permission.BOOKINGS: "Bookings",
    Permission.FORMS: "Forms",
    Permission.INVENTORY: "Inventory",
}
ROLE_WORDS = {Role.OWNER: "Owner", Role.STAFF: "Staff"}


class InviteForm(TypedDict):
    email: str
    person: str
    role: str
    permissions: list[str]


class RightsForm(TypedDict):
    new_role: str
    permissions: list[str]


@dataclass(frozen=True)
class MemberLine:
    """A member as the team list shows them."""

    id: int
    name: str
    initials: str
    email: str
    role: str
    rights: str
    granted: list[str]
    active: bool
    is_me: bool
    takes_bookings: bool


@dataclass(frozen=True)
class InvitationLine:
    """An invitation nobody has accepted yet."""

    id: int
    email: str
    rights: str
    state: str
    ends: str


class TeamState(rx.State):
    """The team as it is; at most one member is open for editing."""

    loaded: bool = False
    members: list[MemberLine] = []
    invitations: list[InvitationLine] = []
    editing: int = 0
    asking: bool = False
    leaving: int = 0
    leaving_name: str = ""
    invited: int = 0
    errors: dict[str, str] = {}
    staff_see_all: bool = True
    _calendars: dict[int, int] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the block with nothing in hand."""
        self.editing, self.asking, self.errors = 0, False, {}
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def invite(self, form: InviteForm) -> Any:
        """Sends an invitation by e-mail."""
        try:
            invitee = service.Invitee(form["email"], form["person"], _role(form["role"]), _granted(form["permissions"]))
            await transact(service.invite, actor(), invitee)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        except Refused as problem:
            self.errors = {"email": str(problem)}
            return focus_first()
        self.errors = {}
        self.invited += 1
        await self._read()
        return toasts.done(f"Invitation on its way to {form['email'].strip()}. It is good for 7 days.")

    @handler(Permission.CONFIGURE)
    async def withdraw(self, invitation_id: int) -> Any:
        """Makes an invitation useless."""
        await transact(service.revoke_invitation, actor(), invitation_id)
        await self._read()
        return toasts.done("Invitation withdrawn. Its link no longer opens.")

    @handler(Permission.CONFIGURE)
    async def send_again(self, invitation_id: int) -> Any:
        """Replaces an invitation by a fresh one for the same person."""
        rows = await fetch(queries.open_invitations, actor())
        row = next((row for row in rows if row.id == invitation_id), None)
        if row is None:
            return toasts.refused("This invitation has been accepted or withdrawn meanwhile.")
        granted = frozenset(Permission(name) for name in row.permissions)
        await transact(service.invite, actor(), service.Invitee(row.email, "", row.role, granted))
        await self._read()
        return toasts.done(f"A new invitation is on its way to {row.email}.")

    @handler(Permission.CONFIGURE)
    def edit(self, member_id: int) -> None:
        """Opens one member for editing; 0 closes."""
        self.editing = member_id

    @handler(Permission.CONFIGURE)
    async def save_rights(self, form: RightsForm) -> Any:
        """Gives the open member another role or other permissions."""
        granted = _granted(form["permissions"])
        await transact(service.change_role, actor(), self.editing, _role(form["new_role"]), granted)
        self.editing = 0
        await self._read()
        return toasts.done("Role and permissions saved. They count from the next click on.")

    @handler(Permission.CONFIGURE)
    def ask_to_leave(self, member_id: int) -> None:
        """Asks before ending somebody's access."""
        self.asking, self.leaving = True, member_id
        self.leaving_name = next((line.name for line in self.members if line.id == member_id), "")

    @handler(Permission.CONFIGURE)
    def set_asking(self, open: bool) -> None:
        """The question was closed."""
        self.asking = open

    @handler(Permission.CONFIGURE)
    async def deactivate(self) -> Any:
        """Ends the access of the member in question."""
        self.asking = False
        try:
            await transact(leaving.deactivate, actor(), self.leaving)
        except Refused as problem:
            return self._decide_first(problem, self.leaving, ends_access=True)
        await self._read()
        return toasts.done(f"{self.leaving_name} is signed out everywhere.", undo=TeamState.reactivate(self.leaving))

    @handler(Permission.CONFIGURE)
    async def reactivate(self, member_id: int) -> Any:
        """Gives access back."""
        await transact(service.reactivate, actor(), member_id)
        await self._read()
        return toasts.done("Access given back.")

    @handler(Permission.CONFIGURE)
    async def take_bookings(self, member_id: int, on: bool) -> Any:
        """Makes a member bookable, or takes no new bookings for them."""
        who = actor()
        if on:
            await transact(offering.add_calendar, who, offering.CalendarDraft(member_id=member_id))
            await self._read()
            return toasts.done("Takes bookings now. Say under Services what they give.")
        try:
            await transact(leaving.retire_calendar, who, self._calendars[member_id])
        except Refused as problem:
            return self._decide_first(problem, member_id, ends_access=False)
        await self._read()
        return toasts.done("Takes no new bookings.")

    def _decide_first(self, problem: Refused, member_id: int, *, ends_access: bool) -> Any:
        """Visits are ahead: why nothing has happened, and the page where they are decided about."""
        if problem.code != leaving.UNDECIDED:
            raise problem
        page = address.of_leaving(self._calendars[member_id], ends_access=ends_access)
        return [toasts.refused(str(problem)), rx.redirect(page)]

    @handler(Permission.CONFIGURE)
    async def let_staff_see_all(self, on: bool) -> Any:
        """Says whether staff see everything, or only their own."""
        await transact(service.set_data_scope, actor(), on)
        await self._read()
        seen = "all visits and customers" if on else "their own visits and customers only"
        return toasts.done(f"Staff see {seen}, from their next click on.")

    async def _read(self) -> None:
        who = actor()
        workspace = await fetch(queries.workspace_card, who)
        zone = workspace.time_zone
        team = await fetch(queries.members, who)
        open_ones = await fetch(queries.open_invitations, who)
        calendars = await fetch(catalogue.team_calendars, who, retired=True)
        self._calendars = {one.member_id: one.id or 0 for one in calendars if one.member_id is not None}
        bookable = {one.member_id for one in calendars if not one.is_retired}
        assign(
            self,
            staff_see_all=workspace.staff_see_all,
            members=[_member_line(row, who.member_id, row.id in bookable) for row in team],
            invitations=[_invitation_line(row, zone) for row in open_ones],
        )


def _role(text: str) -> Role:
    if text not in tuple(Role):
        raise Invalid(role="Choose a role.")
    return Role(text)


def _granted(names: list[str]) -> frozenset[Permission]:
    return frozenset(permission for permission in GRANTABLE if permission.value in names)


def _member_line(row: MemberRow, me: int | None, takes_bookings: bool) -> MemberLine:
    return MemberLine(
        id=row.id, name=row.name, initials=wording.initials(row.name), email=row.email, role=row.role.value,
        rights=_rights(row.role, row.permissions), granted=list(row.permissions), active=row.is_active,
        is_me=row.id == me, takes_bookings=takes_bookings,
    )  # fmt: skip


def _rights(role: Role, permissions: tuple[str, ...]) -> str:
    """“Owner”, “Staff: Inbox and Bookings”."""
    if role == Role.OWNER:
        return "Owner: everything"
    words = [word for permission, word in PERMISSION_WORDS.items() if permission.value in permissions]
    return f"Staff: {wording.listing(words)}" if words else "Staff: dashboard and contacts only"


def _invitation_line(row: InvitationRow, zone: str) -> InvitationLine:
    when = wording.moment(row.expires_at, zone)
    ends = f"Ended {when}" if row.is_expired else f"Good until {when}"
    state = "expired" if row.is_expired else "invited"
    return InvitationLine(row.id, row.email, _rights(row.role, row.permissions), state, ends)
