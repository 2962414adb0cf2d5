"""Whether a service needs authorization: the most specific entry wins, and absence is unknown."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.support import fixture
from tests.support import ROOT
from x12_pa.authorizations.request_completeness import Completeness, completeness, query_of
from x12_pa.authorizations.requirements import Answer, CodeSpan, Query, decide
from x12_pa.authorizations.requirements_reading import read_requirements
from x12_pa.errors import ConfigError
from x12_pa.guides import Profile, load_profile
from x12_pa.models import ReviewRequest, from_json, to_json
from x12_pa.services.requirements import requirements_of

TODAY = date(2026, 11, 22)
TEMPLATES = sorted((ROOT / "companion_guides" / "_template" / "services").glob("*.yaml"))


def entry(needed: str = "yes", **more: Any) -> dict[str, Any]:
    return {"needed": needed, "source": "manual 1.1", "last_verified": "2026-11-01"} | more


def profile(**entries: Any) -> Profile:
    return Profile(id="specimen", services=entries)


def ask(code: str | None, /, *, day: date = TODAY, about: dict[str, Any], **known: Any) -> Answer:
    found = read_requirements(profile(**about))
    assert found is not None
    span = CodeSpan.parse(code) if code else None
    return decide(found, Query(day=day, procedure=span, **known))


def names(answer: Answer) -> list[str]:
    return [each.id for each in answer.entries]


MRI = entry(procedures=["73718-73723"])


def test_what_no_entry_speaks_of_is_unknown_and_not_no() -> None:
    answer = ask("99213", about={"mri": MRI})
    assert (answer.needed, answer.entries) == ("unknown", ())


def test_a_code_inside_a_range_needs_what_the_range_needs() -> None:
    assert ask("73721", about={"mri": MRI}).needed == "yes"


def test_a_single_code_is_an_exception_of_its_range() -> None:
    answer = ask("73721", about={"mri": MRI, "knee": entry("no", procedures=[73721])})
    assert (answer.needed, names(answer)) == ("no", ["knee"])


def test_an_entry_for_one_plan_wins_over_the_one_for_all_plans() -> None:
    about = {"mri": MRI, "hmo": entry("no", procedures="73718-73723", plans=["HMO"])}
    assert ask("73721", about=about, plan="HMO").needed == "no"
    assert ask("73721", about=about, plan="PPO").needed == "yes"


def test_a_plan_that_was_not_given_and_would_matter_makes_the_answer_unknown() -> None:
    about = {"mri": MRI, "hmo": entry("no", procedures="73718-73723", plans=["HMO"])}
    answer = ask("73721", about=about)
    assert (answer.needed, answer.ask, names(answer)) == ("unknown", ("plan",), ["mri", "hmo"])


def test_entries_of_equal_specificity_that_contradict_are_shown_and_decide_nothing() -> None:
    answer = ask("73721", about={"mri": MRI, "free": entry("no", procedures=["73718-73723"])})
    assert (answer.needed, names(answer)) == ("unknown", ["mri", "free"])


def test_narrower_in_one_dimension_and_wider_in_another_is_not_more_specific() -> None:
    about = {"knee": entry(procedures=["73721"]), "office": entry("no", places=["11"])}
    assert ask("73721", about=about, place="11").needed == "unknown"


def test_several_entries_that_agree_all_say_what_to_send() -> None:
    about = {"a": entry(procedures=["73721"]), "b": entry(places=["22"])}
    assert names(ask("73721", about=about, place="22")) == ["a", "b"]


@pytest.mark.parametrize(("age", "needed"), [(17, "yes"), (18, "unknown")])
def test_ages_include_both_ends(age: int, needed: str) -> None:
    about = {"child": entry(procedures=["73721"], age={"max": 17})}
    assert ask("73721", about=about, age=age).needed == needed


def test_an_entry_holds_on_the_days_that_it_names() -> None:
    about = {"new": entry(procedures=["73721"], effective={"from": "2027-01-01"})}
    assert ask("73721", about=about).needed == "unknown"
    assert ask("73721", about=about, day=date(2027, 1, 1)).needed == "yes"


def test_a_code_of_another_form_is_in_no_range() -> None:
    about = {"genes": entry(procedures=["0001U-0473U"])}
    assert ask("0042T", about=about).needed == "unknown"


@pytest.mark.parametrize(
    ("spans", "needed"),
    [
        (["73718-73720", "73721-73723"], "yes"),
        (["73718-73720", "73722-73723"], "unknown"),
        (["73721-73723", "73718-73722"], "yes"),
        (["73719", "73720", "73721", "73722"], "yes"),
    ],
)
def test_spans_side_by_side_cover_a_range_that_none_covers_alone(
    spans: list[str], needed: str
) -> None:
    assert ask("73719-73722", about={"mri": entry(procedures=spans)}).needed == needed


def test_an_exception_inside_a_range_makes_the_range_unknown_and_not_the_rest_of_it() -> None:
    about = {"mri": MRI, "knee": entry("no", procedures=["73721"])}
    assert ask("73718-73723", about=about).needed == "unknown"
    assert ask("73718-73720", about=about).needed == "yes"


def test_an_entry_for_adults_and_one_for_children_need_the_age() -> None:
    about = {
        "adult": entry(procedures=["73721"], age={"min": 18}),
        "child": entry("no", procedures=["73721"], age={"max": 17}),
    }
    answer = ask("73721", about=about)
    assert (answer.needed, answer.ask) == ("unknown", ("age",))
    assert [ask("73721", about=about, age=age).needed for age in (17, 18)] == ["no", "yes"]


@pytest.mark.parametrize("plan", ["hmo", " HMO  Gold", "Hmo gold"])
def test_plans_are_compared_without_capitals_and_blanks(plan: str) -> None:
    about = {"mri": MRI, "hmo": entry("no", procedures="73718-73723", plans=["HMO", "HMO Gold"])}
    assert ask("73721", about=about, plan=plan).needed == "no"


def test_why_nothing_is_said_names_an_entry_that_ended_or_has_not_begun() -> None:
    about = {"new": entry(procedures=["73721"], effective={"from": "2027-01-01"})}
    assert ask("73721", about=about).reason.endswith("new holds from 2027-01-01 on")
    about = {"old": entry(procedures=["73721"], effective={"to": "2025-12-31"})}
    assert ask("73721", about=about).reason.endswith("old holds until 2025-12-31")


def test_a_range_that_is_only_partly_covered_is_unknown() -> None:
    answer = ask("73720-73725", about={"mri": MRI})
    assert (answer.needed, answer.ask) == ("unknown", ("procedure",))


def test_a_layer_above_replaces_an_entry_by_its_id_and_keeps_the_others(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "profile: own\ntitle: Own\nextends: [demo-payer]\nsource: {title: Own}\nservices:\n"
        "  plain-films: {needed: 'yes', procedures: 73560, source: letter, last_verified: "
        "2026-11-20}\n"
    )
    found = read_requirements(load_profile(own))
    assert found is not None
    needed = {each.id: each.needed for each in found.entries}
    assert (needed["plain-films"], needed["advanced-imaging"]) == (True, True)


@pytest.mark.parametrize(
    ("broken", "place", "expected"),
    [
        ({"source": ""}, "services/mri/source", "every entry says where it is from"),
        ({"needed": "maybe"}, "services/mri/needed", "one of yes, no"),
        ({"procedures": ["73723-73718"]}, "services/mri/procedures", "ranges upwards"),
        ({"procedures": ["0001U-0042T"]}, "services/mri/procedures", "differ in digits only"),
        ({"last_verified": "2026-02-30"}, "services/mri/last_verified", "a date such as"),
        ({"age": {"min": 18, "max": 17}}, "services/mri/age", "min not above max"),
        (
            {"effective": {"from": "2026-02-01", "to": "2026-01-31"}},
            "services/mri/effective/to",
            "a day from 2026-02-01 on",
        ),
        ({"proceduers": ["73721"]}, "services/mri/proceduers", "one of the keys"),
        ({"questions": [{"field": "event.diagnosis"}]}, "questions/1/field", "diagnoses"),
        ({"questions": [{"field": "patient.x"}]}, "questions/1/field", "service or reference"),
        ({"questions": [{}]}, "services/mri/questions/1", "either a field"),
        ({"documents": [{"name": "x"}]}, "documents/1/report", "report type code"),
        ({"step_therapy": {"fields": ["name"]}}, "step_therapy/fields", "drug, dose"),
        ({"needed": "no", "documents": [{"report": "RR"}]}, "services/mri/needed", "yes where"),
        ({"source": "TEMPLATE: x"}, "services/mri/source", "still the template's"),
    ],
)
def test_a_fault_names_profile_place_and_what_was_expected(
    broken: dict[str, Any], place: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_requirements(profile(mri=entry(**broken)))
    text = str(caught.value)
    assert text.startswith("Profile specimen, ")
    assert place in text
    assert expected in text


@pytest.mark.parametrize(
    "broken", [{"documents": [{"report": "ZZZ"}]}, {"service_types": ["no such"]}]
)
def test_a_code_that_no_request_can_carry_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="that the guide allows in"):
        requirements_of(profile(mri=entry(**broken)))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_in_the_language_and_asks_for_something(path: Path) -> None:
    found = requirements_of(load_profile(path))
    assert found is not None
    assert any(each.questions or each.documents for each in found.entries)


def test_there_is_a_template_for_each_of_the_ten_families() -> None:
    assert len(TEMPLATES) == 10


def copied(path: Path) -> Profile:
    """Return a payer's profile that has the entries of a template, with a source of its own."""
    services = load_profile(path).services
    own = {name: {**each, "source": "manual 4.2"} for name, each in services.items()}
    return Profile(id="payer", services=own)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_that_was_copied_answers_yes_and_says_what_to_send(path: Path) -> None:
    found = requirements_of(copied(path))
    assert found is not None
    for each in found.entries:
        query = Query(
            day=TODAY,
            procedure=next(iter(each.procedures), None),
            service_type=next(iter(each.service_types), None),
            place=next(iter(each.places), "11"),
            plan=next(iter(each.plans), "another plan"),
            age=each.ages.low if each.ages else None,
        )
        answer = decide(found, query)
        assert (answer.needed == "yes", each in answer.entries) == (each.needed, True), each.id
        assert not each.needed or each.documents or each.questions or each.steps


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_that_was_copied_with_its_placeholder_is_refused(path: Path) -> None:
    with pytest.raises(ConfigError, match="still the template's"):
        requirements_of(Profile(id="payer", services=load_profile(path).services))


