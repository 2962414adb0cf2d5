"""Find the data that ships with the package: maps, companion guides, fixtures.

Installed from a wheel the folders lie under `x12_pa/data`; in an editable checkout they lie beside
`src`. `X12_PA_DATA` names another root, for people who keep maps of their own.
"""

import os
from pathlib import Path

from x12_pa.errors import ConfigError


def data_dir(name: str) -> Path:
    """Return the folder of shipped data called `name` (`maps`, `companion_guides`, `fixtures`).

    Raises:
        ConfigError: there is no such folder in any of the three places.
    """
    package = Path(__file__).resolve().parent
    roots = [package / "data", package.parent.parent]
    if own := os.environ.get("X12_PA_DATA"):
        roots.insert(0, Path(own))
    for root in roots:
        if (folder := root / name).is_dir():
            return folder
    raise ConfigError(
        f"The data folder '{name}' was not found. Reinstall x12-pa, or set X12_PA_DATA to the "
        f"folder that holds '{name}'."
    )
