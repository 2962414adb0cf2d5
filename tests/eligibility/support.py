"""Read a fixture or a published sample and ask it one question."""

from datetime import date

from tests.support import FIXTURES, reference_dir
from x12_pa.eligibility import Ask, answers
from x12_pa.models import Procedure
from x12_pa.models.eligibility_sets import locate_eligibility
from x12_pa.syntax import read_transactions


def located(path):
    """Return every transaction set of a file as a located record."""
    with path.open("rb") as stream:
        return [locate_eligibility(transaction) for transaction in read_transactions(stream)]


def fixture(name):
    return FIXTURES / "eligibility" / f"{name}.edi"


def sample(name):
    return reference_dir() / "eligibility" / "samples" / f"{name}.edi"


def ask(service_type=None, procedure=None, **more):
    if procedure is not None:
        code, *modifiers = procedure.split(":")
        procedure = Procedure(qualifier="HC", code=code, modifiers=tuple(modifiers))
    return Ask(service_type=service_type, procedure=procedure, **more)


def told(path, service_type=None, *, on=None, number=0, known=None, **more):
    """Return the answers of one transaction set to one question."""
    found = located(path)[number]
    return list(
        answers(
            found.record,
            asks=[ask(service_type, **more)],
            on=on and date.fromisoformat(on),
            places=found.places,
            known=known,
        )
    )


def first(path, service_type=None, **more):
    return told(path, service_type, **more)[0]


def where(place):
    return place.loop, place.segment, place.number
