"""Claims → settlements: one value for each property of an event, the rule that decided, and how the accounts differ.

A model is a sequence of rules, tried in order; the first that decides gives its name to the settlement. Where none decides it is a
tie, and a tie is a range over its candidates, never a hole. Accounts vote, not addresses. Sets are unions. That reports are kept and
aggregated by a model the user can change follows Cook and Weidmann (2019), "Lost in Aggregation", American Journal of Political
Science 63 (1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from iqsy import amounts, dates

SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class Vote:
    """One account's value in one source; `official` where a document or the institution's own text says it."""

    value: str
    account: str
    source: str
    official: bool = False
    complete: bool = False
    whole_text: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settled property; `members` gives the accounts behind each value of a set."""

    event: str
    prop: str
    subject: str
    value: str
    settled_by: str
    n_reports: int
    n_accounts: int
    n_values: int
    difference: str
    reason: str | None = None
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """How values of a property lie in each other, what a tie between them is, and what they allow in common."""

    contains: Callable[[str, str], bool]
    join: Callable[[Collection[str]], str]
    shared: Callable[[Collection[str]], str | None] = lambda values: None


class Ballot:
    """The votes on one single-valued property, with what the rules ask of them."""

    def __init__(self, votes: Iterable[Vote], order: Order) -> None:
        self.votes = tuple(votes)
        self.order = order

    @cached_property
    def values(self) -> tuple[str, ...]:
        return tuple(sorted({v.value for v in self.votes}))

    @cached_property
    def accounts(self) -> frozenset[str]:
        return frozenset(v.account for v in self.votes)

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """Values that hold no other value strictly inside."""
        return tuple(
            v
            for v in self.values
            if not any(w != v and self._inside(w, v) and not self._inside(v, w) for w in self.values)
        )

    def _inside(self, inner: str, outer: str) -> bool:
        return self.order.contains(outer, inner)

    def behind(self, value: str) -> frozenset[str]:
        """Accounts that state just this value."""
        return frozenset(v.account for v in self.votes if v.value == value)

    def compatible(self, value: str) -> bool:
        """Whether every value holds this one."""
        return all(self._inside(value, other) for other in self.values)

    @cached_property
    def shared(self) -> str | None:
        """What every value allows; None where there is no such thing."""
        return self.order.shared(self.values)


Rule = Callable[[Ballot], str | None]


def single_account(ballot: Ballot) -> str | None:
    """One account, one value."""
    return ballot.values[0] if len(ballot.accounts) == 1 and len(ballot.values) == 1 else None


def unanimous(ballot: Ballot) -> str | None:
    """Several accounts, one value."""
    return ballot.values[0] if len(ballot.values) == 1 else None


def most_precise(ballot: Ballot) -> str | None:
    """The value that all others hold, a day inside a month, a place inside a region; of several that say the same the plainest."""
    inner = [v for v in ballot.candidates if ballot.compatible(v)]
    return min(inner, key=lambda v: (len(v), v), default=None)


def majority(ballot: Ballot) -> str | None:
    """The candidate that more than half of the accounts state, of those that state any candidate."""
    standing = {v: ballot.behind(v) for v in ballot.candidates}
    electorate = frozenset().union(*standing.values())
    winners = [v for v, accounts in standing.items() if 2 * len(accounts) > len(electorate)]
    return winners[0] if len(winners) == 1 else None


def official_text(ballot: Ballot) -> str | None:
    """The one candidate that an official text states."""
    stated = {v.value for v in ballot.votes if v.official and v.value in ballot.candidates}
    return stated.pop() if len(stated) == 1 else None


def overlap(ballot: Ballot) -> str | None:
    """What all values allow, where they overlap and none lies in all others."""
    return ballot.shared


def narrowest(ballot: Ballot) -> str | None:
    """The one candidate that most accounts state, nested values counted for what lies in them."""
    support = {
        v: len({w.account for w in ballot.votes if ballot.order.contains(w.value, v)})
        for v in ballot.candidates
    }
    return _only_highest(support)


def plurality(ballot: Ballot) -> str | None:
    """The one value, as stated, that more accounts state than any other."""
    return _only_highest({v: len(ballot.behind(v)) for v in ballot.values})


def _only_highest(support: Mapping[str, int]) -> str | None:
    highest = max(support.values())
    winners = [v for v, n in support.items() if n == highest]
    return winners[0] if len(winners) == 1 else None


