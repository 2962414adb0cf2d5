"""Evidence that a service needs no authorization: what a 271 said of one service on one day.

It is held against claim lines like an authorization, and it can only ever answer "none is needed".
It holds for exactly what was asked and told: this payer, member and patient, the procedure with its
modifiers, the place, the provider, the day. Nothing widens it, no policy and no equivalence.
"""

from attrs import frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.states import State
from x12_pa.models.codecs import Period


@frozen(kw_only=True)
class Evidence(Authorization):
    """A statement of the payer that no authorization is needed.

    Attributes:
        citation: where it stands, for people: `271 of 2026-11-22 (trace …, 2110C EB, segment 13)`.
        effective_on, expires_on: the day that it speaks for, twice.
        place_of_service: set where the statement is limited to a place; "" is any.
        provider_npis: who asked; it holds for nobody else.
    """

    citation: str
    state: str = State.NOT_REQUIRED.value

    def speaks_for(self, day: Period | None, place: str, npis: frozenset[str]) -> bool:
        """Say whether a service on these days, at this place, by these providers is meant."""
        same_day = day is not None and day.start == day.last == self.effective_on
        same_place = not self.place_of_service or self.place_of_service == place
        return same_day and same_place and not npis.isdisjoint(self.provider_npis)
