"""Selection in memory: files as texts, an edit, and what it selects."""

from collections.abc import Mapping, Sequence

from companion.core.impact.closure import Closures, Layout
from companion.core.impact.imports import ImportRef, imports_of
from companion.core.impact.selection import Suite, select

PATTERNS = ("test_*.py", "*_test.py")
type Edit = str | Mapping[str, str | None]
"""A path that changes somehow, or new texts by path (None deletes)."""


def chosen(
    files: Mapping[str, str],
    edit: Edit,
    *,
    patterns: Sequence[str] = PATTERNS,
    test_paths: Sequence[str] = (),
    roots: Sequence[str] = ("", "src"),
) -> dict[str, str]:
    """``{test file: why}``: what is selected when the files change so."""
    edits: Mapping[str, str | None] = {edit: f"{files[edit]}\nchanged = 1"} if isinstance(edit, str) else edit
    now = {path: text for path, text in {**files, **edits}.items() if text is not None}
    texts = dict(files)

    def imports(path: str) -> tuple[ImportRef, ...]:
        return imports_of(texts.get(path, "")) or ()

    closures = Closures(layout(files, roots), imports)
    known = Suite(frozenset(), tuple(patterns), tuple(test_paths), closures.of)
    tests = frozenset(path for path in files if known.may_hold_tests(path))
    before = {path: closures.of(path) for path in tests}
    texts.clear()
    texts.update(now)
    changed = frozenset(edits)
    closures.forget(changed, layout(now, roots))
    suite = Suite(tests, tuple(patterns), tuple(test_paths), closures.of)
    deleted = frozenset(path for path, text in edits.items() if text is None)
    return select(suite, changed, deleted, lambda file: before.get(file, frozenset()))


def layout(files: Mapping[str, str], roots: Sequence[str] = ("", "src")) -> Layout:
    return Layout(frozenset(path for path in files if path.endswith(".py")), tuple(roots))


def closure(files: Mapping[str, str], test_file: str, roots: Sequence[str] = ("", "src")) -> frozenset[str]:
    """Every project file that the test file may execute."""
    return Closures(layout(files, roots), lambda path: imports_of(files.get(path, "")) or ()).of(test_file)


def check(files: Mapping[str, str], edit: Edit, expected: set[str], **options: Sequence[str]) -> None:
    """The edit selects exactly these test files."""
    assert set(chosen(files, edit, **options)) == expected
