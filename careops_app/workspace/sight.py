"""What is a member's own, table by table, in words of SQL: all that staff see when the owner keeps the rest from them.

The conditions stand in the database as policies of the role that such members act as (infra/tenancy.py), so they hold for
every list, search, number, record and command, those of tomorrow included. A condition that reads another table sees
only what that table's own condition leaves. Tables of other nouns are named here, but nothing of them is imported.
"""

from __future__ import annotations

from careops_app.infra.tenancy import MEMBER

_MY_BOOKING = "exists (select from booking b where b.workspace_id = {0}.workspace_id and b.id = {0}.{1})"
_MY_CONTACT = "exists (select from contact c where c.workspace_id = {0}.workspace_id and c.id = {0}.contact_id)"
_MY_CALENDAR = "staff_id = any (array(select r.id from resource r where r.member_id = {}))"
_VISITS_ME = "exists (select from booking b where b.workspace_id = {0}.workspace_id and b.contact_id = {0}.{1})"


def _through(table: str, own: str, column: str) -> str:
    """Mine when the row it belongs to is."""
    return f"exists (select from {own} o where o.workspace_id = {table}.workspace_id and o.id = {table}.{column})"


NARROWED: dict[str, str] = {
    "booking": _MY_CALENDAR.format(MEMBER),
    "conversation": f"assigned_to = {MEMBER} or {_VISITS_ME.format('conversation', 'contact_id')}",
    "contact": f"{_VISITS_ME.format('contact', 'id')} or exists (select from conversation v "
    f"where v.workspace_id = contact.workspace_id and v.contact_id = contact.id and v.assigned_to = {MEMBER})",
    **{
        table: _MY_CONTACT.format(table) for table in ("contact_address", "contact_word", "contact_tag", "contact_note")
    },
    "message": f"{_through('message', 'conversation', 'conversation_id')} "
    f"and (about is distinct from 'booking' or {_MY_BOOKING.format('message', 'about_id')}) "
    f"and (about is distinct from 'form_request' or {_through('message', 'form_request', 'about_id')})",
    "delivery_attempt": _through("delivery_attempt", "message", "message_id"),
    "delivery_event": _through("delivery_event", "message", "message_id"),
    "inbound_mail": _through("inbound_mail", "message", "message_id"),
    "inbound_raw": _through("inbound_raw", "inbound_mail", "mail_id"),
    "mail_file": _through("mail_file", "inbound_mail", "mail_id"),
    "conversation_word": _through("conversation_word", "conversation", "conversation_id"),
    "inquiry": _through("inquiry", "conversation", "conversation_id"),
    "form_request": f"{_MY_CONTACT.format('form_request')} "
    f"and (booking_id is null or {_MY_BOOKING.format('form_request', 'booking_id')})",
    "submission": _through("submission", "form_request", "request_id"),
    "submission_file": _through("submission_file", "form_request", "request_id"),
    "stored_file": "exists (select from form_document d where d.workspace_id = stored_file.workspace_id "
    "and d.file_id = stored_file.id) or exists (select from submission_file u "
    "where u.workspace_id = stored_file.workspace_id and u.file_id = stored_file.id)",
    "outbox_event": f"(contact_id is null or {_MY_CONTACT.format('outbox_event')}) "
    f"and (booking_id is null or {_MY_BOOKING.format('outbox_event', 'booking_id')})",
    "automation_run": _through("automation_run", "outbox_event", "event_id"),
    "alert": _through("alert", "outbox_event", "event_id"),
    "automation_stop": f"contact_id is null or {_MY_CONTACT.format('automation_stop')}",
    "plan_change": _MY_CONTACT.format("plan_change"),
    "stock_movement": f"booking_id is null or {_MY_BOOKING.format('stock_movement', 'booking_id')}",
    "waitlist_entry": _MY_CONTACT.format("waitlist_entry"),
    "waitlist_offer": _through("waitlist_offer", "waitlist_entry", "entry_id"),
    "customer_link": "case purpose "
    f"when 'manage_booking' then {_through('customer_link', 'booking', 'subject_id')} "
    f"when 'form' then {_through('customer_link', 'form_request', 'subject_id')} "
    f"when 'waitlist' then {_through('customer_link', 'waitlist_entry', 'subject_id')} else false end",
    "quarantined_inquiry": "false",  # of people who are nobody's yet
    "audit_entry": f"member_id = {MEMBER}",
}

OPEN: dict[str, str] = {
    "workspace": "the business itself", "restoration": "that the business was brought back from a backup",
    "member": "the team", "invitation": "the team", "api_key": "owners only, by permission",
    "service": "what is offered", "resource": "who and what can be busy", "service_staff": "what is offered",
    "service_need": "what is offered", "need_resource": "what is offered", "opening_hours": "when the business is open",
    "special_hours": "when the business is open", "time_off": "who is away, which free times depend on",
    "allocation": "times without names: whether a time is free", "slot_hold": "times without names",
    "group_session": "times without names", "seat": "times without names", "booking_group": "what was booked together",
    "item": "what is in stock", "service_supply": "what a service uses",
    "form": "what is asked, not what was answered", "form_version": "what is asked", "form_document": "what is asked",
    "service_form": "what is asked",
    "channel_account": "how the business sends", "mailbox": "how far mail was read",
    "mail_folder": "how far mail was read", "wording": "the words of messages", "rule_version": "what runs by itself",
    "suppression": "digests of addresses, nothing that names anybody", "text_setting": "when texts go",
}  # fmt: skip
"""Tables that hold nothing of a customer, and why staff who see only their own see them whole."""