def test_the_template_of_infusions_asks_for_earlier_drugs() -> None:
    (path,) = (path for path in TEMPLATES if path.stem == "biologic-infusion")
    found = requirements_of(copied(path))
    assert found is not None
    assert found.entries[0].steps is not None
    assert found.entries[0].steps.fields == ("drug", "dose", "duration", "outcome")


def infusion(message: str | None = None, **event: Any) -> ReviewRequest:
    plain = to_json(fixture(36))
    plain["event"] |= event | ({"message": message} if message else {})
    found = from_json(plain)
    assert isinstance(found, ReviewRequest)
    return found


DRUG = entry(procedures=["J9271"], step_therapy={"count": 2})
FIRST = "DRUG=METHOTREXATE; DOSE=15 MG WEEKLY; DURATION=12 WEEKS; OUTCOME=FAILED"


def judged(request: ReviewRequest, **entries: Any) -> Completeness:
    found = read_requirements(profile(**entries))
    assert found is not None
    result = completeness(found, request, today=TODAY)
    assert result is not None
    return result


def test_step_therapy_counts_each_field_of_each_earlier_treatment() -> None:
    request = infusion(f"TRIED BEFORE. {FIRST}; DRUG=LEFLUNOMIDE; DOSE=20 MG")
    found = judged(request, drug=DRUG)
    assert (found.present, found.required) == (6, 8)
    assert [item.what.split(":")[1].split("=")[0] for item in found.missing] == [
        " DURATION",
        " OUTCOME",
    ]


