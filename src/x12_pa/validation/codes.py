"""One row of the catalogue of finding codes."""

from attrs import frozen

from x12_pa.validation.results import Ack999


@frozen
class Code:
    """One finding code.

    Attributes:
        severity: `error`, `warning` or `info`.
        snip: SNIP type 1 to 7.
        message: text with fields in braces.
        ik304: segment error code of the 999, or None.
        ik403: element error code of the 999, or None.
        ta105: note code of the TA1 for envelope faults, or None.
        ik502: transaction set error code of the 999, or None.
        ak905: functional group error code of the 999, or None.
    """

    code: str
    severity: str
    snip: int
    message: str
    ik304: str | None = None
    ik403: str | None = None
    ta105: str | None = None
    ik502: str | None = None
    ak905: str | None = None

    @property
    def ack(self) -> Ack999 | None:
        """The 999 codes of a segment or element fault, or None."""
        if self.ik304 is None:
            return None
        return Ack999(self.ik304, self.ik403)


def element_code(code: str, snip: int, ik403: str, message: str, severity: str = "error") -> Code:
    """Return a code about an element, which a 999 reports in an IK4."""
    return Code(code, severity, snip, message, ik304="8", ik403=ik403)
