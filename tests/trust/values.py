"""Values for elements: right by type, length and qualifier, and never a real person's.

Nothing here comes from the validator under test: check digits, calendars and lengths are worked out
again, so that a mistake on one side shows as a disagreement.
"""

from datetime import date, timedelta
from random import Random

from x12_pa.guides import ElementUse

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
_FIRST_DAY = date(2026, 1, 1)
_MONEY = "782"  # its sums must fit the same element
_ICD10 = ("M25561", "S8290XA", "J189", "E119", "I10", "Z0000", "M5416", "C50911")
_ICD9 = ("71946", "486", "25000", "4019")
_BY_QUALIFIER = {
    "ABK": _ICD10, "ABF": _ICD10, "ABJ": _ICD10, "APR": _ICD10, "ABN": ("W010XXA", "V031XXA"),
    "BK": _ICD9, "BF": _ICD9, "BJ": _ICD9, "PR": _ICD9, "BN": ("E8859",),
    "BBR": ("0SRC0J9", "0DTJ4ZZ"), "BBQ": ("0SRC0J9", "0DTJ4ZZ"), "BR": ("8154",), "BQ": ("8154",),
    "DR": ("470", "194"), "BI": ("70", "74"), "BH": ("11", "35"), "BE": ("01", "80"),
    "BG": ("02", "40"), "TC": ("A1B2",), "BP": ("00790",), "BO": ("00790",), "LOI": ("11502-2",),
    "HC": ("99213", "73721", "97110", "E0601", "J1745", "S9123"), "AD": ("D0120", "D2740"),
    "N4": ("00002143380", "00378018101"), "IV": ("HI001",), "WK": ("ABC12",), "ZZ": ("XK001",),
    "ER": ("ER001",), "HP": ("HP001",), "NU": ("0450", "0120"), "ID": ("0SRC0J9",),
    "UI": ("012345678905",), "UP": ("012345678905",), "EN": ("4006381333931",),
    "TE": ("5555550101", "5555550199"), "FX": ("5555550102",), "EX": ("1234",),
    "EM": ("DESK@EXAMPLE.ORG",), "UR": ("WWW.EXAMPLE.ORG",), "ED": ("CLINIC001",),
    "PXC": ("207Q00000X", "261QM1300X", "2085R0202X"),
    "24": ("000000012",), "34": ("000000012",), "EI": ("000000012",), "SY": ("000000012",),
    "JP": ("1", "14", "32"), "JO": ("10", "UR"), "EJ": ("PAT00012",),
}  # fmt: skip
# Values of data elements whose lists are not in the maps.
_BY_ELEMENT = {
    "26": ("CA", "MX"), "156": ("PA", "TX", "NY", "CA"), "116": ("190870001", "750010001"),
    "1715": ("ON", "QC"), "100": ("USD", "CAD"), "1034": ("1", "2", "3", "45", "96"),
    "1314": ("1", "2", "4"), "1315": ("1", "2", "3"), "1352": ("01", "02", "30"),
    "1325": ("1", "7", "8"), "1331": ("11", "21", "22"), "1339": ("RT", "LT", "25", "59"),
    "1361": ("10", "20", "30"), "1705": ("005010X217", "005010X222A1"), "480": ("005010X222A1",),
    "721": ("NM1", "CLM", "UM"), "725": ("1065", "67"), "1037": ("Q", "QUILL"),
    "1035": ("TESTER", "MOCKTON", "FAKELY", "O'SPECIMEN-DOE"), "1036": ("BRAVO", "CHARLIE"),
    "1038": ("DR",), "1039": ("JR", "III"), "19": ("SAMPLETOWN", "NOWHERE"),
    "166": ("1 NOWHERE LANE", "SUITE 2"), "93": ("INTAKE DESK",), "1328": ("1", "2"),
    "364": ("5555550101",), "332": ("12.5", "80"), "338": ("2.5",), "954": (".2", "0.35", "1"),
    "447": ("2300", "2400"), "350": ("1A", "12"), "1204": ("DEMONSTRATION PLAN",),
    "722": ("1", "9"), "1528": ("1", "2"), "1686": ("1",), "616": ("1", "12", "120"),
    "554": ("1", "2"), "1271": ("ABC", "01"), "509": ("9CLINIC001", "1000000012"),
    "329": ("0001",), "123": ("1",), "28": ("1", "202", "999999999"), "97": ("1",),
    "2": ("1",), "719": ("3", "12"),
    "9998": ("CLM01",), "234": ("0450", "0120"),
}  # fmt: skip