def test_a_label_without_an_answer_is_no_answer() -> None:
    weight = entry(procedures=["J9271"], questions=[{"label": "WEIGHT KG"}])
    assert judged(infusion("WEIGHT KG= ; HEIGHT=180"), drug=weight).present == 0


@pytest.mark.parametrize(("level", "present"), [("any", 1), ("event", 1), ("service", 0)])
def test_a_document_is_looked_for_at_its_level(level: str, present: int) -> None:
    asked = entry(procedures=["J9271"], documents=[{"report": ["LA", "11"], "level": level}])
    request = infusion(attachments=[{"type": "LA", "transmission": "AA"}])
    assert judged(request, drug=asked).present == present


def test_a_document_that_is_not_required_does_not_count() -> None:
    asked = entry(procedures=["J9271"], documents=[{"report": "LA", "required": False}])
    assert judged(infusion(), drug=asked).required == 0


def test_a_service_that_nobody_speaks_of_is_named_and_asks_for_nothing() -> None:
    found = judged(infusion(), other=MRI)
    assert (found.required, found.unknown) == (0, ("service 1",))


def test_a_cancellation_needs_no_documents() -> None:
    found = read_requirements(profile(drug=DRUG))
    assert found is not None
    withdrawn = infusion(certification_type="3")
    assert completeness(found, withdrawn, today=TODAY) is None


def test_a_delegated_review_that_goes_to_the_plan_is_remarked() -> None:
    away = entry(procedures=["J9271"], reviewer={"umo": "MANAGER1"})
    assert "MANAGER1 reviews it" in judged(infusion(), drug=away).remarks[0]


def test_the_question_of_a_request_has_its_codes_place_and_age_on_the_day_of_service() -> None:
    request = infusion()
    query = query_of(request, request.event.services[0], TODAY)
    assert (str(query.procedure), query.service_type, query.place) == ("J9271", "78", "11")
    assert query.age is not None
    assert query.plan is None
