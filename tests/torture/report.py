"""Figures beside what was asked of them, told one by one; at the end what was missed."""

from __future__ import annotations

from tests.torture.measure import Times


class Report:
    """What one run of a measurement has found."""

    def __init__(self) -> None:
        self._missed: list[str] = []

    def tell(
        self, name: str, value: float, unit: str = " ms", *, least: float | None = None, most: float | None = None
    ) -> None:
        """One figure; beyond its bounds it is marked, and missed."""
        named = {"at least": least, "at most": most}
        bounds = ", ".join(f"{word} {bound:g}{unit}" for word, bound in named.items() if bound is not None)
        kept = (least is None or value >= least) and (most is None or value <= most)
        print(f"  {name}: {value:.2f}{unit}{bounds and f' ({bounds})'}{'' if kept else '  MISSED'}", flush=True)
        if not kept:
            self.miss(f"{name} {value:.2f}{unit}")

    def compare(self, name: str, ours: Times, other: str, theirs: Times) -> None:
        """Our times beside those of something plainer, measured in the same run."""
        told = (f"median {each.median:.2f} ms, p95 {each.p95:.2f} ms" for each in (ours, theirs))
        print(f"  {name}: {f'; {other} '.join(told)}; ratio {ours.median / theirs.median:.2f}", flush=True)

    def miss(self, what: str) -> None:
        self._missed.append(what)

    def end(self) -> int:
        """Tells what was missed; the exit code."""
        print("missed: " + ("; ".join(self._missed) or "nothing"))
        return 1 if self._missed else 0
