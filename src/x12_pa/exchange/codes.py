"""What each code of the exchange and of its inputs means, and what to do: pages of `explain`."""

from attrs import frozen


@frozen
class Page:
    """The page of one code."""

    code: str
    title: str
    happened: str
    do: str


_ROWS = (
    Page(
        "C001",
        "A mailbox cannot be used as it is configured",
        "The section of the mailbox names something that is not there: a key file, a directory, a "
        "profile. Nothing was tried.",
        "Correct the configuration; `x12-pa exchange doctor NAME` checks a mailbox.",
    ),
    Page(
        "C201",
        "A request does not fit its form",
        "A request that was submitted lacks a field or has a value that the form does not allow. "
        "It was refused; the other requests of the input were taken.",
        "Correct the field that the message names and submit again; `x12-pa schema review_request` "
        "prints the form.",
    ),
    Page(
        "C203",
        "A row of a schedule does not fit its form",
        "A row of a schedule of eligibility checks lacks a column or has a value that the form "
        "does not allow, or no inquiry can be made of it. It was refused; the other rows of the "
        "input were taken.",
        "Correct the column that the message names and run `x12-pa eligibility check` again; "
        "`x12-pa schema eligibility-check` prints the form. Rows that were asked before are not "
        "asked twice.",
    ),
    Page(
        "E000",
        "The exchange failed",
        "Something failed that has no code of its own; the message says what.",
        "Run again. If it stays, report it with the message.",
    ),
    Page(
        "E001",
        "The host key is not pinned",
        "The server showed another host key than those in `host_key`. Nothing was sent, and nobody "
        "logged in. Either the partner changed its key, or somebody stands between.",
        "Ask the partner for the new fingerprint by another way than this connection. Compare it "
        "with `x12-pa exchange trust NAME`, then put it into `host_key` beside the old one.",
    ),
    Page(
        "E002",
        "The login was rejected",
        "The server did not accept the key or the password. One try is made per run, and after "
        "three runs the mailbox is paused, because servers lock accounts.",
        "Check `username`, `key_file` and that the partner installed the public key; then run "
        "`x12-pa exchange run --once --mailbox NAME`, which lifts the pause.",
    ),
    Page(
        "E003",
        "The connection failed or broke",
        "No connection, no answer in time, or a line that was cut. Nothing is lost or doubled: the "
        "ledger knows how far each file came.",
        "Nothing, or run again later. If it stays, check `host`, `port` and the network.",
    ),
    Page(
        "E004",
        "The server refused",
        "Permission denied, quota, or a plain failure. The file is tried in three runs, then it is "
        "FAILED; the others go on.",
        "Run `x12-pa exchange doctor NAME`, and ask the partner about rights and quota; then "
        "`x12-pa exchange release FILE` sends what FAILED.",
    ),
    Page(
        "E005",
        "A file or directory is not there",
        "The server has no such name. A file may have been taken by another program.",
        "Check `upload_dir`, `download_dir` and `archive_dir`.",
    ),
    Page(
        "E006",
        "The name is taken",
        "A file of our final name is on the server already and is not ours. It was left alone, and "
        "our file is FAILED.",
        "Ask the partner what it is. Submit again under a new control number.",
    ),
    Page(
        "E007",
        "The server does not support an operation",
        "The server refuses an operation to everybody, such as renaming.",
        "Run `x12-pa exchange doctor NAME` and use the mode that it recommends.",
    ),
    Page(
        "E008",
        "This machine cannot go on",
        "The disk is full, or the spool or ledger cannot be written. Downloads stopped; what was "
        "on the server is still there.",
        "Make room or repair the rights, then run again.",
    ),
    Page(
        "E009",
        "The server said something odd",
        "A name with a slash or control characters, no size, a name listed twice. The item was not "
        "fetched; the others were.",
        "Tell the partner. The message shows the name with odd bytes escaped.",
    ),
    Page(
        "E010",
        "Nobody can tell whether the partner has the file",
        "In mode `direct` an upload broke and the file is not on the server: it was never there "
        "whole, or the partner took it.",
        "Ask the partner, or wait: an acknowledgement settles it, else the same bytes go out again "
        "after `ambiguous_hours`. Mode `rename` does not have this hole, if the server allows it.",
    ),
    Page(
        "E011",
        "The server's copy differs",
        "The uploaded bytes were read back and are not, or not all, what was sent. The partner "
        "never saw that copy.",
        "The server's disk may be full, or it converts text files: ask for binary mode.",
    ),
    Page(
        "E012",
        "The session's time was up",
        "The run lasted longer than `run_seconds`, or the program was told to stop.",
        "Nothing; the rest goes in the next run. Raise `run_seconds` if it is often too short.",
    ),
    Page(
        "E013",
        "A file was not taken",
        "It is empty, too large, or its envelopes say that it is not whole yet. It was left where "
        "it is.",
        "Wait for the partner to finish it. An incomplete file that stands still for "
        "`incomplete_hours` is copied into quarantine.",
    ),
    Page(
        "E014",
        "A stored file could not be read",
        "Reading the file failed; nothing of it took effect. After three runs it is quarantined. "
        "Its bytes are safe in the spool.",
        "If the message names a defect, report it; run again after the correction.",
    ),
    Page(
        "E015",
        "A file is in quarantine",
        "It arrived, but it cannot be what was expected: cut off, not X12, or in conflict with "
        "something received before. Nothing of it took effect, and its bytes are kept.",
        "`x12-pa exchange status` lists it with the reason. Not X12 (a text report, a page of an "
        "error): nothing in it can take effect, so read what the partner says in it; where such "
        "files come again and again, let `patterns` of the mailbox pass them over. Cut off: ask "
        "the partner to send it again, whole. In conflict: ask the partner which is right; a "
        "corrected copy, or a partner that counts from 1 again, takes effect with "
        "`x12-pa exchange release`.",
    ),
    Page(
        "E016",
        "A request goes to somebody who does not review the service",
        "The request names the payer (2010A NM109), or goes through a mailbox, although another "
        "organization reviews the service. The message says who, and who says so: an entry of "
        "the payer's profile (`services:`), or a 271 that names a delegated reviewer "
        "(2120 NM1*X3). The request was queued all the same: both can be out of date.",
        "Name the reviewer in 2010A and submit through the mailbox that reaches it; "
        "`x12-pa eligibility show` and `x12-pa requires` tell who that is. If the profile is out "
        "of date, correct it.",
    ),
    Page(
        "E017",
        "More files than one run fetches",
        "More files have settled on the server than `max_files`, or more bytes than "
        "`max_run_bytes`. The oldest were fetched; the others lie where they were, and the run "
        "ends with exit code 3.",
        "Run again until it ends with 0; on a schedule, inside its window, that happens by "
        "itself. Raise `max_files` if it is often too small.",
    ),
)

PAGES = {page.code: page for page in _ROWS}
