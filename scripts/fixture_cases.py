"""The cases of the demo as one table: who asks for what, and what the payer must answer.

Every person, address and organisation here is invented and named so that nobody can take it for a
real one. `make_fixtures.py` turns the table into `fixtures/requests`, the two claim files and
`fixtures/demo/expected.json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PAYER = ("DEMOPAYER", "DEMONSTRATION HEALTH PLAN")
OTHER_PAYER = ("OTHERPAYER", "SOME OTHER HEALTH PLAN")


def npi(prefix: str) -> str:
    """Return a nine-digit prefix with the check digit of an NPI (Luhn over 80840 + number)."""
    total = 24
    for place, digit in enumerate(reversed(prefix)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return prefix + str(-total % 10)


@dataclass(frozen=True)
class Provider:
    npi: str
    last: str
    first: str = ""
    taxonomy: str = ""
    street: str = ""
    city: str = "SAMPLETOWN"
    state: str = "PA"
    zip: str = "190870001"

    @property
    def person(self) -> bool:
        return bool(self.first)


PROVIDERS = {
    "clinic": Provider(npi("100000001"), "EXAMPLE VALLEY CLINIC", taxonomy="261QM1300X",
                       street="1 NOWHERE LANE"),
    "mockton": Provider(npi("100000002"), "MOCKTON", "AVERY", "207X00000X"),
    "fakely": Provider(npi("100000003"), "FAKELY", "BLAIR", "2085R0202X"),
    "stubbs": Provider(npi("100000004"), "STUBBSAMPLE", "CASEY", "207RC0000X"),
    "hospital": Provider(npi("100000005"), "SAMPLETOWN GENERAL HOSPITAL", taxonomy="282N00000X",
                         street="100 MADEUP AVENUE"),
    "homecare": Provider(npi("100000006"), "NOWHERE HOME HEALTH", taxonomy="251E00000X",
                         street="7 IMAGINARY ROAD"),
    "therapy": Provider(npi("100000007"), "PRETEND THERAPY CENTER", taxonomy="261QR0400X",
                        street="12 FICTION STREET"),
    "supplier": Provider(npi("100000008"), "FICTIVE MEDICAL SUPPLY", taxonomy="332B00000X",
                         street="44 INVENTED WAY"),
    "ambulance": Provider(npi("100000010"), "NOSUCH AMBULANCE", taxonomy="341600000X",
                          street="9 ABSENT PLACE"),
    "lab": Provider(npi("100000011"), "PLACEHOLDER GENETICS LAB", taxonomy="291U00000X",
                    street="3 BLANK BOULEVARD"),
    "dentist": Provider(npi("100000012"), "TOOTHSAMPLE", "DREW", "1223S0112X"),
    "unknown": Provider(npi("100000099"), "UNLISTED", "ELLIS", "207X00000X"),
    "stranger": Provider(npi("100000088"), "STRANGERSON", "FRANKIE", "207X00000X"),
}


@dataclass(frozen=True)
class Person:
    last: str
    first: str
    born: str
    sex: str
    relationship: str = ""


_LASTS = ("SAMPLE", "TESTER", "NOBODY", "EXAMPLESON", "DUMMYFIELD", "FICTION", "PLACEHOLD",
          "MADEUP", "SPECIMEN", "DEMOVICH")
_FIRSTS = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF")


def subscriber(number: int) -> Person:
    """Return the invented subscriber of case `number`, always the same."""
    born = f"{1946 + number % 50}{number % 12 + 1:02d}{number % 28 + 1:02d}"
    return Person(
        _LASTS[number % 10], _FIRSTS[number % 7], born, "FM"[number % 2]
    )


@dataclass(frozen=True)
class Service:
    """One service; `form` is SV1, SV2, SV3 or "" for a service type alone."""

    form: str
    code: str = ""
    unit: str = "UN"
    units: int = 1
    modifiers: tuple[str, ...] = ()
    revenue: str = ""
    hsd: tuple[str, ...] = ()
    service_type: str = ""
    dates: tuple[str, str] | None = None


@dataclass(frozen=True)
class Case:
    number: int
    family: str
    services: tuple[Service, ...]
    diagnoses: tuple[str, ...]
    provider: str
    service_type: str
    category: str = "HS"
    place: str = "11:B"
    urgency: str = ""
    dates: tuple[str, str] = ("20261207", "20261218")
    admission: str = ""
    hsd: tuple[str, ...] = ()
    facility: str = ""
    dependent: Person | None = None
    member: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    # what must come of it: (state, action) of the event and of each service
    event: tuple[str, str | None] = ("certified", "A1")
    outcomes: tuple[tuple[str, str | None], ...] = ()
    numbers: str = "services"
    window: tuple[str, str] | None = None

    @property
    def reference(self) -> str:
        return f"PA20261122-{self.number:06d}"

    @property
    def member_id(self) -> str:
        return self.member or f"MBR{100 + self.number:06d}"

    @property
    def subscriber(self) -> Person:
        return subscriber(self.number)

    @property
    def polls(self) -> int:
        """How many polls of the payer it takes until the last answer is out."""
        return int(self.extra.get("polls", 1))  # type: ignore[call-overload]

    def number_for(self, service: int) -> str:
        return f"M{self.number:06d}{service:02d}"


def sv1(code: str, units: int = 1, *modifiers: str, **more: object) -> Service:
    return Service("SV1", code, units=units, modifiers=modifiers, **more)  # type: ignore[arg-type]


def sv2(revenue: str, code: str = "", units: int = 1, unit: str = "UN", **more: object) -> Service:
    return Service("SV2", code, unit, units, revenue=revenue, **more)  # type: ignore[arg-type]


def sv3(code: str, units: int = 1) -> Service:
    return Service("SV3", code, units=units)


CHILD = "19"
SPOUSE = "01"
OK = ("certified", "A1")
NO = ("not_certified", "A3")

CASES: tuple[Case, ...] = (
    # imaging
    Case(1, "imaging", (sv1("73721", 1, "RT"),), ("M25561",), "fakely", "62",
         window=("20261207", "20270216")),
    Case(2, "imaging", (sv1("74177"), sv1("71260")), ("R1011", "R918"), "fakely", "62",
         numbers="both", window=("20261207", "20270117")),
    Case(3, "imaging", (sv1("72148"),), ("M5450",), "fakely", "62", event=NO),
    Case(4, "imaging", (sv1("78815"),), ("C3490",), "fakely", "62", place="22:B",
         event=("pended_review", "A4")),
    Case(5, "imaging", (sv1("73221", 1, "LT"),), ("M25512",), "fakely", "62",
         dependent=Person("TESTER", "KIDDO", "20120309", "M", CHILD),
         window=("20261207", "20270216")),
    Case(6, "imaging", (sv1("73560", 1, "RT"),), ("M25561",), "fakely", "4",
         event=("not_required", "NA")),
    Case(7, "imaging", (sv1("75574"),), ("I2510",), "stubbs", "62", numbers="event",
         window=("20261207", "20270201")),
    # surgery
    Case(8, "surgery", (sv1("29881", 1, "RT"), sv1("29877", 1, "RT")), ("M23221",), "mockton", "2",
         place="24:B", event=("partial", "A2"), outcomes=(OK, NO),
         window=("20261207", "20270318")),
    Case(9, "surgery", (sv1("47562"),), ("K8000",), "mockton", "2", place="22:B", urgency="U",
         dates=("20261130", "20261204"), window=("20261130", "20261218")),
    Case(10, "surgery", (sv2("0360", "22612"),), ("M4316",), "hospital", "2", place="13:A",
         event=("pended_information", "A4")),
    Case(11, "surgery", (sv1("15823", 1, "50"),), ("H02831",), "mockton", "2",
         place="24:B", event=("contact_payer", "CT")),
    Case(12, "surgery", (sv1("42820"),), ("J353",), "mockton", "2", place="24:B", urgency="E",
         dependent=Person("NOBODY", "JUNIOR", "20190714", "F", CHILD),
         window=("20261207", "20270216")),
    Case(13, "surgery", (sv1("20610", 1, "RT"),), ("M1711",), "unknown", "2",
         event=("rejected", None)),
    # admissions
    Case(14, "admission", (), ("M1611",), "mockton", "2", "AR", "11:A", admission="20261209",
         hsd=("DY", "3"), facility="hospital", urgency="E", numbers="event",
         window=("20261209", "20261219")),
    Case(15, "admission", (), ("K3580",), "mockton", "86", "AR", "11:A", "03",
         admission="20261121", hsd=("DY", "2"), facility="hospital", numbers="event",
         window=("20261121", "20261129")),
    Case(16, "admission", (), ("O80",), "stubbs", "69", "AR", "11:A", admission="20261216",
         hsd=("DY", "2"), facility="hospital", numbers="event",
         dependent=Person("PLACEHOLD", "SPOUSE", "19930214", "F", SPOUSE),
         window=("20261216", "20261225")),
    Case(17, "admission", (), ("I69351",), "stubbs", "A9", "AR", "11:A", admission="20261214",
         hsd=("DY", "14"), facility="hospital", event=("pended_information", "A4")),
    Case(18, "admission", (), ("M1711",), "mockton", "2", "AR", "11:A", admission="20261209",
         hsd=("DY", "7"), facility="hospital", urgency="E", event=("modified", "A6"),
         numbers="event", window=("20261209", "20261214")),
    Case(19, "admission", (sv2("0360", "27130"),), ("M1612",), "mockton", "2", "AR", "11:A",
         admission="20261210", hsd=("DY", "3"), facility="hospital", numbers="event",
         window=("20261210", "20261220")),
    # home health
    Case(20, "home-health", (), ("I5022",), "homecare", "42", place="12:B",
         hsd=("VS", "3", "WK", "1", "35", "8"), dates=("20261201", "20270125"), numbers="event",
         extra={"home_health": True}, window=("20261201", "20270326")),
    Case(21, "home-health", (sv2("0551", "G0299", 10),), ("L89154",), "homecare", "42",
         place="32:A", dates=("20261201", "20261231"), window=("20261201", "20270301")),
    Case(22, "home-health", (sv1("G0151", 12),), ("S72001D",), "homecare", "42", place="12:B",
         dates=("20261208", "20270115"),
         dependent=Person("SPECIMEN", "MINOR", "20100520", "F", CHILD),
         window=("20261208", "20270316")),
    Case(23, "home-health", (sv2("0571", "G0156", 8),), ("G20A1",), "homecare", "42",
         place="32:A", urgency="U", dates=("20261125", "20261223"),
         window=("20261125", "20270221")),
    # therapy
    Case(24, "therapy", (sv1("97110", 24, "GP"), sv1("97140", 12, "GP")), ("M25561",), "therapy",
         "PT", dates=("20261201", "20270115"), window=("20261201", "20270316")),
    Case(25, "therapy", (sv1("97530", 12, "GP"),), ("M25511",), "therapy", "PT",
         dates=("20261201", "20270115"), event=("modified", "A6"),
         window=("20261201", "20270214")),
    Case(26, "therapy", (Service("", service_type="AD", hsd=("VS", "2", "WK", "1", "35", "6")),),
         ("I69354",), "therapy", "AD", dates=("20261201", "20270115"),
         window=("20261201", "20270316")),
    Case(27, "therapy", (sv1("92507", 10, "GN"),), ("R480",), "therapy", "AF",
         dates=("20261201", "20270115"),
         dependent=Person("EXAMPLESON", "PUPIL", "20170828", "M", CHILD), event=NO),
    Case(28, "therapy", (sv1("97161", 1, "GP"),), ("M5416",), "therapy", "PT",
         dates=("20261123", "20261124"), window=("20261123", "20270123")),
    # equipment
    Case(29, "equipment", (sv1("E0100", 1, "NU"),), ("R2689",), "supplier", "12",
         place="12:B", event=("not_required", "NA")),
    Case(30, "equipment", (sv1("K0005", 1, "NU"),), ("G35",), "supplier", "12", place="12:B",
         extra={"polls": 2}, window=("20261207", "20270216")),
    Case(31, "equipment", (sv1("E0601", 3, "RR"),), ("G4733",), "supplier", "18", place="12:B",
         window=("20261207", "20270216")),
    Case(32, "equipment", (sv1("E0260", 3, "RR"),), ("G1221",), "supplier", "18", place="12:B",
         window=("20261207", "20270216")),
    Case(33, "equipment", (sv1("E0784", 1, "NU"),), ("E109",), "supplier", "12", place="12:B",
         dependent=Person("DUMMYFIELD", "TEEN", "20110117", "F", CHILD),
         window=("20261207", "20270216")),
    # infusion
    Case(34, "infusion", (sv2("0636", "J1745", 40), sv2("0335", "96413")), ("K5090",), "hospital",
         "78", place="13:A", window=("20261207", "20270216")),
    Case(35, "infusion", (sv1("J2350", 600),), ("G35",), "stubbs", "88",
         window=("20261207", "20270216")),
    Case(36, "infusion", (sv1("J9271", 200),), ("C3490",), "stubbs", "78",
         extra={"polls": 2}, window=("20261207", "20270417")),
    Case(37, "infusion", (sv1("S9338", 30),), ("D839",), "homecare", "42", place="12:B",
         dates=("20261201", "20261230"), window=("20261201", "20270228")),
    # transport
    Case(38, "transport", (sv1("A0428", 1, "RH"),), ("I6990",), "ambulance", "56", place="41:B",
         dates=("20261210", "20261210"), extra={"transport": "T"},
         window=("20261210", "20270208")),
    Case(39, "transport", (sv1("A0431", 1, "HH"),), ("T07XXXA",), "ambulance", "56",
         place="42:B", dates=("20261210", "20261210"), extra={"transport": "I"}, event=NO),
    Case(40, "transport", (sv1("A0130", 2),), ("N186",), "ambulance", "56", place="99:B",
         dates=("20261207", "20261231"), extra={"transport": "X"},
         window=("20261207", "20270301")),
    # genetic tests
    Case(41, "genetic-test", (sv1("81432"),), ("Z803",), "lab", "5", place="81:B",
         event=("pended_information", "A4")),
    Case(42, "genetic-test", (sv1("81415"),), ("R6250",), "lab", "5", place="81:B",
         dependent=Person("NOBODY", "BABY", "20251002", "M", CHILD), event=NO),
    Case(43, "genetic-test", (sv1("81162"),), ("Z1501",), "lab", "5", place="81:B",
         window=("20261207", "20270216")),
    # behavioural health
    Case(44, "behavioral-inpatient", (), ("F332",), "stubbs", "MH", "AR", "11:A", "U",
         admission="20261130", hsd=("DY", "7"), facility="hospital", event=("modified", "A6"),
         numbers="event", window=("20261130", "20261205")),
    Case(45, "behavioral-inpatient", (), ("F322",), "stubbs", "MH", "AR", "11:A", "U",
         admission="20261130", hsd=("DY", "5"), facility="hospital",
         dependent=Person("DUMMYFIELD", "YOUTH", "20090611", "F", CHILD),
         event=("pended_review", "A4")),
    Case(46, "behavioral-inpatient", (sv1("H0035", 10),), ("F331",), "stubbs", "BB",
         place="52:B", urgency="U", window=("20261207", "20270216")),
    # dental
    Case(47, "dental", (sv3("D7240"),), ("K011",), "dentist", "40",
         window=("20261207", "20270216")),
    Case(48, "dental", (sv3("D8080"),), ("M2630",), "dentist", "38",
         dependent=Person("MADEUP", "JUNIOR", "20130430", "F", CHILD),
         window=("20261207", "20270216")),
    # referrals
    Case(49, "referral", (sv1("99245"),), ("I209",), "stubbs", "3", "SC"),
    Case(50, "referral", (sv1("99204"),), ("I209",), "stubbs", "3", "SC",
         window=("20261207", "20270216")),
    # what a payer cannot take in
    Case(51, "rejects", (sv1("70551"),), ("G43909",), "fakely", "62", member="MBR000999",
         event=("rejected", None)),
    Case(52, "rejects", (sv1("62323"),), ("M5416",), "mockton", "2",
         event=("refused_technically", None)),
)
