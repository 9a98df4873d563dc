"""What items stand on beside the project's files: installed packages and environment variables, as they were when the
items ran last."""

from collections.abc import Mapping
from typing import cast

from companion.core.impact.affected import dotted
from companion.core.impact.graph import ENVIRONMENT, EVERY
from companion.core.impact.history import SESSION
from companion.core.impact.variables import differing
from companion.errors import CodecError
from companion.runtime.wire import HEADER, dumps, loads
from companion.store.fingerprint import Packages
from companion.store.records import Records
from companion.workers.running.impact.known import Known, imported
from companion.workers.running.impact.takingback import TakingBack


class Surroundings:
    """Marks what has yet to run since these are others."""

    def __init__(self, records: Records, known: Known, taking_back: TakingBack) -> None:
        self._records, self._known, self._taking_back = records, known, taking_back

    def variables(self, environment: Mapping[str, str]) -> None:
        """Who has read a variable that is set otherwise now has yet to run."""
        others = differing(self._records.keys(ENVIRONMENT), environment)
        if others:
            self._taking_back.forget()
        for name in others:
            self._mark(f"reads {name}", self._known.executing(ENVIRONMENT, name))
            importers = {*self._known.importing(ENVIRONMENT, name)}
            for importer in importers - {SESSION}:  # pytest asks for a terminal's size
                everyone = dict.fromkeys(self._known.importers(importer), EVERY)
                self._mark(f"imports {dotted(importer)}, which reads {name}", everyone)

    def installed(self, packages: Packages) -> None:
        """Who imports a package that is another now has yet to run; so has everybody where that cannot be told."""
        from companion.workers.running.impact.packages import changed_modules  # noqa: PLC0415 - takes long

        before = self._marks()
        if before.get("") == packages.environment:
            return
        known = {mark: stamp for mark, stamp in before.items() if mark}
        self._taking_back.forget()
        modules = changed_modules(known, packages.marks, packages.sites) if known != packages.marks else None
        for module in sorted(modules or ()):
            for path in self._known.mentioning(imported(module)):
                self._mark(f"imports {module}", dict.fromkeys(self._known.importers(path), EVERY))
        if modules is None:
            self._mark("installed packages changed", dict.fromkeys(self._records.tests(), EVERY))
        marks = {"": packages.environment, **packages.marks}
        self._records.keep_memo(ENVIRONMENT, dumps(tuple(marks.items())))

    @property
    def packages(self) -> str:
        """The fingerprint of what is installed, as far as that has been looked at."""
        return self._marks().get("", "")

    # ------------------------------------------------------------------------------------------------------

    def _mark(self, why: str, items: Mapping[str, int]) -> None:
        for test, bits in items.items():
            known = self._records.items(test).items()
            self._records.keep_stale({test: {of.id: why for number, of in known if bits >> number & 1}})

    def _marks(self) -> dict[str, str]:
        """What was installed when that was last looked at; the environment's fingerprint under the empty word."""
        try:
            found = loads((self._records.memo(ENVIRONMENT) or b"")[HEADER:])
        except CodecError:
            return {}
        pairs = cast("tuple[tuple[str, str], ...]", found) if isinstance(found, tuple) else ()
        return dict(pairs)
