"""The canonical text of a record is that of its plain value, byte for byte."""

import pytest
from attrs import evolve

from tests.support import FIXTURES
from x12_pa.eligibility import answers
from x12_pa.ledger.columns import canonical_json
from x12_pa.models import EligibilityResponse, locate_eligibility, parse_review
from x12_pa.models import canonical as module
from x12_pa.models.canonical import canonical_text
from x12_pa.models.documents import CONVERTER
from x12_pa.syntax import read_transactions

FILES = sorted(
    path
    for folder in ("valid", "eligibility")
    for path in (FIXTURES / folder).glob("*.edi")
    if b"ST*27" in path.read_bytes()
)


def records_of(path):
    for transaction in read_transactions(path.read_bytes()):
        if transaction.id == "278":
            yield parse_review(transaction)
        elif transaction.id in ("270", "271"):
            located = locate_eligibility(transaction)
            yield located.record
            if isinstance(located.record, EligibilityResponse):
                yield from answers(located.record, places=located.places)


def plain(record):
    return canonical_json(CONVERTER.unstructure(record))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_text_is_that_of_the_plain_value(path):
    for record in records_of(path):
        assert canonical_text(record) == plain(record)


@pytest.mark.parametrize("remembered", [1, 3])
def test_what_is_remembered_is_never_given_to_another_record(monkeypatch, remembered):
    monkeypatch.setattr(module, "_REMEMBERED", remembered)
    module._record.cache_clear()
    first = next(record for path in FILES for record in records_of(path))
    for number in range(50):
        changed = evolve(first, reference=f'R{number} "É"')
        assert canonical_text(changed) == plain(changed)
    module._record.cache_clear()
