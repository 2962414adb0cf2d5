"""Exceptions, by whose fault it is.

```text
X12PAError
├── UsageError        the caller asked for something that makes no sense        exit 2
├── ConfigError       a configuration file or setting is wrong                  exit 2
├── DocumentError     an input cannot be read at all (not X12, unreadable)      exit 2
├── Refused           we decline to do it, and nothing was changed              exit 1
├── RemoteError       the partner's server failed or refused; see exchange      exit 3
├── LocalError        this machine failed: disk full, database locked           exit 3
│   └── Forbidden     this user may not write there; trying again is no help    exit 2
└── InternalError     a defect in x12-pa                                        exit 70
```

Problems *inside* documents are not exceptions but `validation.Finding` values. Every message says
what happened, where, what was expected and what to do; none carries element values.
"""


class X12PAError(Exception):
    """Base of every error that x12-pa raises on purpose."""

    exit_code = 70


class UsageError(X12PAError):
    """The call makes no sense as written."""

    exit_code = 2


class ConfigError(X12PAError):
    """A configuration file, profile or setting is wrong or missing."""

    exit_code = 2


class DocumentError(X12PAError):
    """An input cannot be read at all."""

    exit_code = 2


class Refused(X12PAError):
    """The work is declined and nothing was changed."""

    exit_code = 1


class RemoteError(X12PAError):
    """The other side failed; trying again may help."""

    exit_code = 3


class LocalError(X12PAError):
    """This machine failed: disk full, database locked, file not writable."""

    exit_code = 3


class Forbidden(LocalError):
    """This user has no right to a place of this machine; only a person can change that."""

    exit_code = 2


class InternalError(X12PAError):
    """A defect in x12-pa itself."""

    exit_code = 70
