"""What was measured, round by round."""

from dataclasses import dataclass, field
from statistics import median


@dataclass
class Costs:
    """CPU milliseconds of a feed, by what was measured, one a round."""

    by_name: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, seconds: float, feeds: int) -> None:
        self.by_name.setdefault(name, []).append(seconds / feeds * 1e3)

    def figures(self) -> dict[str, float]:
        return {f"{name}_ms": median(each) for name, each in self.by_name.items()}

    def ratio(self, one: str, other: str, named: str) -> dict[str, float]:
        """Of the same rounds; nothing where the other was left out."""
        if other not in self.by_name:
            return {}
        ratios = [a / b for a, b in zip(self.by_name[one], self.by_name[other], strict=True)]
        return {named: median(ratios), f"{named}_lowest": min(ratios), f"{named}_highest": max(ratios)}
