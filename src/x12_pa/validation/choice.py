"""Choose the guide of each transaction set of a file; most sets are like the one before them."""

from x12_pa.guides import Guide, Profile, find_entry, load_guide
from x12_pa.syntax import Block
from x12_pa.validation.partner_state import Surroundings
from x12_pa.validation.results import GroupResult

# Files name few guides; what they name otherwise must not pile up.
_MOST_NAMES = 100
_FAR = 99


class Guides:
    """The guides of one file, narrowed by a profile as far as it applies to this run."""

    def __init__(self, profile: Profile | None, around: Surroundings) -> None:
        """Start without any."""
        self._profile = profile
        self._around = around
        self._named: dict[tuple[str, ...], Guide | None] = {}
        self._guides: dict[str, Guide] = {}

    def of_set(
        self, group: GroupResult, parts: list[str], block: Block, index: int
    ) -> Guide | None:
        """Return the guide that ST and GS name; where they do not, the next segments tell.

        Args:
            group: the group that the set stands in.
            parts: the elements of its ST.
            block: where the segments after ST begin, at `index`.
        """
        texts = block.texts
        mark = block.delimiters.element if block.delimiters else ""
        while index < len(texts) and not texts[index]:
            index += 1
        follows = texts[index].split(mark) if index < len(texts) else []
        purpose = follows[2] if follows[:1] == ["BHT"] and len(follows) > 2 else ""
        named = (parts[1], parts[3], group.version, group.functional_id, purpose)
        if named in self._named:
            return self._named[named]
        looked = []

        def ids() -> set[str]:
            looked.append(index)
            return {text.partition(mark)[0] for text in texts[index : index + _FAR]}

        entry = find_entry(
            set_id=parts[1],
            convention=parts[3],
            version=group.version,
            functional_id=group.functional_id,
            purpose=purpose,
            ids=ids,
        )
        guide = self._guide(entry.key) if entry is not None else None
        # One that the segments after it told says nothing of the next one.
        if not looked and len(self._named) < _MOST_NAMES:
            self._named[named] = guide
        return guide

    def _guide(self, key: str) -> Guide:
        if key not in self._guides:
            around = self._around
            self._guides[key] = load_guide(
                key, self._profile, today=around.today, known=around.known
            )
        return self._guides[key]
