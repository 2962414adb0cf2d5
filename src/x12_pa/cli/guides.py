"""`x12-pa guides`: the implementation guides as people read them."""

from typing import TYPE_CHECKING, Any

import click

from x12_pa.cli.context import Session
from x12_pa.cli.guide_pages import outline, pages, remarks, segment_facts
from x12_pa.cli.options import output_options, pass_session, profile_option
from x12_pa.cli.output import write_json, write_json_rows, write_lines, write_table
from x12_pa.errors import UsageError
from x12_pa.guides import ElementUse, Guide, LoopUse, SegmentUse, guide_keys, load_guide
from x12_pa.guides.index import foreign_keys

if TYPE_CHECKING:
    from x12_pa.guides import Profile

Use = LoopUse | SegmentUse


@click.group()
def guides() -> None:
    """The implementation guides that ship with x12-pa."""


@guides.command("list")
@output_options
@pass_session
def list_guides(session: Session) -> int:
    """List the guides: key, id, transaction set, what it is, and whose map it is.

    Origin: own; partial, an outline of what public samples show; or pyx12, read from the maps of
    that package.
    """
    rows = [_head(load_guide(key)) for key in (*guide_keys(), *foreign_keys())]
    if session.json:
        write_json_rows("x12-pa/guides/1", "guides", rows)
    else:
        names = ("key", "guide", "set", "kind", "origin", "name")
        write_table(session, names, [[row[name] for name in names] for row in rows])
    return 0


@guides.command("show")
@click.argument("key")
@click.argument("path", required=False)
@profile_option
@output_options
@pass_session
def show_guide(session: Session, key: str, path: str | None, profile: "Profile | None") -> int:
    """Show a guide as a tree, or what stands at PATH: a loop (2000E), a segment (2000E/UM).

    A segment is shown with lengths, codes and their meanings, elements that depend on each other,
    and rules. With --profile, the guide as the payer's companion guide narrows it, and what that
    changes.
    """
    guide = load_guide(key, profile)
    base = load_guide(key) if profile else None
    found: list[Use] = [guide.root] if path is None else _at(guide, path)
    if session.json:
        parts = [_use(use, deep=True) for use in found]
        for use, part in zip(found, parts, strict=True):
            if isinstance(use, SegmentUse):
                part.update(segment_facts(guide, base, use))
        write_json({"schema": "x12-pa/guide/1", **_head(guide), "path": path, "uses": parts})
    else:
        write_lines(outline(guide) if path is None else pages(guide, base, found))
    return 0


def _head(guide: Guide) -> dict[str, Any]:
    return {
        "key": guide.key,
        "guide": guide.id,
        "set": guide.set,
        "kind": guide.kind,
        "origin": guide.origin,
        "functional_id": guide.functional_id,
        "name": guide.name,
        "profile": guide.profile,
    }


def _at(guide: Guide, path: str) -> list[Use]:
    """Return the loops or segments that a path names; 2000E stands in two places."""
    wanted = path.strip("/")
    last = wanted.rpartition("/")[2]
    found: list[Use] = [use for use in guide.loops(last) if use.path.endswith(wanted)]
    found = found or [use for use in guide.find(wanted)]
    if not found:
        found = [
            use for use in guide.root.walk() if isinstance(use, SegmentUse) and use.id == wanted
        ]
    if not found:
        raise UsageError(
            f"{guide.key} has nothing at '{path}'. Name a loop (2000E), a segment (UM) or both "
            f"(2000E/UM); x12-pa guides show {guide.key} shows the whole tree."
        )
    return found


def _use(use: Use, *, deep: bool) -> dict[str, Any]:
    head = {"id": use.id, "name": use.name, "usage": use.usage, "source": use.source}
    if isinstance(use, LoopUse):
        children = [_use(child, deep=deep) for child in use.children]
        return {"loop": use.id, **head, "path": use.path, "repeat": use.repeat, "uses": children}
    return {
        "segment": use.id,
        **head,
        "path": use.path,
        "max_use": use.max_use,
        "syntax": list(use.syntax),
        "elements": [_element(element) for element in use.elements],
    }


def _element(element: ElementUse) -> dict[str, Any]:
    return {
        "ref": element.ref.replace("-0", "-"),
        "name": element.name,
        "data_element": element.data_element,
        "type": element.type,
        "min": element.min,
        "max": element.max,
        "usage": element.usage,
        "repeat": element.repeat,
        "tolerate": list(element.tolerate),
        "remarks": remarks(element),
        "codes": list(element.codes) if element.codes is not None else None,
        "labels": element.labels,
        "external": element.external,
        "pattern": element.pattern,
        "source": element.source,
        "components": [_element(component) for component in element.components],
    }
