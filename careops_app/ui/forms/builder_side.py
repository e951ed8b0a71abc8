"""Beside the questions: documents to read with the form, and when the form is used."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    button,
    card,
    checkbox,
    field,
    icon,
    icon_button,
    out_link,
    padded,
    text_field,
    text_input,
)
from careops_app.ui.forms.builder_state import BuilderState, Paper, Tick

S = BuilderState
# A plain upload to a route of ours; what it answers is what is wrong per field, or nothing.
UPLOAD = """(async () => {
  const form = document.getElementById("add-document");
  const sent = await fetch(form.dataset.to, {method: "POST", body: new FormData(form)}).catch(() => null);
  if (sent && sent.status === 413) return {file: "This file is larger than 10 MB. Send a smaller one."};
  const said = sent && await sent.json().catch(() => null);
  return said || {file: "The file could not be sent. Check the connection and try again."};
})()"""


def documents() -> rx.Component:
    """The papers sent with the form, and the line that adds one."""
    listed = rx.el.ul(rx.foreach(S.papers, _paper), class_name="rows")
    none = rx.el.p(
        "Nothing yet. An agreement or a sheet with advice is read before the questions.", class_name="small muted"
    )
    return card(
        rx.cond(S.papers, listed, padded(none)),
        padded(_add(), class_name="rule-above"),
        title="Documents to read",
        id="papers",
    )


def _paper(row: ObjectVar[Paper]) -> rx.Component:
    return rx.el.li(
        icon("file-text"),
        rx.el.div(out_link(row.title, href=row.address, new_tab=False), rx.el.small(row.about), class_name="grow"),
        icon_button("trash-2", f"Remove: {row.title}", size="sm", on_click=S.remove_paper(row.id)),
        key=row.id.to_string(),
    )


def _add() -> rx.Component:
    file = text_input("file", id="paper-file", type="file", error=S.upload_errors["file"], hinted=True)
    hint = "PDF, Word, Excel, picture or plain text, at most 10 MB."
    return rx.el.form(
        rx.el.div(
            text_field("Title", "title", id="paper-title", error=S.upload_errors["title"], placeholder="Treatment agreement"),
            field("File", file, id="paper-file", hint=hint, error=S.upload_errors["file"]),
            class_name="two",
        ),
        rx.el.div(button("Add the document", icon_name="upload", type="submit"), class_name="row"),
        on_submit=rx.call_script(UPLOAD, callback=S.uploaded),
        no_validate=True, id="add-document", class_name="stack", key=f"upload-{S.uploads}",
        custom_attrs={"data-to": S.upload_to},
    )  # fmt: skip


def usage() -> rx.Component:
    """Which services send it, and when it is due."""
    change = button("Change", size="sm", kind="ghost", on_click=S.ask_link(True))
    rows = rx.el.ul(
        rx.el.li(rx.el.span("Sent with", rx.el.small(S.sent_with)), change),
        rx.el.li(rx.el.span("Due", rx.el.small("24 hours before the visit"))),
        rx.el.li(rx.el.span("Sent by hand", rx.el.small("Due in 7 days when there is no visit"))),
        class_name="sets",
    )
    return card(rx.cond(S.linking, padded(_links()), rows), title="When it is used", id="used")


def _links() -> rx.Component:
    def tick(service: ObjectVar[Tick]) -> rx.Component:
        return rx.el.div(
            checkbox(service.word, "services", value=service.value, default_checked=service.on), key=service.value
        )

    none = rx.el.p("Add a service under Settings first.", class_name="small muted")
    return rx.el.form(
        rx.el.fieldset(
            rx.el.legend("Sent after bookings of", class_name="label"),
            rx.cond(S.services, rx.el.div(rx.foreach(S.services, tick), class_name="stack"), none),
            class_name="stack",
        ),
        rx.el.div(
            button("Save", kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.ask_link(False)),
            class_name="row",
        ),
        on_submit=S.link, class_name="stack", key=f"links-{S.version}",
    )  # fmt: skip
