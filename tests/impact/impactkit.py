"""Import closures in memory: files as texts."""

from collections.abc import Mapping, Sequence

from companion.core.impact.closure import Closures, Layout
from companion.core.impact.imports import ImportRef, imports_of


def layout(files: Mapping[str, str], roots: Sequence[str] = ("", "src")) -> Layout:
    return Layout(frozenset(path for path in files if path.endswith(".py")), tuple(roots))


def closure(files: Mapping[str, str], test_file: str, roots: Sequence[str] = ("", "src")) -> frozenset[str]:
    """Every project file that the test file may execute."""
    return Closures(layout(files, roots), lambda path: imports_of(files.get(path, "")) or ()).of(test_file)


class Editing:
    """Closures that are kept in step with files that change."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        self._closures = Closures(layout(files), self._imports)

    def of(self, test_file: str) -> frozenset[str]:
        return self._closures.of(test_file)

    def edit(self, edits: Mapping[str, str | None]) -> None:
        """New texts by path; None deletes."""
        self.files = {path: text for path, text in {**self.files, **edits}.items() if text is not None}
        self._closures.forget(frozenset(edits), layout(self.files))

    def _imports(self, path: str) -> tuple[ImportRef, ...]:
        return imports_of(self.files.get(path, "")) or ()
