"""Whoever reads a module's text to run it, or to show it, gets the overlay's.

`open` itself is left alone: a test that opens a file asks for the file (see `overlays_watch`).
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import importlib
import io
import linecache
import runpy
import tokenize
from collections.abc import Callable
from types import CodeType
from typing import Any

from companion.workers.testrun.overlays_layer import Layer
from companion.workers.testrun.patches import Patches

Made = Callable[[CodeType, str, bytes], None]
"""See `companion.workers.testrun.overlays.Overlays.made`."""


class Text(io.BytesIO):
    """An overlay, opened for reading."""

    def __init__(self, text: bytes, name: object) -> None:
        super().__init__(text)
        self.name = name


def replace_reads(layer: Layer, made: Made, patches: Patches) -> None:
    """For import and reload, tracebacks, `inspect`, `linecache`, `tokenize`, `pkgutil` and `runpy`."""
    loaders: Any = importlib.import_module("_frozen_importlib_external")
    hook: Any = importlib.import_module("_pytest.assertion.rewrite").AssertionRewritingHook
    for owner in (loaders.FileLoader, hook):
        patches.replace(owner, "get_data", _get_data(layer, owner.get_data))
    patches.replace(tokenize, "_builtin_open", _opened(layer, open))
    patches.replace(io, "open_code", _opened(layer, io.open_code))
    patches.replace(runpy, "compile", _compiled(layer, made))
    _forget_lines(layer)
    patches.later(lambda: _forget_lines(layer))


def _get_data(layer: Layer, original: Any) -> Any:
    def get_data(this: Any, path: Any) -> bytes:
        text = layer.text(path)
        return original(this, path) if text is None else text

    return get_data


def _opened(layer: Layer, original: Any) -> Any:
    """These are only ever asked for a file's bytes."""

    def opened(path: Any, *mode: Any) -> Any:
        text = layer.text(path)
        return original(path, *mode) if text is None else Text(text, path)

    return opened


def _compiled(layer: Layer, made: Made) -> Any:
    """In the place of `compile` where `runpy.run_path` uses it."""

    def compiled(source: Any, path: Any, mode: str) -> CodeType:
        code: CodeType = compile(source, path, mode)
        if layer.find(path):
            made(code, path, source)
        return code

    return compiled


def _forget_lines(layer: Layer) -> None:
    for name in [name for name in linecache.cache if layer.find(name)]:
        del linecache.cache[name]
