"""The two forms of the acknowledgement of a group: the 999 of today and the 997 of 4010 partners.

Both say the same in the same order; a 997 has older segment names, no room for the guide of a set
nor for a business unit, and only the codes that the base standard had then. A code that it does
not know is written as the one that comes nearest, so that nothing is rejected without a reason.

Source: 005010X231A1; the 997 of 004010, as the reference tables have it.
"""

from collections.abc import Mapping

from attrs import Factory, frozen

OLD_VERSION = "0040"
"""How GS08 begins in groups that are answered by a 997."""


@frozen(kw_only=True)
class Dialect:
    """How an acknowledgement of a group is written.

    Attributes:
        set_id: ST01.
        version: GS08 of the acknowledgement.
        interchange: ISA12 of it.
        convention: ST03, or "" where ST has none.
        names: names of segments that differ from those of the 999.
        tells_guide: AK103 and AK203 are written.
        tells_context: CTX is written.
        segment_codes, element_codes, set_codes, group_codes: codes that this form lacks, each with
            the one that is written in its place.
    """

    set_id: str
    version: str
    interchange: str = "00501"
    convention: str = ""
    names: Mapping[str, str] = Factory(dict)
    tells_guide: bool = True
    tells_context: bool = True
    segment_codes: Mapping[str, str] = Factory(dict)
    element_codes: Mapping[str, str] = Factory(dict)
    set_codes: Mapping[str, str] = Factory(dict)
    group_codes: Mapping[str, str] = Factory(dict)

    def name(self, segment_id: str) -> str:
        """Return the name of a segment of the 999 in this form."""
        return self.names.get(segment_id, segment_id)


ACK_999 = Dialect(set_id="999", version="005010X231A1", convention="005010X231A1")

ACK_997 = Dialect(
    set_id="997",
    version="004010",
    interchange="00401",
    names={"IK3": "AK3", "IK4": "AK4", "IK5": "AK5"},
    tells_guide=False,
    tells_context=False,
    segment_codes={"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"},
    element_codes={
        "12": "3",
        "13": "3",
        "I6": "7",
        "I9": "1",
        "I10": "3",
        "I11": "1",
        "I12": "7",
        "I13": "10",
    },
    set_codes={"I5": "5", "I6": "1", "19": "1"},
    group_codes={"19": "6"},
)


def dialect_of(version: str) -> Dialect:
    """Return the form that answers a group with this GS08."""
    return ACK_997 if version.strip().startswith(OLD_VERSION) else ACK_999