def npi(rng: Random) -> str:
    """Return ten digits with the check digit of a National Provider Identifier."""
    body = "10" + "".join(rng.choice(DIGITS) for _ in range(7))
    total = 0
    for place, digit in enumerate(reversed("80840" + body)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number // 10 + number % 10
    return body + str(-total % 10)


def day(rng: Random) -> date:
    return _FIRST_DAY + timedelta(days=rng.randrange(330))


def clock(rng: Random, length: int = 4) -> str:
    text = f"{rng.randrange(24):02}{rng.randrange(60):02}{rng.randrange(60):02}"
    return (text + f"{rng.randrange(100):02}")[:length]


def period(rng: Random, kind: str) -> str:
    """Return a value for a date format qualifier (data element 1250)."""
    first = day(rng)
    last = first + timedelta(days=rng.randrange(60))
    if kind == "RD8":
        return f"{first:%Y%m%d}-{last:%Y%m%d}"
    if kind == "DT":
        return f"{first:%Y%m%d}{clock(rng)}"
    if kind == "RDT":
        return f"{first:%Y%m%d}0800-{last:%Y%m%d}1700"
    return clock(rng) if kind == "TM" else f"{first:%Y%m%d}"


def value(rng: Random, use: ElementUse, qualifier: str) -> str:
    """Return a right value of one simple element.

    Args:
        qualifier: the value of the element or component before it, or "".
    """
    if use.codes:
        return rng.choice(use.codes)
    if use.data_element == "1251":
        return period(rng, qualifier)
    if (use.data_element, qualifier) == ("67", "XX"):
        return npi(rng)
    if (use.data_element, use.ref[:3]) == ("1271", "III"):
        return rng.choice(_BY_ELEMENT["1331"])
    if use.data_element == "127" and use.ref[:3] in ("MIA", "MOA"):
        return rng.choice(("MA01", "N1", "M15"))
    listed: tuple[str, ...] = ()
    if use.data_element in ("67", "127", "364", "1271", "234"):
        listed = _BY_QUALIFIER.get(qualifier, ())
    listed = listed or _BY_ELEMENT.get(use.data_element, ())
    listed = tuple(text for text in listed if use.min <= _size(use, text) <= use.max)
    return rng.choice(listed) if listed else _by_type(rng, use)


def _size(use: ElementUse, text: str) -> int:
    return len(text.replace(".", "")) if use.type == "R" else len(text)


def _by_type(rng: Random, use: ElementUse) -> str:
    if use.type == "DT":
        return f"{day(rng):%Y%m%d}" if use.max == 8 else f"{day(rng):%y%m%d}"
    if use.type == "TM":
        sizes = [size for size in (4, 6, 7, 8) if use.min <= size <= use.max]
        return clock(rng, rng.choice(sizes))
    if use.type == "R":
        return _decimal(rng, use)
    size = _length(rng, use)
    if use.type.startswith("N"):
        return rng.choice(DIGITS[1:]) + "".join(rng.choice(DIGITS) for _ in range(size - 1))
    return _text(rng, size)


def _length(rng: Random, use: ElementUse) -> int:
    """Return a length, the least and the greatest more often than those between."""
    if rng.random() < 0.1:
        return use.max
    if rng.random() < 0.1:
        return use.min
    return rng.randint(use.min, max(use.min, min(use.max, 12)))


def _decimal(rng: Random, use: ElementUse) -> str:
    if rng.random() < 0.05 and use.data_element != _MONEY:
        return "9" * use.max
    whole = str(rng.randrange(1, 10 ** min(use.max, 4)))
    if use.max - len(whole) >= 2 and rng.random() < 0.4:
        return f"{whole}.{rng.randrange(1, 10)}{rng.choice(DIGITS[1:])}"
    return whole


def _text(rng: Random, size: int) -> str:
    marks = LETTERS + DIGITS
    inner = "".join(rng.choice(marks + " -./#'()") for _ in range(max(size - 2, 0)))
    return (rng.choice(marks) + inner + rng.choice(marks))[:size] if size > 1 else rng.choice(marks)
