"""The event guard: every handler has a policy or is refused; arguments are strict; the actor comes from the database.

Any client can send any event name with any payload, so this middleware runs before every event, whether it came over
the wire, was chained, or was pushed. `handler` is used instead of `rx.event` everywhere.
"""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, NotRequired, Required, get_args, get_origin, get_type_hints

import reflex as rx
import structlog
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import to_json
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY, transform_form_data
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.ui import reading
from careops_app.ui.session import SessionState, acting, identity_of
from careops_app.workspace import queries, sign_in
from careops_app.workspace.access import Actor, Permission

POLICY = "_careops_policy"
# What Reflex itself must be able to call in an open tab; everything else of the framework is refused.
FRAMEWORK = frozenset(
    "hydrate hydrate_and_load on_load_internal set_is_hydrated update_vars_internal handle_frontend_exception".split()
)
TOUCH_SECONDS = 60.0
SESSIONS_REMEMBERED = 10_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Policy:
    """Who may call a handler, and the exact shape of what the browser may pass to it."""

    permission: Permission
    function: Callable[..., Any]

    @cached_property
    def arguments(self) -> TypeAdapter[dict[str, Any]]:
        """Strict, nothing extra; keyword-only parameters are not part of it. Raises TypeError for a loose signature."""
        shape: dict[str, Any] = {}
        for name, annotation, optional in _from_the_wire(self.function):
            shape[name] = NotRequired[annotation] if optional else Required[annotation]
        strict = with_config(ConfigDict(extra="forbid", strict=True))
        return TypeAdapter(strict(TypedDict(self.function.__qualname__, shape)))  # pyright: ignore

    @cached_property
    def hints(self) -> dict[str, Any]:
        return {name: annotation for name, annotation, _ in _from_the_wire(self.function)}


