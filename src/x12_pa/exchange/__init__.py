"""Files to and from mailboxes, with exactly-once effect.

The ledger is the truth, the scheduler only a tick: every step is one remote operation with a
committed state change before or after it, so that the process may be killed between any two
instructions. This package knows files and envelopes, never clinical content. `paramiko` is
imported only by `sftp`, `apscheduler` only by `runner`.
"""
