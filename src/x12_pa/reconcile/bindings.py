"""Which element of an 837 holds which fact, for each of the three claim forms.

One table row per fact, so that the reader (`reading.py`) names no loop and no segment. A place is
`loop/reference`: the reference as in `models.bindings` (`NM109`, `CLM05-1`, `DTP[472]03`), the loop
empty when the segment stands in the claim's or line's own loop. Where the authorization REFs may
stand, how often and in which order is *not* said here: the guide knows (`claims.Slot`).
"""

from attrs import field, frozen

from x12_pa.models.bindings import Reference


@frozen
class Place:
    """A loop below (or "" for the loop itself) and the element to read there."""

    loop: str
    reference: Reference

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read `2310B/NM109` or `CLM01`.

        Raises:
            ValueError: the text is no place; a slip in this module's tables.
        """
        loop, _, reference = text.rpartition("/")
        return cls(loop, Reference.parse(reference))


def _place(text: str) -> Place:
    return Place.parse(text)


def _optional(text: str | None) -> Place | None:
    return Place.parse(text) if text else None


def _places(texts: tuple[str, ...]) -> tuple[Place, ...]:
    return tuple(Place.parse(text) for text in texts)


@frozen(kw_only=True)
class Person:
    """Where a patient stands: the level, and the places below it."""

    level: str
    last_name: Place = field(converter=_place)
    first_name: Place = field(converter=_place)
    birth_date: Place = field(converter=_place)
    member_id: Place = field(converter=_place)


@frozen(kw_only=True)
class Form:
    """One claim form. Several places for one fact are tried in order.

    Attributes:
        key: the guide's key, also the name of the form in reports.
        convention: how GS08 and ST03 of the form begin, whatever the errata.
        procedure: the composite: qualifier, code, four modifiers, and (8) the end of a range.
        line_dates, claim_dates: dates of service; the claim's are used for lines without any.
    """

    key: str
    convention: str
    procedure: Place = field(converter=_place)
    charge: Place = field(converter=_place)
    units: Place = field(converter=_place)
    unit: Place | None = field(default=None, converter=_optional)
    revenue_code: Place | None = field(default=None, converter=_optional)
    line_place: Place | None = field(default=None, converter=_optional)
    line_dates: tuple[Place, ...] = field(default=("DTP[472]03",), converter=_places)
    claim_dates: tuple[Place, ...] = field(default=(), converter=_places)
    line_rendering: tuple[Place, ...] = field(default=(), converter=_places)
    claim_rendering: tuple[Place, ...] = field(default=(), converter=_places)
    claim_attending: tuple[Place, ...] = field(default=(), converter=_places)
    line_facility: tuple[Place, ...] = field(default=(), converter=_places)
    claim_facility: tuple[Place, ...] = field(default=(), converter=_places)


FORMS = (
    Form(
        key="837P",
        convention="005010X222",
        procedure="SV101",
        charge="SV102",
        unit="SV103",
        units="SV104",
        line_place="SV105",
        line_rendering=("2420A/NM109",),
        claim_rendering=("2310B/NM109",),
        line_facility=("2420C/NM109",),
        claim_facility=("2310C/NM109",),
    ),
    Form(
        key="837I",
        convention="005010X223",
        revenue_code="SV201",
        procedure="SV202",
        charge="SV203",
        unit="SV204",
        units="SV205",
        claim_dates=("DTP[434]03",),
        line_rendering=("2420C/NM109",),
        claim_rendering=("2310D/NM109",),
        claim_attending=("2310A/NM109",),
        claim_facility=("2310E/NM109",),
    ),
    Form(
        key="837D",
        convention="005010X224",
        procedure="SV301",
        charge="SV302",
        line_place="SV303",
        units="SV306",
        claim_dates=("DTP[472]03",),
        line_rendering=("2420A/NM109",),
        claim_rendering=("2310B/NM109",),
        line_facility=("2420D/NM109",),
        claim_facility=("2310C/NM109",),
    ),
)

SUBSCRIBER = Person(
    level="2000B",
    last_name="2010BA/NM103",
    first_name="2010BA/NM104",
    birth_date="2010BA/DMG02",
    member_id="2010BA/NM109",
)
DEPENDENT = Person(
    level="2000C",
    last_name="2010CA/NM103",
    first_name="2010CA/NM104",
    birth_date="2010CA/DMG02",
    member_id="2010CA/NM109",
)
PAYER_ID = Place.parse("2010BB/NM109")
PAYER_QUALIFIER = Place.parse("2010BB/NM108")
BILLING_LEVEL = "2000A"
BILLING = (Place.parse("2010AA/NM109"),)
CLAIM_LOOP = "2300"
CLAIM_ID = Place.parse("CLM01")
PLACE_OR_BILL_TYPE = Place.parse("CLM05-1")
FREQUENCY = Place.parse("CLM05-3")
ADMISSION = (Place.parse("DTP[435]03"),)
EXCEPTION_CODE = Place.parse("REF[4N]02")
LINE_LOOP = "2400"
LINE_NUMBER = Place.parse("LX01")
OTHER_LOOP = "2320"
OTHER_PAYER_LOOP = "2330B"
OTHER_PAYER_ID = Place.parse("2330B/NM109")
OTHER_MEMBER_ID = Place.parse("2330A/NM109")
OTHER_RANK = Place.parse("SBR01")

DIAGNOSIS_SEGMENT = "HI"
DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
NUMBER_SEGMENT = "REF"
NUMBER_QUALIFIERS = ("G1", "9F")
"""REF01 of a prior authorization and of a referral."""
PAYER_IN_REFERENCE = "2U"
"""REF04-1 of a line-level number that belongs to another payer; REF04-2 is that payer's id."""
NPI_QUALIFIER = "XX"
