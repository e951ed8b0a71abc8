"""What somebody typed into a form, and what is wrong with it; carried from a view to the page that shows it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from careops_app.errors import Invalid

NEVER_SHOWN_AGAIN = frozenset({"password"})


@dataclass(frozen=True)
class Typed:
    """Values as they were typed and a sentence per field that cannot be accepted; "form" stands for the whole form."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What to put back into the field; passwords stay out of pages."""
        return "" if name in NEVER_SHOWN_AGAIN else self.values.get(name, "")

    def problem(self, name: str) -> str:
        return self.problems.get(name, "")

    def field(self, name: str, **attributes: str | bool | int | None) -> dict[str, Any]:
        """What a field of the kit needs to be shown again; the cursor goes to the first one that has a problem."""
        is_first = bool(self.problems) and name == next(iter(self.problems))
        spelled = {attribute.replace("_", "-"): value for attribute, value in attributes.items()}
        more = {"autofocus": True} if is_first else {}
        return {"value": self.value(name), "problem": self.problem(name), "attributes": {**spelled, **more}}

    def refused(self, problems: Mapping[str, str]) -> Typed:
        """The same entries with what is wrong with them."""
        return Typed(self.values, {**self.problems, **problems})

    def replaced(self, **values: str) -> Typed:
        """The same problems with other entries."""
        return Typed({**self.values, **values}, self.problems)


def problems_of(*checks: Callable[[], Any]) -> dict[str, str]:
    """Everything that is wrong at once: each check raises Invalid or is content."""
    found: dict[str, str] = {}
    for check in checks:
        try:
            check()
        except Invalid as problem:
            found |= problem.fields
    return found
