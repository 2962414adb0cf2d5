"""Several workers at once: one of them does it, the others learn that it was done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from tests.ledger.conftest import Queue
from tests.ledger.test_business import PENDED, new_request
from x12_pa.ledger import audit, decisions, mailboxes, requests
from x12_pa.ledger.database import Ledger
from x12_pa.ledger.store import LedgerStore

T = TypeVar("T")
WORKERS = 4


def together(act: Callable[[int], T]) -> list[T]:
    barrier = Barrier(WORKERS)

    def start(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(start, range(WORKERS)))


def test_one_request_is_queued_once(ledger: Ledger, queue: Queue) -> None:
    found = together(lambda _: queue("PA-1"))
    assert sorted(each.created for each in found) == [False, False, False, True]
    assert len({each.id for each in found}) == 1


def test_many_requests_get_a_number_each(ledger: Ledger, queue: Queue) -> None:
    def many(worker: int) -> list[int]:
        return [queue(f"PA-{worker}-{place}").isa13 for place in range(10)]

    numbers = [number for each in together(many) for number in each]
    assert sorted(numbers) == list(range(1, 10 * WORKERS + 1))
    with ledger.read() as tx:
        assert audit.verify(tx).ok
        assert len(mailboxes.files(tx)) == 10 * WORKERS


def test_one_worker_gets_the_mailbox(ledger: Ledger) -> None:
    store = LedgerStore(ledger=ledger)
    leases = together(lambda number: store.take_lease("acme", f"host-{number}", 60))
    assert len([lease for lease in leases if lease]) == 1


def test_one_decision_is_stored_once(ledger: Ledger) -> None:
    def read(_: int) -> int:
        stored = 0
        for _ in range(5):
            with ledger.write() as tx:
                request = requests.record_request(tx, new_request()).id
                stored += decisions.record_decisions(tx, request, [PENDED])[0].created
        return stored

    assert sum(together(read)) == 1