def handler(permission: Permission, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Marks a method of a state as callable by members who have this permission; `options` go to `rx.event`."""

    def mark(function: Callable[..., Any]) -> Any:
        setattr(function, POLICY, Policy(permission, function))
        return rx.event(function, **options) if options else rx.event(function)  # pyright: ignore

    return mark


def _from_the_wire(function: Callable[..., Any]) -> list[tuple[str, Any, bool]]:
    """(name, type, has a default) of the parameters that the browser fills, after `self`."""
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return [_wire_parameter(function, hints, one) for one in parameters if one.kind is not one.KEYWORD_ONLY]


def _wire_parameter(
    function: Callable[..., Any], hints: dict[str, Any], parameter: inspect.Parameter
) -> tuple[str, Any, bool]:
    if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or _is_loose(hints.get(parameter.name, Any)):
        raise TypeError(f"{function.__qualname__}: give the parameter {parameter.name!r} an exact type")
    return parameter.name, hints[parameter.name], parameter.default is not parameter.empty


def _is_loose(annotation: Any) -> bool:
    """Types that check nothing, and table rows, which would let the browser fill columns."""
    if annotation in (Any, object, dict, list, tuple, set) or hasattr(annotation, "__tablename__"):
        return True
    if get_origin(annotation) is Literal:
        return False
    inner = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    return any(_is_loose(part) for part in inner if part is not Ellipsis)


def policy_of(registered: RegisteredEventHandler) -> Policy | None:
    """The policy a handler was marked with; None for everything unmarked."""
    return getattr(inspect.unwrap(registered.handler.fn), POLICY, None)


def is_framework(registered: RegisteredEventHandler) -> bool:
    """One of the few handlers of Reflex itself that an open tab needs."""
    return registered.handler.fn.__name__ in FRAMEWORK and not registered.states[0].is_user_defined()


class Guard(rx.Middleware):
    """Runs before every event. Order: who is it, may they, is it well-formed."""

    def __init__(self) -> None:
        self._touched: dict[int, float] = {}

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        root = state._get_root_state()
        acting.set(None)
        reading.is_pushed.set(isinstance(event, reading.Pushed))
        if (session_id := session_id_of(root)) is None:
            return _reload()
        who = await reading.actor_of(session_id, lambda: fetch(queries.actor_for_session_id, SYSTEM, session_id))
        if who is None:
            await reset_all(root)
            return _sign_in_again()
        if await _became_another(root, who) and event.name not in _opening_events():
            return _reload()
        if event.router_data:
            await self._touch(session_id)
        return _verdict(who, event)

    async def _touch(self, session_id: int) -> None:
        """A person's event keeps the session alive; what the server pushes does not."""
        now = time.monotonic()
        if now - self._touched.get(session_id, -TOUCH_SECONDS) >= TOUCH_SECONDS:
            if len(self._touched) > SESSIONS_REMEMBERED:
                self._touched.clear()
            self._touched[session_id] = now
            await transact(sign_in.touch_session, SYSTEM, session_id)


def refuse_malformed(app: rx.App) -> None:
    """Drops what is no event of ours as it arrives: Reflex would log it with everything that was typed into it."""
    namespace = app.event_namespace
    assert namespace is not None
    take = namespace.on_event

    async def on_event(sid: str, data: Any) -> None:
        if not _is_well_formed(data):
            log.warning("event refused", reason="unknown or malformed", handler=_name_in(data))
            return
        await take(sid, data)

    namespace.on_event = on_event  # pyright: ignore[reportAttributeAccessIssue]


def _is_well_formed(data: Any) -> bool:
    """A known name, and objects where Reflex takes objects for granted."""
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return False
    router = data.get("router_data", {})
    return (
        data["name"] in RegistrationContext.get().event_handlers
        and isinstance(data.get("payload", {}), dict)
        and isinstance(router, dict)
        and isinstance(router.get("query", {}), dict)
        and all(isinstance(router.get(name, ""), str) for name in ("pathname", "asPath", "path"))
    )


def _name_in(data: Any) -> str:
    return str(data.get("name"))[:120] if isinstance(data, dict) else type(data).__name__


def session_id_of(root: BaseState) -> int | None:
    """The id of the session row, put into the handshake by the gate; None in a tab whose state has expired."""
    value = str((root.router_data.get("headers") or {}).get("authorization", ""))
    return int(value) if value.isdecimal() else None


def _opening_events() -> frozenset[str]:
    from reflex_base.event.processor.base_state_processor import _connect_supersedes, _hydrate_event_names

    return _hydrate_event_names() | frozenset(_connect_supersedes())


async def _became_another(root: BaseState, who: Actor) -> bool:
    """True when this tab had loaded somebody else's data, which is gone now; the shell shows the new actor."""
    shell = await root.get_state(SessionState)
    before, now = shell._identity, identity_of(who)
    if before == now:
        return False
    await reset_all(root)
    shell._show(who, await fetch(queries.workspace_card, who))
    shell._identity = now
    return before != ""


async def reset_all(root: BaseState) -> None:
    """Every state of the tab back to its defaults: the previous identity's data must go."""
    for cls in _user_states(type(root)):
        state = await root.get_state(cls)
        for name, field in cls.get_fields().items():
            if field._owner is cls and not cls._is_client_storage(name):
                setattr(state, name, field.default_value())


def _user_states(cls: type[BaseState]) -> list[type[BaseState]]:
    below = [found for child in cls.get_substates() for found in (child, *_user_states(child))]
    return [found for found in below if found.is_user_defined()]


def _verdict(who: Actor, event: Event) -> StateUpdate | None:
    """None lets the event run, with its payload replaced by what was validated."""
    registered = RegistrationContext.get().event_handlers.get(event.name)
    if registered is not None and is_framework(registered):
        acting.set(who)
        return None
    policy = policy_of(registered) if registered is not None else None
    if policy is None:
        return _denied(who, event, "no policy")
    if not who.may(policy.permission):
        return _denied(who, event, f"needs {policy.permission.value}", "Your account may not do this. Ask an owner.")
    if (arguments := _validated(policy, event.payload)) is None:
        return _denied(
            who, event, "malformed arguments", "That could not be understood. Reload the page and try again."
        )
    event.payload.clear()
    event.payload.update(arguments)
    acting.set(who)
    return None


def _validated(policy: Policy, payload: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments as their types say; None when anything is missing, extra or of another type."""
    try:
        plain = {
            name: transform_form_data(_filled(value), policy.hints.get(name, str)) for name, value in payload.items()
        }
        return dict(policy.arguments.validate_json(to_json(plain)))
    except (ValidationError, ValueError, TypeError):
        return None


def _filled(value: Any) -> Any:
    """A posted form without the fields that are not on the page at the moment: Reflex sends those as null."""
    pairs = value.get(FORM_DATA_ENTRIES_KEY) if isinstance(value, dict) else None
    if not isinstance(pairs, list):
        return value
    return value | {
        FORM_DATA_ENTRIES_KEY: [pair for pair in pairs if not (isinstance(pair, list) and pair[-1:] == [None])]
    }


def _denied(who: Actor, event: Event, reason: str, text: str = "That is not allowed.") -> StateUpdate:
    log.warning(
        "event refused", handler=event.name[:200], reason=reason, member=who.member_id, workspace=who.workspace_id
    )
    return _answer(rx.toast.error(text))


def _sign_in_again() -> StateUpdate:
    log.info("event refused", reason="no live session")
    return _answer(to_sign_in())


def to_sign_in() -> rx.event.EventSpec:
    """Leaves the app; a full load, because the sign-in page is not part of it."""
    return rx.call_script("window.location.assign('/sign-in?next=' + encodeURIComponent(window.location.pathname))")


def _reload() -> StateUpdate:
    return _answer(rx.call_script("window.location.reload()"))


def _answer(spec: rx.event.EventSpec) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(spec))
