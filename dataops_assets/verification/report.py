"""What a verification has looked at, and what it has found."""

from collections import Counter
from dataclasses import dataclass, field

from dataops_assets.ledger.entry import key_of
from dataops_assets.model.partitions import UNPARTITIONED, Partition

PRUNE = "dataops prune --apply"
"""The command that finishes a pruning."""


@dataclass(frozen=True)
class Problem:
    """Something that does not add up. partition: its key, or the first and the last. command: what mends it."""

    asset: str
    partition: str
    problem: str
    command: str

    @property
    def what(self) -> str:
        """Where it is and what, in words."""
        return f"{f'{self.asset} {self.partition}'.strip()}: {self.problem}"

    def __str__(self) -> str:
        return f"{self.what}; run: {self.command}"


@dataclass
class Report:
    """checked: how many of what. problems: in an order in which their commands can be run. notes: what is damaged, and
    nothing needs it any more. older: assets with entries of another calendar than the one in force.
    """

    checked: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    older: set[str] = field(default_factory=set)

    def add(self, asset: str, partition: Partition | str | None, problem: str, command: str) -> None:
        """Note a problem."""
        key = partition if isinstance(partition, str) else key_of(partition)
        self.problems.append(Problem(asset, key, problem, command))


def run(select: str, key: str = UNPARTITIONED, *options: str) -> str:
    """The command that materializes assets for a partition, or for a range of them."""
    words = ["dataops run --select", select, *([f"--partitions {key}"] if key != UNPARTITIONED else []), *options]
    return " ".join(words)


def rebuild(select: str) -> str:
    """The command that makes assets again from the lake."""
    return f"dataops rebuild --select {select}"


def drop(asset: str) -> str:
    """The command that removes what the warehouse has of another calendar."""
    return f"dataops drop {asset.partition('/')[2]}"
