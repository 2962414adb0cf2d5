"""Where a fault of JSON stands: the line of the file, once."""

import pytest

from x12_pa.models import InputProblem
from x12_pa.models.documents import each_from_json


def places(text):
    found = [item for item in each_from_json(text) if isinstance(item, InputProblem)]
    return [problem.path for item in found for problem in item.problems]


def test_a_broken_line_of_json_lines_is_named_by_its_own_number():
    assert places('{"kind": "nothing"}\n{"kind": }\n')[1] == "line 2, column 10"


def test_a_fault_in_a_line_keeps_its_path():
    assert places('{"kind": "nothing"}\n{"kind": "none"}\n') == ["line 1: kind", "line 2: kind"]


def test_a_text_that_is_no_json_at_all_says_line_and_column():
    with pytest.raises(InputProblem) as caught:
        list(each_from_json('{\n"kind": }'))
    assert caught.value.problems[0].path == "line 2, column 9"
