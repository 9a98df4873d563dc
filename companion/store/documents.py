"""Small values as JSON texts, for the store. JSON itself is imported when the first one is read or written."""

from typing import Any


def packed_document(value: Any) -> str:
    """See `unpacked_document`."""
    import json  # noqa: PLC0415 - nobody needs it to come up

    return json.dumps(value, separators=(",", ":"))


def unpacked_document(text: str | bytes) -> Any:
    """Raises ValueError for what is none."""
    import json  # noqa: PLC0415 - nobody needs it to come up

    return json.loads(text)
