"""What is wrong with an input, as a list in which every entry names its place.

A record comes from people and programs as JSON or CSV; all its faults are collected before any of
them is reported, each with the path in the input, what was expected and what to do. Values never
appear in the messages: they may be names and birth dates.
"""

from collections.abc import Sequence

from attrs import frozen

from x12_pa.errors import DocumentError


@frozen
class Problem:
    """One fault of an input: where (`event.services[0].service_date`) and what was expected."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or 'input'}: {self.message}"


class InputProblem(DocumentError):
    """An input that cannot become a record or a transaction set; `problems` lists every fault."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"The input has {head}:{lines}")
