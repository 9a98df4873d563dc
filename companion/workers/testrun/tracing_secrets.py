"""By their names: what nobody is shown, since it may be a secret.

This module also runs in the project's own Python (3.10 or later).
"""

import re
from functools import lru_cache

WORDS = re.compile(
    r"(?:^|_)(?:tokens?|secrets?|pass(?:word|wd|phrase)s?|pwd|(?:api|access|private)_?keys?|credentials?|authorization)"
    r"(?:_|[0-9]|$)"
)
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(4096)
def is_secret(name: str) -> bool:
    """Whether something of this name may be one: ``api_key``, ``DB_PASSWORD``, ``authToken``, ``X-Api-Key``."""
    return bool(WORDS.search(HUMP.sub("_", name[:200]).lower().replace("-", "_")))
