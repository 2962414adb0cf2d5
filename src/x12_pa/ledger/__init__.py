"""The ledger: what was asked, sent, received, decided, and the proof of it.

`database.open_ledger` gives a `Ledger`; `ledger.write()` and `ledger.read()` open transactions, and
every function of this package takes one (`tx`) first. What belongs together is written in one
transaction: control numbers, the file and the request it carries; a response, its decisions and
the state they lead to.

`control_numbers` never repeat. `mailboxes` queues files and lists them; `store.LedgerStore` is the
side that the exchange works with. `interchanges`, `requests`, `responses`, `decisions` and `acks`
keep plain records and hold no rules. `audit` chains who did what; `spool` keeps the bytes.
"""
