"""The refactorer agent: what the rules propose for the code that has changed.

It keeps the texts that it was told of, so that later changes need to cross the channel as edits only. A file whose
text it does not know is skipped until it arrives whole; the user's broken code gives no proposals, and no error.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from companion.config import Config
from companion.core.diff import apply, touched_lines, unified
from companion.core.text import UndecodableError, content_hash, decode_source, encode_source, split_lines
from companion.messages import FileChange, Message, Proposal, Refactor, RefactorFinished, Status
from companion.refactor.finding import Candidate, Defect, Finding
from companion.workers.link import Agent, Link

type Touched = tuple[range, ...] | None
"""One-based lines that an edit wrote; None: the whole text is new."""
type Look = Callable[[str, Touched], Iterable[Finding]]
"""What the rules say of the touched definitions of a text; nothing if it is no Python."""


def build(link: Link, config: Config) -> Agent:
    """Import libcst and the configured rules, which takes some tenths of a second.

    Raises NativeParserError where libcst does not work (this agent may then run as a process of its own), UsageError
    if the configuration names a rule that does not exist.
    """
    # Imported here and not above: whoever only wants to know this module does not pay for libcst.
    from companion.refactor.registry import load_rules  # noqa: PLC0415
    from companion.refactor.rule import look  # noqa: PLC0415
    from companion.refactor.tree import prepare_native  # noqa: PLC0415

    prepare_native()
    rules = load_rules(config.rules, config.disabled_rules)
    return Refactorer(
        link, partial(look, rules), Texts(config.largest_file), f"{len(rules)} rule{'s'[: len(rules) != 1]}"
    )


class Refactorer:
    """See `companion.workers.link.Agent`; answers each `Refactor` with one `RefactorFinished`."""

    def __init__(self, link: Link, look: Look, texts: Texts, detail: str) -> None:
        self._link, self._look, self._texts, self._detail = link, look, texts, detail

    @property
    def detail(self) -> str:
        """How many rules it uses."""
        return self._detail

    def handle(self, message: Message) -> None:
        """Look at what a `Refactor` names; other messages are not for this agent."""
        if isinstance(message, Refactor):
            self._refactor(message)

    def close(self) -> None:
        """Nothing to release: it has no thread and no file."""

    def _refactor(self, request: Refactor) -> None:
        start = time.perf_counter()
        proposals: list[Proposal] = []
        failed: dict[str, str] = {}
        for path, (text, touched) in self._work(request.changes).items():
            for finding in self._look(text.text, touched):
                if isinstance(finding, Candidate):
                    proposals.append(proposal(request.generation, path, text, finding))
                elif isinstance(finding, Defect):
                    failed.setdefault(finding.rule, f"{path}:{finding.line} ({finding.error})")
        for rule, where in failed.items():
            sentence = f"the refactoring rule {rule} failed on {where}; the other rules go on"
            self._link.send(Status(f"refactorer {rule}", "warning", sentence))
        self._link.send(RefactorFinished(request.generation, tuple(proposals), time.perf_counter() - start))

    def _work(self, changes: Sequence[FileChange]) -> dict[str, tuple[Text, Touched]]:
        work: dict[str, tuple[Text, Touched]] = {}
        for change in changes:
            text = self._texts.take(change)
            touched = touched_lines(change.edits, text.text) if text is not None and change.edits else None
            again = work.pop(change.path, None)
            if text is not None and change.path.endswith(".py"):
                work[change.path] = (text, None if again else touched)
        return work


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text, and the hash and encoding of the bytes that it was read from."""

    hash: str
    text: str
    encoding: str


class Texts:
    """The last text of each path, within bounds; those not changed for longest go first."""

    def __init__(self, largest_file: int, *, most_texts: int = 2_000, most_characters: int = 50_000_000) -> None:
        self._largest_file, self._most_texts, self._most_characters = largest_file, most_texts, most_characters
        self._texts: OrderedDict[str, Text] = OrderedDict()
        self._characters = 0

    def take(self, change: FileChange) -> Text | None:
        """The text that a change leads to; None if there is none, or none that can be known here.

        The bytes of the change are copied. What does not have the change's hash is not taken.
        """
        old = self._forget(change.path)
        if change.kind == "deleted":
            return None
        text = _from_edits(change, old) if change.data is None else self._from_data(change.hash, bytes(change.data))
        if text is not None:
            self._keep(change.path, text)
        return text

    def _from_data(self, digest: str, data: bytes) -> Text | None:
        if len(data) > self._largest_file or content_hash(data) != digest:
            return None
        try:
            return Text(digest, *decode_source(data))
        except UndecodableError:
            return None

    def _forget(self, path: str) -> Text | None:
        text = self._texts.pop(path, None)
        self._characters -= 0 if text is None else len(text.text)
        return text

    def _keep(self, path: str, text: Text) -> None:
        self._texts[path] = text
        self._characters += len(text.text)
        while len(self._texts) > self._most_texts or self._characters > self._most_characters:
            self._forget(next(iter(self._texts)))


def _from_edits(change: FileChange, old: Text | None) -> Text | None:
    if old is None or old.hash != change.base:
        return None
    try:
        text = apply(change.edits, old.text)
        known = content_hash(encode_source(text, old.encoding)) == change.hash
    except ValueError:  # edits that do not fit, or characters that the encoding lacks
        return None
    return Text(change.hash, text, old.encoding) if known else None


def proposal(generation: int, path: str, text: Text, candidate: Candidate) -> Proposal:
    """The candidate as a message; its id is the same whenever the same is proposed for the same text."""
    shown = unified(text.text, candidate.text, path)
    identity = "\0".join((candidate.rule, path, text.hash, repr(candidate.edits)))
    return Proposal(
        generation=generation,
        id=hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
        rule=candidate.rule,
        title=candidate.title,
        path=path,
        line=candidate.line,
        end_line=candidate.end_line,
        verdict="unverified",
        items=0,
        changed_lines=sum(line.startswith("+") for line in split_lines(shown)[2:]),  # below the files' names
        executed_lines=0,
        hash=text.hash,
        edits=candidate.edits,
        diff=shown,
    )
