"""The one table of states a person can read on a screen: word, tone and icon.

Screens and public pages never pick a colour or an icon for a state themselves; they name the state
(`"booking.confirmed"`) and this table answers. Icons are lucide names.
"""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a colour means; the only six meanings it may have."""

    INFO = "info"  # expected, agreed
    GOOD = "good"  # finished well
    HERE = "here"  # in the building, under way
    WARN = "warn"  # needs someone
    BAD = "bad"  # failed or blocked
    MUTE = "mute"  # off, past, optional


@dataclass(frozen=True)
class State:
    """How one state is shown. An expected state is bare text in lists, so that exceptions catch the eye."""

    word: str
    tone: Tone
    icon: str
    expected: bool = False


STATE: dict[str, State] = {
    "booking.pending": State("Pending", Tone.WARN, "hourglass"),
    "booking.confirmed": State("Confirmed", Tone.INFO, "calendar-check", expected=True),
    "booking.checked_in": State("Checked in", Tone.HERE, "user-check"),
    "booking.completed": State("Completed", Tone.GOOD, "circle-check"),
    "booking.no_show": State("No-show", Tone.BAD, "user-x"),
    "booking.cancelled": State("Cancelled", Tone.MUTE, "ban"),
    "waitlist.waiting": State("Waiting", Tone.MUTE, "clock", expected=True),
    "waitlist.offered": State("Offered", Tone.INFO, "hourglass"),
    "waitlist.booked": State("Booked", Tone.GOOD, "calendar-check"),
    "waitlist.withdrawn": State("Left", Tone.MUTE, "ban"),
    "waitlist.expired": State("Over", Tone.MUTE, "timer"),
    "message.planned": State("Planned", Tone.MUTE, "clock", expected=True),
    "message.queued": State("Queued", Tone.MUTE, "clock", expected=True),
    "message.sending": State("Sending", Tone.MUTE, "clock", expected=True),
    "message.sent": State("Sent", Tone.INFO, "check", expected=True),
    "message.delivered": State("Delivered", Tone.GOOD, "check-check", expected=True),
    "message.captured": State("Kept here", Tone.INFO, "flask-conical", expected=True),
    "message.received": State("Received", Tone.GOOD, "check", expected=True),
    "message.noted": State("Note", Tone.MUTE, "sticky-note", expected=True),
    "message.held": State("Held", Tone.WARN, "circle-pause"),
    "message.skipped": State("Skipped", Tone.MUTE, "bell-off"),
    "message.uncertain": State("Not certain", Tone.WARN, "circle-help"),
    "message.bounced": State("Bounced", Tone.BAD, "mail-x"),
    "message.failed": State("Failed", Tone.BAD, "circle-alert"),
    "form.not_sent": State("Not sent", Tone.MUTE, "circle-dashed"),
    "form.sent": State("Sent", Tone.INFO, "send", expected=True),
    "form.opened": State("Opened", Tone.INFO, "eye", expected=True),
    "form.started": State("Started", Tone.HERE, "pencil-line"),
    "form.done": State("Done", Tone.GOOD, "clipboard-check", expected=True),
    "form.overdue": State("Overdue", Tone.BAD, "clock-alert"),
    "form.waived": State("Waived", Tone.MUTE, "shield-off"),
    "form.expired": State("Expired", Tone.MUTE, "timer"),
    "form.withdrawn": State("Withdrawn", Tone.MUTE, "ban"),
    "stock.in_stock": State("In stock", Tone.GOOD, "package-check", expected=True),
    "stock.low": State("Low", Tone.WARN, "package-minus"),
    "stock.runs_short": State("Runs short", Tone.BAD, "trending-down"),
    "stock.out": State("Out", Tone.BAD, "package-x"),
    "work.unanswered": State("Unanswered", Tone.WARN, "message-square-dot"),
    "work.new": State("New", Tone.INFO, "sparkles"),
    "work.needs_you": State("Needs you", Tone.WARN, "triangle-alert"),
    "work.blocked": State("Blocked", Tone.BAD, "lock"),
    "work.stale": State("Stale", Tone.WARN, "clock-alert"),
    "work.on": State("On", Tone.GOOD, "circle-play", expected=True),
    "work.off": State("Off", Tone.MUTE, "circle-pause"),
    "work.working": State("Working", Tone.GOOD, "circle-check", expected=True),
    "work.not_working": State("Not working", Tone.BAD, "circle-alert"),
    "step.done": State("Done", Tone.GOOD, "circle-check", expected=True),
    "step.warning": State("Works, with a warning", Tone.WARN, "triangle-alert"),
    "step.missing": State("Missing", Tone.BAD, "lock"),
    "step.optional": State("Optional", Tone.MUTE, "circle-dashed"),
    "step.not_started": State("Not started", Tone.MUTE, "circle-dashed"),
    "run.fired": State("Done", Tone.GOOD, "circle-check", expected=True),
    "run.waiting": State("Waiting", Tone.MUTE, "clock", expected=True),
    "run.skipped": State("Skipped", Tone.MUTE, "bell-off"),
    "run.held": State("Held", Tone.WARN, "circle-pause"),
    "run.failed": State("Failed", Tone.BAD, "circle-alert"),
    "lead.new": State("New", Tone.INFO, "sparkles"),
    "lead.contacted": State("In touch", Tone.INFO, "message-square", expected=True),
    "lead.booked": State("Booked", Tone.INFO, "calendar-check", expected=True),
    "lead.customer": State("Customer", Tone.GOOD, "circle-check", expected=True),
    "lead.lost": State("Lost", Tone.MUTE, "ban"),
    "severity.urgent": State("Urgent", Tone.BAD, "circle-alert"),
    "severity.today": State("Today", Tone.WARN, "triangle-alert"),
    "severity.soon": State("Soon", Tone.WARN, "clock"),
    "alert.unanswered": State("No reply yet", Tone.WARN, "message-square-dot"),
    "alert.booking_undecided": State("Not confirmed", Tone.WARN, "hourglass"),
    "alert.form_overdue": State("Form overdue", Tone.BAD, "clock-alert"),
    "alert.stock_low": State("Stock low", Tone.WARN, "package-minus"),
    "alert.message_failed": State("Not delivered", Tone.BAD, "circle-alert"),
    "alert.reminder_held": State("Reminder held", Tone.WARN, "circle-pause"),
    "alert.channel_failing": State("Channel failing", Tone.BAD, "mail-x"),
    "alert.mailbox_failing": State("Mailbox failing", Tone.BAD, "mail-x"),
    "alert.automation_failed": State("Rule failed", Tone.BAD, "zap-off"),
    "alert.worker_late": State("Worker late", Tone.BAD, "hourglass"),
    "alert.zone_changed": State("Clock changed", Tone.WARN, "calendar-clock"),
    "member.active": State("Active", Tone.GOOD, "circle-check", expected=True),
    "member.invited": State("Invited", Tone.INFO, "send"),
    "member.expired": State("Expired", Tone.MUTE, "timer"),
    "member.deactivated": State("Deactivated", Tone.MUTE, "ban"),
}


def state(key: str) -> State:
    """How the state `area.name` is shown. Raises KeyError for a state nobody has described here."""
    return STATE[key]
