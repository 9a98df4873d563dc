"""Whether files can still be imported: where a change concerns few only as long as they can, that is tried."""

from collections.abc import Collection, Iterable, Mapping

from companion.core.impact.affected import dotted
from companion.store.records import Records
from companion.workers.running.impact.chosen import Chosen
from companion.workers.running.impact.known import Known
from companion.workers.running.sources import SuiteFacts


class Proving:
    """``unproven`` are files of the last change of which nobody knows yet."""

    def __init__(self, records: Records, known: Known, facts: SuiteFacts) -> None:
        self._records, self._known, self._facts = records, known, facts
        self.unproven: set[str] = set()

    def trials(self, chosen: Collection[str]) -> dict[str, Chosen]:
        """Where none of those that import a file is chosen, the quickest is collected."""
        trials: dict[str, Chosen] = {}
        for path in self.unproven:
            importers = self._known.importers(path)
            if importers and not importers & {*chosen, *trials}:
                quickest = min(importers, key=lambda test: (self._facts.seconds.get(test, 0.0), test))
                trials[quickest] = Chosen(f"imports {dotted(path)}", {})
        return trials

    def escalate(self, failed: str) -> dict[str, Chosen]:
        """This test file, or conftest, cannot be imported: so may be the others that import what changed."""
        is_test = failed in self._facts.test_files
        files = {path for path in self.unproven if failed in self._known.importers(path) or not is_test}
        self.unproven -= files
        tests = {test: f"imports {dotted(path)}" for path in sorted(files) for test in self._known.importers(path)}
        return {test: Chosen(why) for test, why in tests.items() if test != failed}

    def not_imported(self) -> dict[str, Chosen]:
        """What could not be imported before may be now."""
        files = {file for path in self._facts.broken for file in self._below(path)}
        stale: Mapping[str, Mapping[str, str]] = self._records.stale() if files else {}
        return {file: Chosen("could not be imported", stale.get(file, {})) for file in files}

    def _below(self, path: str) -> Iterable[str]:
        """Test files that cannot be collected where this cannot be imported: itself, or those below a conftest."""
        if path.endswith(".py") and not path.endswith(("conftest.py", "__init__.py")):
            return (path,)
        folder = path.rpartition("/")[0] if path.endswith(".py") else path
        return (test for test in self._records.tests() if folder in ("", ".") or test.startswith(f"{folder}/"))
