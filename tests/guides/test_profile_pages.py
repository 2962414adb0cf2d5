"""A profile as the chapters of a companion guide."""

from tests.guides.profile_specimens import profile, rules
from x12_pa.guides import load_profile
from x12_pa.guides.profile import profile_ids
from x12_pa.guides.profile_pages import chapters
from x12_pa.guides.profile_text import as_text

OUT = "applies: {tx: '278', direction: out, version: 005010X217}"


def rows(made):
    """Return the lines of the table of chapter 10."""
    (table,) = next(c for c in chapters(made) if c.number == 10).sections
    return table.rows


def home(made, rule_id):
    """Return the chapter that lists a rule."""
    return next(
        chapter.number
        for chapter in chapters(made)
        for section in chapter.sections
        for entry in section.entries
        if entry.rule == rule_id
    )


def test_the_chapters_stand_in_the_order_of_the_template():
    titles = [chapter.title for chapter in chapters(load_profile("demo-payer"))]
    assert titles[3:10] == [
        "Connectivity and communications",
        "Contact information",
        "Control segments and envelopes",
        "Payer-specific business rules and limitations",
        "Acknowledgements and reports",
        "Trading partner agreements",
        "Transaction-specific information",
    ]


def test_the_table_follows_the_guide_and_not_the_file(tmp_path):
    made = profile(
        tmp_path,
        rules(
            f"id: later, {OUT}, length: {{2000E/MSG01: {{max: 80}}}}",
            f"id: sooner, {OUT}, values: {{2010A/NM108: [PI]}}, confidence: low",
        ),
    )
    assert [(row[0], row[1], row[3], row[4], row[6], row[8]) for row in rows(made)] == [
        ("2010A", "NM108", "PI", "", "sooner", "low"),
        ("2000E", "MSG01", "", "80", "later", "high"),
    ]


def test_a_condition_stands_in_the_notes(tmp_path):
    rule = f"id: a, {OUT}, when: {{2000E/UM01: AR}}, then: {{require: 2000E/CL1}}"
    ((*_, notes, _, _, _),) = rows(profile(tmp_path, rules(rule)))
    assert notes == "required if 2000E/UM01 is AR"


def test_rules_stand_in_the_chapter_that_they_belong_to(tmp_path):
    made = profile(
        tmp_path,
        rules(
            "id: envelope, values: {ISA15: [P]}",
            "id: size, file: {max_mb: 5}",
            "id: order, ack_order: [TA1, '999']",
            "id: hours, schedule: {cutoff: '22:30'}",
            "id: contact, require: 2010B/PER",
        ),
    )
    assert {rule.id: home(made, rule.id) for rule in made.rules} == {
        "envelope": 6,
        "size": 6,
        "order": 8,
        "hours": 4,
        "contact": 7,
    }


def test_a_fact_keeps_its_source_its_confidence_and_what_is_remarked_on_it(tmp_path):
    made = profile(
        tmp_path,
        "sources: {faq: {title: Questions and answers}}\n"
        "mailbox: {port: {value: 22, note: as seen, source: 'faq: p. 3', confidence: low}}\n",
    )
    lines = "\n".join(as_text(made, chapters(made)))
    said = "  port: 22 (as seen)\n      source: Questions and answers, p. 3; confidence low\n"
    assert said in lines


def test_the_caution_comes_before_everything(tmp_path):
    path = tmp_path / "rumour.yaml"
    path.write_text(
        "profile: rumour\ntitle: Rumour Health\n"
        "source: {title: A forum, date: 2025-01, provenance: observed, confidence: low}\n",
        encoding="utf-8",
    )
    made = load_profile(path)
    assert list(as_text(made, chapters(made)))[1].startswith(
        "CAUTION: Rumour Health of 2025-01: it was"
    )


def test_every_rule_of_every_shipped_profile_is_on_its_pages():
    for name in profile_ids():
        made = load_profile(name)
        text = "\n".join(as_text(made, chapters(made)))
        assert [rule.id for rule in made.rules if f"  {rule.id}: " not in text] == [], name


def entries(made, chapter, title):
    """Return the statements of one section."""
    (found,) = (s for s in chapters(made)[chapter - 1].sections if s.title == title)
    return found.entries or found.rows


def test_the_envelope_stands_with_who_says_so_how_sure_that_is_and_the_layer(tmp_path):
    low = (
        "envelope: {ISA07: ZZ, source: 'g: page 3', confidence: low}\nsources: {g: {title: Hub}}\n"
    )
    profile(tmp_path, low, name="low")
    made = profile(tmp_path, "extends: [low]\nenvelope: {ISA08: PLAN}\n")
    found = [(e.text, e.source, e.confidence, e.layer) for e in entries(made, 6, "ISA-IEA")]
    assert found == [
        ("ISA07: ZZ", "Hub, page 3", "low", "low"),
        ("ISA08: PLAN", "Specimen guide", "high", ""),
    ]


def test_facts_and_mailbox_of_a_layer_below_say_which_layer(tmp_path):
    low = "mailbox: {upload: {value: in}}\nfacts: [{chapter: 4, text: Call first., source: x}]\n"
    profile(tmp_path, low, name="low")
    made = profile(tmp_path, "extends: [low]\nmailbox: {download: {value: out}}\n")
    found = [
        e.layer for title in ("Mailbox", "What the guide says") for e in entries(made, 4, title)
    ]
    assert found == ["low", "", "low"]


def test_services_stand_in_words_with_reviewer_documents_and_dates(tmp_path):
    made = profile(
        tmp_path,
        "services:\n  reviewer: {umo: UM1, name: Manager, source: page 2}\n"
        "  mri:\n    needed: 'yes'\n    procedures: [73718-73723]\n    places: ['22']\n"
        "    age: {min: 18}\n    effective: {from: 2026-01-01}\n"
        "    documents: [{report: [RR, DG], name: earlier images, required: false}]\n"
        "    questions: [{label: WEEKS}]\n    step_therapy: {count: 2, fields: [drug]}\n"
        "    source: page 9\n    last_verified: 2026-11-01\n",
    )
    first, second, entry = entries(made, 7, "Services that need authorization")
    assert (first.text, first.source) == ("reviewed by Manager, UMO UM1", "page 2")
    assert second.text == "what no entry speaks of is unknown, never 'no'"
    assert entry.text == (
        "needs authorization: procedures 73718-73723; places of service 22; age 18 and over"
    )
    assert entry.details == (
        "from 2026-01-01",
        "send a document, PWK01 RR or DG (earlier images), if there is one",
        "send WEEKS= in the message",
        "tell of 2 earlier treatments: drug",
        "last verified 2026-11-01",
    )
    assert (entry.rule, entry.source, entry.confidence) == ("mri", "page 9", "high")


def test_what_is_answered_to_a_breach_is_a_table_with_its_documents(tmp_path):
    made = profile(
        tmp_path,
        "sources: {log: {title: Change log}}\n"
        "acks: {rejects: [{where: ISA13, answer: [TA1 025], source: log, confidence: high}]}\n",
    )
    rows = entries(made, 8, "What is answered to a breach")
    assert rows == (("ISA13", "TA1 025", "", "Change log", "high"),)
