"""Every finding code: what it means, how bad it is, which 999 codes report it.

A code is never reused and never changes its meaning. The table is the single place where a code
gets its severity, its SNIP type, its 999 codes and its message; `pages` holds the longer text that
`x12-pa explain` prints. Messages say what, where, what was expected and what to do; the fields in
braces are filled by the checks.
"""

from x12_pa.validation.catalogue_partner import PARTNER_CODES
from x12_pa.validation.codes import Code
from x12_pa.validation.codes import element_code as _e

# A rule of a guide says in its map what is wrong and what to do.
SAID = "{said}{expected}."

_ROWS = (
    Code(
        "X101",
        "warning",
        1,
        "Text outside any interchange was passed over. Take it out, or ask the sender what it is.",
    ),
    Code(
        "X102",
        "warning",
        1,
        "ISA is {found} characters wide, not 106; it was read all the same. Pad its elements "
        "with blanks to their fixed widths.",
    ),
    Code(
        "X103",
        "error",
        1,
        "{ref} is not valid (expected: {expected}). Correct the interchange header.",
        ta105="024",
    ),
    Code(
        "X104",
        "error",
        1,
        "The interchange ends{where} without {missing}: it is cut off, or was not closed. Get it "
        "whole and send it again.",
        ta105="023",
    ),
    Code(
        "X105",
        "error",
        1,
        "IEA02 does not repeat ISA13. Write the same control number in both.",
        ta105="001",
    ),
    Code(
        "X106",
        "error",
        1,
        "IEA01 says {found} functional groups, but the interchange has {expected}. "
        "Correct the count, or find the group that was lost or added.",
        ta105="021",
    ),
    Code(
        "X107",
        "error",
        1,
        "An earlier interchange of this file has the same sender, receiver and ISA13. "
        "Give each interchange a control number of its own.",
        ta105="025",
    ),
    Code(
        "X108",
        "warning",
        1,
        "The last segment has no terminator; it was read all the same. End every segment with "
        "the terminator.",
    ),
    Code(
        "X109",
        "error",
        1,
        "{segment} stands where only {expected} may stand. Check the order of the headers and "
        "trailers around it.",
        ta105="022",
    ),
    Code(
        "X110",
        "warning",
        1,
        "Segments are indented; the blanks before them were passed over. Begin each segment "
        "with its id.",
    ),
    Code(
        "X111",
        "error",
        1,
        "{ref} is not valid (expected: {expected}). Correct the group header.",
        ak905="6",
    ),
    Code(
        "X112",
        "error",
        1,
        "The functional group does not end with GE. Close it before the next group or IEA.",
        ak905="3",
    ),
    Code(
        "X113",
        "error",
        1,
        "GE02 does not repeat GS06. Write the same control number in both.",
        ak905="4",
    ),
    Code(
        "X114",
        "error",
        1,
        "GE01 says {found} transaction sets, but the group has {expected}. Correct the count, or "
        "find the set that was lost or added.",
        ak905="5",
    ),
    Code(
        "X115",
        "error",
        1,
        "An earlier group of this interchange has the same GS06. Give each group a control "
        "number of its own.",
        ak905="19",
    ),
    Code(
        "X116",
        "error",
        1,
        "GS01 is {found}, but a {expected}. Put the set into a group of its own kind.",
        ak905="1",
    ),
    Code(
        "X117",
        "warning",
        2,
        "GS08 names {found}, ST03 names {expected}; the set was read as {guide}. "
        "Write the same guide in both.",
    ),
    Code(
        "X121",
        "error",
        1,
        "The transaction set does not end with SE. Close it before what follows.",
        ik502="2",
    ),
    Code(
        "X122",
        "error",
        1,
        "SE02 does not repeat ST02. Write the same control number in both.",
        ik502="3",
    ),
    Code(
        "X123",
        "error",
        1,
        "SE01 says {found} segments, but ST through SE are {expected}. Correct the count, or find "
        "the segments that were lost or added.",
        ik502="4",
    ),
    Code(
        "X124",
        "error",
        1,
        "An earlier set of this group has the same ST02. Give each set a control number of its "
        "own.",
        ik502="23",
    ),
    Code(
        "X125",
        "error",
        1,
        "No guide is known for transaction set {found}, so it could not be checked. "
        "`x12-pa guides list` names the known ones.",
        ik502="1",
    ),
    Code(
        "X126",
        "warning",
        2,
        "{ref} names {found}; the set was checked against {expected}, the edition of that guide "
        "which is known here. Write {expected}.",
    ),
    Code(
        "X131",
        "info",
        2,
        "Not checked: {found}. Only an outline of {expected} is known here; ask the guide itself, "
        "or the payer.",
    ),
    Code(
        "X132",
        "warning",
        2,
        "{ref} ({name}) {expected}. Files that are in use do so, and it was read all the same; "
        "write it as the guide says.",
    ),
    Code(
        "X201",
        "error",
        1,
        "{segment} is not a segment of this transaction set. Remove it, or correct its id.",
        ik304="6",
    ),
    Code(
        "X202",
        "error",
        2,
        "{segment} may not stand here, in {loop}. Its place is {expected}: move it there, or "
        "remove it.",
        ik304="2",
    ),
    Code(
        "X203",
        "error",
        2,
        "{title} is required in {loop} and is missing before this segment. Add it.",
        ik304="3",
    ),
    Code(
        "X204",
        "error",
        2,
        "{title} may stand {expected} in {loop}; this is one more. Remove it.",
        ik304="5",
    ),
    Code(
        "X205",
        "error",
        2,
        "In {loop}, {title} may stand {expected}; here it begins once more. Remove it.",
        ik304="4",
    ),
    Code(
        "X206",
        "error",
        2,
        "{title} comes too late: its place in {loop} is before what was read last. Put the "
        "segments into the order of the guide.",
        ik304="7",
    ),
    Code(
        "X207",
        "error",
        2,
        "In {loop}, {title} is required and is missing before this segment. Add it, beginning "
        "with {expected}.",
        ik304="I7",
    ),
    Code(
        "X208",
        "error",
        2,
        "{segment} with {ref} = {found} is not used in {loop}: {expected} was expected. Correct "
        "{ref}, or remove the segment.",
        ik304="I4",
    ),
    _e("X211", 2, "1", "{ref} ({name}) is required and is missing. Add it."),
    _e(
        "X212",
        1,
        "4",
        "{ref} ({name}) is too short: it has {size} characters, {expected} were expected. Write "
        "the whole value.",
    ),
    _e(
        "X213",
        1,
        "5",
        "{ref} ({name}) is too long: it has {size} characters, {expected} were expected. "
        "Shorten it.",
    ),
    _e(
        "X215",
        2,
        "7",
        "{ref} ({name}) is not one of the values that the guide allows: {expected} was expected. "
        "Correct it.",
    ),
    _e("X216", 1, "8", "{ref} ({name}) is not a valid date: {expected} was expected. Correct it."),
    _e("X217", 1, "9", "{ref} ({name}) is not a valid time: {expected} was expected. Correct it."),
    _e("X218", 2, "I10", "{ref} ({name}) is not used here by the guide. Leave it empty."),
    _e(
        "X219",
        1,
        "3",
        "{segment} has {size} elements, but the guide knows {expected}. Remove the rest, or look "
        "for a separator inside a value.",
    ),
    _e(
        "X220",
        1,
        "13",
        "{ref} ({name}) has too many components: it takes {expected}. Remove the rest, or "
        "look for a separator inside the value.",
    ),
    _e("X221", 1, "12", "{ref} ({name}) is repeated too often: {expected} may be given."),
    _e("X222", 1, "2", "{ref} ({name}) is missing: {expected}. Add it, or remove the other."),
    _e("X223", 1, "10", "{ref} ({name}) is one too many: {expected}. Remove one."),
    _e("X224", 1, "6", "{ref} ({name}) is not a number: {expected} was expected. Correct it."),
    Code(
        "X225",
        "warning",
        1,
        "{segment} ends with empty elements or components. Leave the separators at the end away.",
    ),
    Code(
        "X226",
        "warning",
        1,
        "{segment} has blanks at the end of an element. Take them out.",
    ),
    Code(
        "X227",
        "warning",
        1,
        "{segment} holds characters beyond ASCII, which not every receiver takes. Write them "
        "with plain letters.",
    ),
    _e(
        "X228",
        2,
        "8",
        "{ref} ({name}) runs backwards: {expected} was expected. Swap or correct the dates.",
    ),
    Code(
        "X229",
        "error",
        1,
        "A segment is longer than {expected} bytes; only its beginning was read. A wrong or "
        "missing terminator is the usual cause: check ISA and the line ends.",
        ik304="8",
    ),
    _e(
        "X230",
        1,
        "6",
        "{segment} holds a control character. Take it out; it often comes from a broken line end.",
    ),
    _e(
        "X231",
        1,
        "7",
        "HL01 is {found}, but HL segments are numbered from 1 without gaps: {expected} was "
        "expected. Number them again.",
    ),
    _e(
        "X232",
        2,
        "7",
        "HL02 names {found}, which is not a level that this one may belong to. Write the HL01 of "
        "the level above.",
    ),
    _e("X233", 2, "7", "HL04 is {found}, but {expected}."),
    _e(
        "X234",
        2,
        "7",
        "A level with HL03 = {found} may not stand {where}; the levels of this guide are "
        "{expected}. Correct HL03 or HL02.",
    ),
    _e(
        "X301",
        3,
        "I12",
        "{ref} ({name}) is {found}, but {parts} of its lines add up to {expected}. Correct the "
        "total or the lines.",
    ),
    _e(
        "X302",
        3,
        "I12",
        "{ref} ({name}) is {found}, but what the other payer paid and adjusted ({parts}) adds up "
        "to {expected}. Correct the charge, the payment or the adjustments.",
    ),
    _e(
        "X303",
        3,
        "I12",
        "{ref} ({name}) is {found}, but what the other payer paid and adjusted on the claim and "
        "its lines ({parts}) adds up to {expected}. Correct the payment or the adjustments.",
    ),
    _e(
        "X304",
        3,
        "I12",
        "{ref} ({name}) is {found}, but the charge less the adjustments of the line ({parts}) is "
        "{expected}. Correct the payment or the adjustments.",
    ),
    _e(
        "X305",
        3,
        "I12",
        "{ref} ({name}) is {found}, but the charge less the adjustments of the claim and its lines "
        "({parts}) is {expected}. Correct the payment or the adjustments.",
    ),
    _e(
        "X306",
        3,
        "I12",
        "{ref} ({name}) is {found}, but the payments of the claims less the adjustments of the "
        "provider ({parts}) are {expected}. Correct the total, or find the claim that was lost.",
    ),
    Code("X401", "warning", 4, SAID, ik304="I6"),
    Code("X402", "warning", 4, SAID, ik304="I6"),
    Code("X403", "warning", 4, SAID, ik304="I6"),
    Code("X404", "warning", 4, SAID, ik304="I6"),
    Code("X405", "error", 4, SAID, ik304="I9"),
    Code("X406", "info", 4, SAID, ik304="8", ik403="I12"),
    Code("X407", "warning", 4, SAID, ik304="8", ik403="I12"),
    Code("X411", "warning", 4, SAID, ik304="I6"),
    Code("X412", "error", 4, SAID, ik304="I9"),
    Code("X421", "error", 4, SAID, ik304="8", ik403="10"),
    Code("X422", "error", 4, SAID, ik304="I9"),
    Code("X431", "warning", 4, SAID, ik304="8", ik403="I12"),
    Code("X432", "warning", 4, SAID, ik304="8", ik403="I9"),
    _e(
        "X501",
        5,
        "7",
        "{ref} ({name}) is not a National Provider Identifier: ten digits with a valid check "
        "digit were expected. Check the number with the provider.",
    ),
    _e(
        "X502",
        5,
        "7",
        "{ref} ({name}) does not have the form of its code list, {expected}. Check the code; "
        "codes are sent without decimal points and blanks.",
    ),
    _e(
        "X503",
        5,
        "7",
        "{ref} ({name}) is {found}, which is not in the table of {listed}. Check the code, or "
        "bring a newer table.",
    ),
    Code("X601", "error", 6, SAID, ik304="I6"),
    _e("X602", 6, "I12", "{said}{ref} ({name}) is {found}. Correct it, or the service."),
    *PARTNER_CODES,
)

CODES: dict[str, Code] = {row.code: row for row in _ROWS}
