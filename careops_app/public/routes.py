"""Every public address: what customers and signed-out people see. Plain HTML, no socket."""

from starlette.routing import BaseRoute

from careops_app.public import business
from careops_app.public.book import hold
from careops_app.public.book import repeat_view as repeat
from careops_app.public.book import several_view as several
from careops_app.public.book import view as book
from careops_app.public.contact import view as contact
from careops_app.public.edge import at
from careops_app.public.form.view import ROUTES as FORM_ROUTES
from careops_app.public.invitation import view as invitation
from careops_app.public.manage.view import ROUTES as MANAGE_ROUTES
from careops_app.public.reset import view as reset
from careops_app.public.sign_in import view as sign_in
from careops_app.public.sign_up import view as sign_up
from careops_app.public.unsubscribe import view as unsubscribe
from careops_app.public.waitlist.view import ROUTES as WAITLIST_ROUTES
from careops_app.public.welcome import demo
from careops_app.public.welcome import view as welcome

ROUTES: list[BaseRoute] = [
    at("/", get=welcome.show),
    at("/demo", get=demo.waiting, post=demo.enter),
    at("/sign-up", get=sign_up.show, post=sign_up.create),
    at("/sign-in", get=sign_in.show, post=sign_in.enter),
    at("/sign-out", post=sign_in.leave),
    at("/switch", post=sign_in.switch),
    at("/reset", get=reset.show, post=reset.ask),
    at("/reset/{token}", get=reset.open_link, post=reset.set_password),
    at("/invitation/{token}", get=invitation.show, post=invitation.accept),
    at("/b/{slug}", get=book.show, post=book.book),
    at("/b/{slug}/repeat", get=repeat.show, post=repeat.book),
    at("/b/{slug}/several", get=several.show, post=several.book),
    at("/b/{slug}/hold", get=hold.again, post=hold.take),
    at("/b/{slug}/let-go", get=hold.again, post=hold.let_go),
    at("/c/{slug}", get=contact.show, post=contact.send),
    at("/c/{slug}/proof", get=contact.show, post=contact.prove),
    *MANAGE_ROUTES,
    *FORM_ROUTES,
    *WAITLIST_ROUTES,
    at("/u/{token}", get=unsubscribe.show, post=unsubscribe.change, foreign=unsubscribe.one_click),
    at("/brand/{slug}.css", get=business.stylesheet),
    at("/robots.txt", get=business.robots),
]
