"""What a person looks at on the forms screen: a list of requests, the forms there are, or one form. All in the address."""

from __future__ import annotations

from dataclasses import replace

import reflex as rx

from careops_app.forms import queries
from careops_app.forms.queries import PAGE, RequestFilter, RequestPage
from careops_app.infra import clock
from careops_app.ui import live
from careops_app.ui.forms import rows
from careops_app.ui.forms.address import Place
from careops_app.ui.forms.asking_state import AskingState
from careops_app.ui.forms.builder_state import BuilderState
from careops_app.ui.forms.request_state import RequestState
from careops_app.ui.forms.rows import Choice, FormLine, Line
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission


class FormsState(rx.State):
    """The lists. `view` is "requests", "forms" or "builder"."""

    loaded: bool = False
    view: str = "requests"
    views: list[Choice] = []
    filters: list[Choice] = []
    lines: list[Line] = []
    list_word: str = ""
    forms: list[FormLine] = []
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    _place: Place = Place()

    @handler(Permission.FORMS)
    async def load(self) -> None:
        """Opens what the address names."""
        live.join(FormsState.refresh)
        self._place = self._asked()
        await (await self.get_state(RequestState))._open(self._place)
        await (await self.get_state(BuilderState))._open(self._place.form)
        await self._read()
        asking = await self.get_state(AskingState)
        assign(asking, open=False, problems={})
        if asked(self, "new"):
            await asking._begin(asked_id(self, "contact"))

    @handler(Permission.FORMS)
    async def refresh(self) -> None:
        """Reads again after a change; what is being typed is left alone."""
        await (await self.get_state(RequestState))._read()
        await (await self.get_state(BuilderState))._read()
        await self._read()

    def _asked(self) -> Place:
        wanted, request = asked(self, "filter"), asked_id(self, "request")
        otherwise = RequestFilter.ALL if request else RequestFilter.PENDING
        return Place(
            tab="forms" if asked(self, "tab") == "forms" else "requests",
            chosen=RequestFilter(wanted) if wanted in tuple(RequestFilter) else otherwise,
            page=min(asked_id(self, "page") or 1, 10_000), request=request, form=asked_id(self, "form"),
        )  # fmt: skip

    async def _read(self) -> None:
        place = self._place
        view = "builder" if place.form is not None else place.tab
        if view == "requests":
            await self._read_requests()
        elif view == "forms":
            assign(self, forms=[rows.form_line(row) for row in await read(queries.form_list, actor())])
        assign(self, loaded=True, view=view, views=_views(view))

    async def _read_requests(self) -> None:
        who, place, now = actor(), self._place, clock.now()
        zone = clock.zone((await read(workspaces.workspace_card, who)).time_zone)
        page = await read(queries.request_list, who, place.chosen, place.page)
        counts = await read(queries.request_counts, who)
        assign(
            self,
            filters=rows.filters(place, counts), list_word=rows.FILTERS[place.chosen],
            lines=[rows.line(row, place, zone, now) for row in page.rows], **_pager(place, page),
        )  # fmt: skip


def _views(view: str) -> list[Choice]:
    return [
        Choice("requests", "Requests", Place().address(), view == "requests", ""),
        Choice("forms", "Forms", Place(tab="forms").address(), view == "forms", ""),
    ]


def _pager(place: Place, page: RequestPage) -> dict[str, str]:
    first = (page.page - 1) * PAGE + 1
    many = page.total > PAGE
    return {
        "pages": f"{first}–{first + len(page.rows) - 1} of {page.total}" if many else "",
        "earlier_page": replace(place, page=page.page - 1).address() if page.page > 1 else "",
        "later_page": replace(place, page=page.page + 1).address() if page.page < page.pages else "",
    }