MODELS: Mapping[str, Sequence[tuple[str, Rule]]] = {
    "standard": (
        ("single_account", single_account),
        ("unanimous", unanimous),
        ("most_precise", most_precise),
        ("overlap", overlap),
        ("majority", majority),
        ("official_text", official_text),
    ),
    "conservative": (("single_account", single_account), ("unanimous", unanimous)),
    "informative": (
        ("single_account", single_account),
        ("unanimous", unanimous),
        ("most_precise", narrowest),
    ),
    "majority": (("single_account", single_account), ("unanimous", unanimous), ("majority", plurality)),
}


def decide(ballot: Ballot, model: str) -> tuple[str, str]:
    """The value of a ballot and the name of the rule that decided.

    Raises KeyError for a model that does not exist.
    """
    for name, rule in MODELS[model]:
        value = rule(ballot)
        if value is not None:
            return value, name
    candidates = ballot.values if model == "conservative" else ballot.candidates
    return ballot.order.join(candidates), "tie"


def settle_single(
    event: str,
    prop: str,
    subject: str,
    votes: Sequence[Vote],
    order: Order,
    model: str,
    *,
    denied: bool = False,
) -> Settlement:
    """Settle a property that has one value; `votes` must not be empty."""
    ballot = Ballot(votes, order)
    value, rule = decide(ballot, model)
    return Settlement(
        event,
        prop,
        subject,
        value,
        rule,
        n_reports=len({v.source for v in votes}),
        n_accounts=len(ballot.accounts),
        n_values=len(ballot.values),
        difference=_single_difference(ballot, denied),
    )


def _single_difference(ballot: Ballot, denied: bool) -> str:
    if len(ballot.values) == 1:
        return "none"
    if denied:
        return "denial"
    agree = ballot.shared is not None or any(ballot.compatible(v) for v in ballot.candidates)
    return "precision" if agree else "contradiction"


def settle_set(event: str, prop: str, subject: str, votes: Sequence[Vote]) -> Settlement:
    """Settle a property that has a set of values: the union, with the accounts behind each member."""
    members = {
        x: frozenset(v.account for v in votes if v.value == x) for x in sorted({v.value for v in votes})
    }
    n_values, difference = _set_difference(prop, votes, members)
    return Settlement(
        event,
        prop,
        subject,
        SEPARATOR.join(members),
        "union",
        n_reports=len({v.source for v in votes}),
        n_accounts=len({v.account for v in votes}),
        n_values=n_values,
        difference=difference,
        members=members,
    )


def _set_difference(prop: str, votes: Sequence[Vote], members: Collection[str]) -> tuple[int, str]:
    """How many lists differ, and how.

    Words for one document differ by naming. Else only a list that its voice gives as the whole, in a text seen whole, can leave
    something out: silence proves nothing.
    """
    lists = {a: frozenset(v.value for v in votes if v.account == a) for a in {v.account for v in votes}}
    n_lists = len(set(lists.values()))
    if prop == "designation":
        return n_lists, "naming" if n_lists > 1 else "none"
    whole = {v.account for v in votes if v.complete and v.whole_text}
    if any(lists[account] != frozenset(members) for account in whole):
        return n_lists, "omission"
    return 1, "none"


def settle_reported(event: str, prop: str, subject: str, votes: Sequence[Vote]) -> Settlement:
    """Keep what is not voted on (ordinals of outlets) as the range of what is said."""
    ballot = Ballot(votes, NUMBERS)
    return Settlement(
        event,
        prop,
        subject,
        ballot.values[0] if len(ballot.values) == 1 else NUMBERS.join(ballot.values),
        "not_voted",
        n_reports=len({v.source for v in votes}),
        n_accounts=len(ballot.accounts),
        n_values=len(ballot.values),
        difference="contradiction" if len(ballot.values) > 1 else "none",
    )


NUMBERS = Order(amounts.contains, amounts.hull, amounts.shared)
DATES = Order(dates.contains, dates.one_of, dates.shared)


def plain(join: Callable[[Collection[str]], str]) -> Order:
    """Values that never lie in each other."""
    return Order(lambda outer, inner: outer == inner, join)


def places(parents: Mapping[str, str | None]) -> Order:
    """Places by the gazetteer; a tie is the smallest place that holds all candidates, else the widest of them all."""

    def chain(place: str) -> list[str]:
        found = [place]
        while (parent := parents.get(found[-1])) is not None and parent not in found:
            found.append(parent)
        return found

    def join(values: Collection[str]) -> str:
        first, *others = (chain(v) for v in sorted(values))
        shared = [p for p in first if all(p in other for other in others)]
        return shared[0] if shared else first[-1]

    return Order(lambda outer, inner: outer in chain(inner), join)
