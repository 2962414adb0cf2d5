"""Strategies of inquiries and responses: those of reviews, for another tree."""

from hypothesis import strategies as st

from tests.strategies import NPIS, _Drawing
from x12_pa.models.eligibility import Benefit, EligibilityInquiry, EligibilityResponse, Question
from x12_pa.models.eligibility_parts import EligibilityParty, EligibilityPerson, MilitaryService


def inquiries(guide, *, rare=4):
    """Return a strategy of inquiries that fit `guide`."""
    return _sets(EligibilityInquiry, guide, rare)


def responses(guide, *, rare=4):
    """Return a strategy of responses that fit `guide`."""
    return _sets(EligibilityResponse, guide, rare)


@st.composite
def _sets(draw, record, guide, rare):
    return _EligibilityDrawing(draw, rare).record(record, guide.root)


class _EligibilityDrawing(_Drawing):
    def record(self, cls, where):
        found = super().record(cls, where)
        changes = {}
        if cls is EligibilityParty and found.identifier_type == "XX":
            changes["identifier"] = self.draw(st.sampled_from(NPIS))
        if cls in (EligibilityPerson, EligibilityParty) and found.provider is not None:
            changes["provider"] = None if found.provider.identifier is None else found.provider
        if cls in (Question, Benefit) and found.service_types:
            changes["procedure"] = None
        if cls is EligibilityPerson and any(r.valid is False for r in found.rejects):
            changes["rejects"] = ()
        if cls is MilitaryService and found.period is None:
            return found
        return type(found)(**{**_values(found), **changes}) if changes else found

    def _patient_is_known(self, bound, values):
        return True

    def _count(self, usage, limit, usual=2):
        return super()._count(usage, limit, min(usual, 2))

    def _loops(self, bound, where, values):
        found = super()._loops(bound, where, values)
        if bound.name in ("sources", "receivers"):
            return found[:1]
        return found


def _values(record):
    import attrs

    return {field.name: getattr(record, field.name) for field in attrs.fields(type(record))}
