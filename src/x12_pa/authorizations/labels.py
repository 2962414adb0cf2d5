"""Labels of code values for lists and reports, taken from a compiled guide.

The guide knows the labels of the codes it lists. Codes of an external list (HCR03 takes its from
list 886) are not in the guide; the caller brings that list, keyed by its number.
"""

from collections.abc import Iterator, Mapping

from x12_pa.authorizations.cases import Labels
from x12_pa.guides import ElementUse, Guide, LoopUse


def guide_labels(guide: Guide, external: Mapping[str, Mapping[str, str]] | None = None) -> Labels:
    """Return a lookup of `(data element or external list, code)` for `worklist`.

    Args:
        guide: the guide whose labels are used, usually "278-response".
        external: labels of external lists: `{"886": {"0U": "..."}}`.
    """
    known: dict[str, dict[str, str]] = {}
    for use in _elements(guide.root):
        known.setdefault(use.data_element, {}).update(use.labels)
    for name, codes in (external or {}).items():
        known.setdefault(name, {}).update(codes)
    return lambda data_element, code: known.get(data_element, {}).get(code)


def _elements(loop: LoopUse) -> Iterator[ElementUse]:
    for child in loop.children:
        if isinstance(child, LoopUse):
            yield from _elements(child)
            continue
        for use in child.elements:
            yield use
            yield from use.components
