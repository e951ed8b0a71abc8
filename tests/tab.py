"""An open tab without a browser: events go through the real pipeline, with the guard in front of every handler."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor

from careops_app.ui.reading import Pushed
from tests.people import Person


class Tab:
    """Fires events as one signed-in person and collects what the server answers."""

    def __init__(self, processor: BaseStateEventProcessor, states: StateManagerMemory, person: Person | None) -> None:
        self._processor, self._states, self._person = processor, states, person
        self.token = uuid.uuid4().hex
        self.deltas: list[Any] = []
        self.events: list[Event] = []

    async def fire(self, spec: Any, path: str = "/app") -> None:
        """Runs a handler and everything it chains."""
        for event in Event.from_event_type(spec):
            await self.fire_raw(event.name, event.payload, path)

    async def fire_raw(self, name: str, payload: dict[str, Any], path: str = "/app") -> None:
        """Exactly what a hostile client may send: any name, any payload."""
        self.deltas.clear()
        self.events.clear()
        headers = {"host": "test"} | ({"authorization": str(self._person.session_id)} if self._person else {})
        where = {"pathname": path, "asPath": path, "path": path, "query": {}, "ip": "10.0.0.1"}
        event = Event(name, {**where, "token": self.token, "sid": "s", "headers": headers}, payload)
        await (await self._processor.enqueue(self.token, event)).wait_all()

    async def push(self, spec: Any) -> None:
        """Runs a handler as the server does when it tells the tab of a change."""
        (event,) = Event.from_event_type(spec)
        await (await self._processor.enqueue(self.token, Pushed(event.name, {}, event.payload))).wait_all()

    async def state(self, cls: type[Any]) -> Any:
        """What this tab's state of that class is now."""
        root = await self._states.get_state(rx.BaseStateToken(ident=self.token, cls=cls))
        return await root.get_state(cls)

    async def shown(self) -> dict[str, Any]:
        """Every variable that the browser has, by state and name."""
        root = await self._states.get_state(rx.BaseStateToken(ident=self.token, cls=rx.State))
        return {f"{state}.{name}": value for state, values in root.dict().items() for name, value in values.items()}

    @property
    def said(self) -> str:
        """The texts and scripts that the server sent back, in one string."""
        return " ".join(str(event.payload) for event in self.events)


@asynccontextmanager
async def tabs(app: rx.App) -> AsyncIterator[Callable[[Person | None], Tab]]:
    """A way to open tabs of this app; errors of handlers reach the test."""
    opened: dict[str, Tab] = {}
    states = StateManagerMemory()

    class Namespace:
        async def emit_update(self, update: Any, token: str) -> None:
            if update.delta:
                opened[token].deltas.append(update.delta)
            opened[token].events.extend(update.events)

    processor = BaseStateEventProcessor(middleware=app, backend_exception_handler=None)
    async with processor.configure(state_manager=states, event_namespace=Namespace()):  # pyright: ignore

        def open_tab(person: Person | None) -> Tab:
            tab = Tab(processor, states, person)
            opened[tab.token] = tab
            return tab

        yield open_tab
