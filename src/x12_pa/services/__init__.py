"""Use cases: what a command does, in terms of the parts below it.

Each module is one verb of the main job: `submit` queues requests, `exchange` moves files, `ingest`
reads what came, `claims` puts numbers on 837 files, `lists` and `proof` answer questions. They hold
no rules of their own; those live in `validation`, `authorizations` and `reconcile`.
"""
