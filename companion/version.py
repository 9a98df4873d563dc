"""The version by which engine and fronts know that they belong together."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """companion's version, as installed."""
    try:
        return version("companion-ide")
    except PackageNotFoundError:
        return "0+unknown"
