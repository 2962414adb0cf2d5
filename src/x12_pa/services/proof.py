"""Why an authorization says what it says: the way from the bytes of a file to each field."""

from attrs import frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.why import Proof, SourceFile, prove
from x12_pa.errors import UsageError
from x12_pa.guides import load_guide, read_tree
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import StoredDecision, history
from x12_pa.ledger.interchanges import interchange
from x12_pa.ledger.requests import RequestEvent, Transmission, events, transmissions
from x12_pa.ledger.responses import StoredResponse, get_response
from x12_pa.services.office import Office
from x12_pa.syntax import read_transactions


@frozen(kw_only=True)
class Explanation:
    """Everything known about how an authorization came to be.

    Attributes:
        record: the version that is explained.
        journey: what happened to its request, oldest first.
        sent: the transaction sets that carried the request.
        proof: the segments that decided; None while nothing was answered.
    """

    record: Authorization
    current: bool
    journey: tuple[RequestEvent, ...]
    sent: tuple[Transmission, ...]
    proof: Proof | None
    file: SourceFile | None


def explain(office: Office, name: str, *, show_phi: bool = False) -> list[Explanation]:
    """Explain the authorizations in force of an id, a request (BHT03), a trace or a number.

    Raises:
        UsageError: nothing of that name is known.
    """
    with office.ledger.read() as tx:
        found = [item for item in history(tx) if item.current and _is(item.authorization, name)]
        if not found:
            raise UsageError(
                f"No authorization has the id, request, trace or number '{name}'. "
                "'x12-pa auth list' shows what there is."
            )
        return [_explain(office, tx, item, show_phi) for item in found]


def _is(record: Authorization, name: str) -> bool:
    return name in (record.id, record.request, record.trace, record.number)


def _explain(office: Office, tx: Tx, item: StoredDecision, show_phi: bool) -> Explanation:
    proof, source = None, None
    response = get_response(tx, item.source.response_id) if item.source.response_id else None
    if response is not None:
        proof, source = _prove(office, tx, item.authorization, response, show_phi)
    return Explanation(
        record=item.authorization,
        current=item.current,
        journey=tuple(events(tx, item.request_id)),
        sent=tuple(transmissions(tx, item.request_id)),
        proof=proof,
        file=source,
    )


def _prove(
    office: Office, tx: Tx, record: Authorization, response: StoredResponse, show_phi: bool
) -> tuple[Proof | None, SourceFile | None]:
    """Read the answer again from the spool and point at its segments."""
    where = interchange(tx, response.interchange_id) if response.interchange_id else None
    offset = response.segment_offset
    if where is None or where.file_sha256 is None:
        return None, None
    with office.ledger.spool.open(where.file_sha256) as file:
        there = (t for t in read_transactions(file) if t.segments[0].offset == offset)
        transaction = next(there, None)
    if transaction is None:
        return None, None
    source = SourceFile(
        name=where.file_name or "",
        sha256=where.file_sha256,
        interchange=f"{where.isa13:09d}",
        group=response.gs06 or "",
        transaction=response.st02 or "",
    )
    tree = read_tree(load_guide("278-response"), transaction.segments)
    return prove(record, tree, transaction.segments, source, show_phi=show_phi), source
