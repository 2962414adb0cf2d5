"""Finding codes of a payer's rules: P101 to P108 narrow the guide, P111 to P129 compare, P9 tells.

The message ends with what the payer says, where it says so, and what it would answer (`{rule}`).
"""

from x12_pa.validation.codes import Code
from x12_pa.validation.codes import element_code as _e

SAID = "{expected}."

PARTNER_CODES = (
    _e(
        "P101",
        7,
        "I6",
        "{ref} ({name}) is not a value that the payer takes: {expected} was expected.{rule}",
    ),
    _e("P102", 7, "I9", "{ref} ({name}) is required by the payer and is missing. Add it.{rule}"),
    _e("P103", 7, "I10", "{ref} ({name}) is not taken by the payer. Leave it empty.{rule}"),
    _e(
        "P104",
        7,
        "5",
        "{ref} ({name}) has {size} characters, but the payer takes {expected}.{rule}",
    ),
    _e(
        "P105",
        7,
        "I12",
        "{ref} ({name}) does not have the form that the payer asks for, {expected}.{rule}",
    ),
    Code(
        "P106",
        "error",
        7,
        "{expected}. Correct the header.{rule}",
        ta105="024",
    ),
    Code(
        "P107",
        "error",
        7,
        "{title} is required by the payer in {loop} and is missing before this segment. "
        "Add it.{rule}",
        ik304="I6",
    ),
    Code(
        "P108",
        "error",
        7,
        "{title} in {loop} is not taken by the payer. Remove it.{rule}",
        ik304="I9",
    ),
    _e("P111", 7, "I9", SAID + " Add it.{rule}"),
    _e("P112", 7, "I13", SAID + " Take it out.{rule}"),
    _e("P113", 7, "I6", SAID + "{rule}"),
    _e("P114", 7, "I12", SAID + "{rule}"),
    _e("P115", 7, "5", SAID + "{rule}"),
    _e("P116", 7, "12", SAID + "{rule}"),
    _e("P117", 7, "I9", SAID + "{rule}"),
    _e("P118", 7, "7", SAID + "{rule}"),
    _e("P119", 7, "8", SAID + " Correct the date.{rule}"),
    _e("P120", 7, "6", SAID + "{rule}"),
    Code("P121", "error", 7, SAID + " Write the file with other separators.{rule}", ta105="024"),
    _e("P122", 7, "6", "{segment} has a character that the payer does not take: {expected}.{rule}"),
    Code(
        "P123", "error", 7, SAID + " Send what is too much in a file of its own.{rule}", ta105="022"
    ),
    _e("P124", 7, "7", SAID + " Give a new one.{rule}"),
    _e("P125", 7, "I12", SAID + " Send a new request instead, or ask the payer.{rule}"),
    _e("P126", 7, "7", SAID + " Check it with the registry.{rule}"),
    _e("P127", 7, "I12", SAID + " Ask the payer which request it answers.{rule}"),
    _e("P128", 7, "I12", SAID + " Tell the payer.{rule}"),
    Code("P129", "error", 7, SAID + " Send it as the partner asks.{rule}"),
    Code(
        "P131",
        "warning",
        7,
        "The provider is not enrolled with payer {payer} on {day}: {why}. Enrol the provider, name "
        "another one, or correct the roster.",
    ),
    Code(
        "P132",
        "warning",
        7,
        "The provider's enrolment with payer {payer} is pending on {day}. Wait for it, or ask the "
        "payer whether it counts from an earlier day.",
    ),
    Code(
        "P133",
        "warning",
        7,
        "The payer {will} reject this with AAA {code} ({label}) in {loop}, for {element}: {why}. "
        "{advice}.",
    ),
    Code(
        "P901",
        "info",
        7,
        "Rule {rule} was not checked: {expected}. {remedy}, or leave the rule to the payer.",
    ),
    Code("P902", "info", 7, SAID),
    Code(
        "P903",
        "info",
        7,
        "The roster has no row for payer {payer}: whether providers are enrolled was not checked.",
    ),
)
