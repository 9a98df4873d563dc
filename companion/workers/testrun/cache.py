"""pytest's cache for a session of its own: empty at first, in memory, gone at the end.

The project's ``.pytest_cache`` belongs to the runs that people start: it is neither read, cleared, nor written.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from _pytest.cacheprovider import Cache

from companion.workers.testrun.patches import Patches


def keep_cache_in_memory(patches: Patches) -> None:
    """For sessions that are configured from now on."""
    patches.replace(Cache, "for_config", staticmethod(_for_config))


def _for_config(config: Any, **_: object) -> Cache:
    """See `Cache.for_config`; a folder comes to be only if somebody asks for one."""
    cache: Any = Cache(Cache.cache_dir_from_config(config, _ispytest=True), config, _ispytest=True)
    values: dict[Path, str] = {}

    def get(key: str, default: object) -> object:
        text = values.get(cache._getvaluepath(key))
        return default if text is None else json.loads(text)

    def keep(key: str, value: object) -> None:
        values[cache._getvaluepath(key)] = json.dumps(value)  # raises for the same values as a file's writer

    def mkdir(name: str) -> Path:
        return Cache(_folder(config), config, _ispytest=True).mkdir(name)

    cache.get, cache.set, cache.mkdir = get, keep, mkdir
    return cache  # type: ignore[no-any-return]


def _folder(config: Any) -> Path:
    """Where tests have their temporary folders, which pytest itself clears away in time, even after a kill."""
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        return Path(factory.getbasetemp(), ".cache")
    folder = Path(tempfile.mkdtemp(prefix="companion-cache-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder
