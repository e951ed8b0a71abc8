"""The one edge of the screens: expected failures become sentences, bugs become a log entry and an apology."""

import reflex as rx
import structlog

from careops_app.errors import CareOpsError, SignInRequired
from careops_app.ui.components import empty, link_button
from careops_app.ui.guard import to_sign_in

APOLOGY = "Something went wrong. It has been noted; please try again."
log = structlog.get_logger(__name__)


def on_error(exception: Exception) -> rx.event.EventSpec:
    """What a person sees when a handler raised and did not catch (Reflex checks this signature)."""
    if isinstance(exception, SignInRequired):
        return to_sign_in()
    if isinstance(exception, CareOpsError):
        return rx.toast.error(str(exception))
    log.error("handler failed", exc_info=exception)
    return rx.toast.error(APOLOGY)


def on_frontend_error(exception: Exception) -> None:
    """A script error reported by a browser; its text is the browser's, so it is logged short."""
    log.warning("browser error", report=str(exception)[:500])


def not_here() -> rx.Component:
    """What a member sees below /app where no screen is."""
    return rx.el.main(
        rx.el.h1("There is no such screen"),
        rx.el.p("The address may be mistyped, or what was here has moved."),
        rx.el.a("Back to today", href="/app"),
        class_name="no-access",
    )


def no_access() -> rx.Component:
    """What a member sees at an address that their permissions do not include."""
    text = "Your account does not have the permission for it. An owner can give it to you under Settings, Team."
    back = link_button("Back to the dashboard", to="/app/")
    return rx.el.main(empty("This part is not yours to open", text, back, icon_name="lock"), class_name="no-access")
