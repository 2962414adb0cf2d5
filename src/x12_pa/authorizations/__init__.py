"""The life cycle of a prior authorization: records, states, decisions, clocks, worklists. No IO.

`records` holds what is stored, `states` the one table of the life cycle. `opening.opened` turns a
request into undecided authorizations, `matching.find_request` finds the request of an answer,
`decisions.decisions` reads the answer, `history.settle` says which version is current,
`clocks.expected_by` when an answer is due, `worklist.worklist` what to do next, and `why.prove`
where every field came from.
"""
