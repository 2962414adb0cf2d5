"""What payers ask of services: whose profile speaks, and its section as checked records."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from x12_pa.authorizations.requirements import Requirements
from x12_pa.authorizations.requirements_reading import place_in, read_requirements
from x12_pa.configuration import Settings
from x12_pa.errors import ConfigError, UsageError
from x12_pa.guides import Profile, SegmentUse, load_guide, load_profile
from x12_pa.guides.profile import profile_ids
from x12_pa.services.office import profile_named

REQUEST_GUIDE = "278-request"


def requirements_of(profile: Profile | None) -> Requirements | None:
    """Return what a profile says of services; None without a profile or without the section.

    Raises:
        ConfigError: the section has a fault; names file and line, the place and what was expected.
    """
    found = read_requirements(profile) if profile else None
    if found is not None and profile is not None:
        _check_codes(found, profile)
    return found


def _check_codes(requirements: Requirements, profile: Profile) -> None:
    """Refuse codes that no request can carry, as an entry with one would never be satisfied."""
    for entry in requirements.entries:
        reports = [code for document in entry.documents for code in document.reports]
        for key, element, given in (
            ("service_types", "UM03", entry.service_types),
            ("documents", "PWK01", reports),
        ):
            unknown = set(given) - guide_codes(element) if given else None
            if unknown:
                raise ConfigError(
                    f"{place_in(profile, entry.id, key)}: a value that the guide allows in "
                    f"{element} was expected, not {', '.join(sorted(unknown))} "
                    f"(x12-pa guides show {REQUEST_GUIDE} lists them)."
                )


@cache
def guide_codes(element: str) -> frozenset[str]:
    """Return the codes that the guide of requests allows in an element."""
    uses = (use for use in load_guide(REQUEST_GUIDE).root.walk() if isinstance(use, SegmentUse))
    elements = (each for use in uses for each in use.elements if each.ref == element)
    return frozenset(code for each in elements for code in each.codes or ())


def profile_for(settings: Settings, name: str) -> Profile:
    """Return the profile that a person means by a payer's name.

    Args:
        settings: the configuration, for its mailboxes.
        name: a mailbox, the id or the file of a profile, or a payer id that the `services:` of a
            profile names; those of mailboxes come before the shipped ones.

    Raises:
        UsageError: nobody is called so, or several profiles name that payer.
        ConfigError: a profile cannot be loaded.
    """
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return load_profile(Path(name))
    box = settings.mailboxes.get(name)
    if box is not None and box.profile:
        return profile_named(settings, box.profile)
    if name in profile_ids():
        return load_profile(name)
    for group in (_of_mailboxes(settings), map(load_profile, profile_ids())):
        found = {each.id: each for each in group if _names(each, name)}
        if len(found) > 1:
            raise UsageError(
                f"Several profiles speak for the payer {name}: {', '.join(sorted(found))}. Name "
                "one of them with --payer."
            )
        if found:
            return next(iter(found.values()))
    raise UsageError(
        f"There is no payer '{name}'. Name a mailbox, a profile (x12-pa profiles list, or the path "
        "of a .yaml file) or a payer id that the services section of a profile names."
    )


def _of_mailboxes(settings: Settings) -> Iterator[Profile]:
    for name in dict.fromkeys(box.profile for box in settings.mailboxes.values() if box.profile):
        yield profile_named(settings, name)


def _names(profile: Profile, payer: str) -> bool:
    named = profile.services.get("payers", ())
    return payer.upper() in {str(each).upper() for each in named}
