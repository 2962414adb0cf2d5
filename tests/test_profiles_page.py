"""docs/profiles.md, which teaches the language by writing one profile, run as it stands."""

import re
import shutil

from tests.support import ROOT
from tests.tour import take_the_tour
from x12_pa.guides.operators import OPERATORS

PAGE = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")


def test_the_profile_is_written_checked_and_tried_as_the_page_says(tmp_path):
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    assert take_the_tour(PAGE, tmp_path) >= 10


def test_every_operator_of_the_language_is_on_the_page():
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(OPERATORS) - named == set()
