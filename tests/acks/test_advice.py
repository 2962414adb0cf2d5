"""Reading an 824: what a partner's application says of a set that its 999 had taken."""

import pytest

from tests.support import reference_dir
from x12_pa.acks import AdviceProblem, ApplicationAdvice, ItemAdvice, read_application_advice

HEAD = (
    "ISA*00*          *00*          *ZZ*DEMOPAYER      *ZZ*CLINIC001      *261122*1400*^*00501*"
    "000009001*0*T*:~GS*AG*DEMOPAYER*CLINIC001*20261122*1400*7*X*005010X186A1~"
    "ST*824*0001*005010X186A1~BGN*11*ADVICE01*20261122*1400**REQ-0001**U~"
)


def read(*lines: str) -> ApplicationAdvice:
    (only,) = read_application_advice((HEAD + "".join(f"{line}~" for line in lines)).encode())
    return only


def test_an_advice_names_what_it_answers_and_what_is_to_be_done() -> None:
    advice = read("SE*3*0001")
    assert (advice.number, advice.answers, advice.action) == ("ADVICE01", "REQ-0001", "U")


def test_an_item_names_the_set_it_is_about_and_each_error() -> None:
    advice = read(
        "OTI*TR*TN*NA***20261122*1400*11*0001*278*005010X217",
        "REF*EJ*ACCOUNT1",
        "TED*024**NM1*8*9**MBR000101",
        "RED*NA**94**IBP*E054",
        "SE*7*0001",
    )
    assert advice.items == (
        ItemAdvice(
            code="TR",
            number="NA",
            group_control="11",
            set_control="0001",
            set_id="278",
            references=(("EJ", "ACCOUNT1"),),
            problems=(
                AdviceProblem(code="024", segment="NM1", position=8, element=9, reasons=("E054",)),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("code", "refused"), [("TA", False), ("TE", False), ("TR", True), ("BP", False), ("IR", True)]
)
def test_the_second_letter_is_the_verdict(code: str, refused: bool) -> None:
    assert ItemAdvice(code=code).refused is refused


def test_it_is_said_in_words_without_the_value() -> None:
    advice = read(
        "OTI*TR*TN*NA***20261122*1400*11*0001*278", "TED*024**NM1*8*9**MBR000101", "SE*5*0001"
    )
    assert advice.describe() == ["278 0001: set rejected", "  NM109 at segment 8: code 024"]


def test_a_verdict_that_nobody_knows_stays_visible() -> None:
    assert read("OTI*ZZ*TN*NA***20261122*1400*11*0001*278").describe() == ["278 0001: code ZZ"]


def test_an_advice_without_bgn_is_read_as_far_as_it_goes() -> None:
    data = HEAD.replace("BGN*11", "NTE*11").encode() + b"OTI*TA*TN*NA~"
    (only,) = read_application_advice(data)
    assert (only.number, [item.code for item in only.items]) == ("", ["TA"])


SAMPLES = {
    "824_inteligenz_fromtmhpspec.edi": ["IR", "IA", "IE"],
    "824_kputnam_complete-transaction-set-reject-reporting.edi": ["TR"],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_advices_of_others_are_read(name: str) -> None:
    with (reference_dir() / "claims_acks" / "samples" / name).open("rb") as stream:
        (only,) = read_application_advice(stream)
    assert [item.code for item in only.items] == SAMPLES[name]
