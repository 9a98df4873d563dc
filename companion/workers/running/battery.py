"""Whether this machine runs on its battery: what nobody asked for can wait then."""

from pathlib import Path

ON_BATTERY = 60.0
"""Seconds after which it is looked again whether there is power."""
SUPPLIES = Path("/sys/class/power_supply")


def on_battery(supplies: Path = SUPPLIES) -> bool:
    """Where a battery of the machine itself is being discharged; False where the system does not tell (not Linux)."""
    try:
        return any(map(_discharges, supplies.iterdir()))
    except OSError:
        return False


def _discharges(supply: Path) -> bool:
    """Those of a mouse or a headset have the scope ``Device``."""
    return (_said(supply, "type"), _said(supply, "status")) == ("Battery", "Discharging") and (
        _said(supply, "scope") != "Device"
    )


def _said(supply: Path, what: str) -> str:
    try:
        return (supply / what).read_text("ascii", "replace").strip()
    except OSError:
        return ""
