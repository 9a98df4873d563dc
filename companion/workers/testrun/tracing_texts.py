"""What a value holds, as a short text, by no code but Python's own: nothing of the project is called for it.

So there is no ``repr``, no comparison and no attribute that a class could compute; and no address, since two runs are
to say the same. Of what is no number, text or collection it shows the type and what its attributes hold.
This module also runs in the project's own Python (3.10 or later).
"""

import re
import zlib
from collections.abc import Callable, Iterable
from itertools import islice
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from companion.messages import CUT
from companion.workers.testrun.tracing_secrets import is_secret

LONGEST = 80
"""Characters of a text; and of a string inside of one, before it is cut."""
TAIL = 30
"""Characters of its end that are kept of what is cut."""
DEPTH = 3
MOST = 12
"""Elements of a collection, and attributes of an object, that are shown."""
NODES = 60
"""Values that are looked at for one text."""
OPEN = (bool, type(None), FunctionType, MethodType, BuiltinFunctionType, ModuleType, type)
"""What is shown under any name."""
DIGITS = 400
"""Bits of a number that is shown as it is."""

_dict: Any = dict
_type_name = type.__dict__["__name__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_arguments: Any = BaseException.__dict__["args"].__get__
_module_names: Any = _type_dict(ModuleType)["__dict__"].__get__
_code = FunctionType.__dict__["__code__"].__get__
_defaults: Any = FunctionType.__dict__["__defaults__"].__get__
_named_defaults: Any = FunctionType.__dict__["__kwdefaults__"].__get__


def described(value: object) -> str:
    """At most `LONGEST` characters, and a mark of the whole where that was cut."""
    try:
        text = _Looking().of(value, DEPTH)
    except Exception:  # noqa: BLE001 - another thread changes it meanwhile
        return f"<{name_of(type(value))}>"
    text = NUMBERED.sub(r"\1", text.encode("utf-8", "backslashreplace").decode())
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - TAIL]}{CUT}{text[1 - TAIL :]}{CUT}{_sum(text.encode())}"


def described_as(name: str, value: object) -> str:
    """What this name holds; nothing of what may be a secret."""
    return CUT if _may_tell(value) and is_secret(name) else described(value)


def _may_tell(value: object) -> bool:
    """Whether its text could be a secret."""
    kind = type(value)
    return not any(kind is open_kind for open_kind in OPEN)


def name_of(kind: type) -> str:
    """A class's own name, whatever its metaclass says."""
    return str(_type_name(kind))


class _Looking:
    """Of one value; so many are ``left`` to look at."""

    def __init__(self) -> None:
        self._left = NODES

    def of(self, value: object, depth: int) -> str:
        kind = type(value)
        self._left -= 1
        if self._left < 0 or depth < 0:
            return CUT
        if value is None or value is True or value is False or value is ...:
            return repr(value)
        for base, shown in _PLAIN:
            if issubclass(kind, base):
                text = shown(value)
                return text if kind is base else f"{name_of(kind)}({text})"
        return self._collection(value, kind, depth) or self._other(value, kind, depth)

    def _collection(self, value: Any, kind: type, depth: int) -> str:
        """Empty for what is none."""
        base: Any = next((base for base in COLLECTIONS if issubclass(kind, base)), None)
        if base is None:
            return ""
        first, last = COLLECTIONS[base]
        length = base.__len__(value)
        get: Any = getattr(base, "__getitem__", None)
        if base is dict:
            inside = self._pairs(_dict.items(value), length, depth)
        elif base is list or base is tuple:
            inside = self._several(get(value, slice(0, MOST)), length, depth)
        else:
            inside = self._unordered(base.__iter__(value), length, depth)
        text = f"{first}{inside}{last}"
        return text if kind is base and base is not frozenset else f"{name_of(kind)}({text})"

    def _several(self, items: "Iterable[object]", length: int, depth: int) -> str:
        shown = [self.of(item, depth - 1) for item in items]
        return ", ".join([*shown, f"{CUT}{length}"] if length > len(shown) else shown)

    def _unordered(self, items: "Iterable[object]", length: int, depth: int) -> str:
        """Which come first is chance: so all are looked at, or only their number."""
        if length > MOST:
            return f"{CUT}{length}"
        return ", ".join(sorted(self.of(item, depth - 1) for item in items))

    def _pairs(self, items: "Iterable[tuple[object, object]]", length: int, depth: int) -> str:
        some = list(islice(items, MOST))
        shown = [f"{self.of(key, depth - 1)}: {self._under(key, item, depth - 1)}" for key, item in some]
        return ", ".join([*shown, f"{CUT}{length}"] if length > len(shown) else shown)

    def _other(self, value: Any, kind: Any, depth: int) -> str:
        if kind is FunctionType:
            return self._function(value, depth)
        if kind is MethodType:
            return f"method {self.of(value.__func__, depth)}"
        if kind is BuiltinFunctionType:
            return f"function {value.__name__}"
        if kind is ModuleType:
            return f"module {_plain_text(_module_names(value).get('__name__'))}"
        if kind is CodeType:
            return f"code {value.co_name}"
        if issubclass(kind, type):
            bases = [name_of(base) for base in _type_mro(value)[1:-1]]
            return f"class {name_of(value)}" + (f"({', '.join(bases[:MOST])})" if bases else "")
        if issubclass(kind, BaseException):
            said: tuple[object, ...] = _arguments(value)
            return f"{name_of(kind)}({self._several(said[:MOST], 0, depth)})"
        return f"{name_of(kind)}({self._attributes(value, kind, depth)})"

    def _under(self, name: object, value: object, depth: int) -> str:
        """What something holds by this name."""
        if type(name) is str and _may_tell(value) and is_secret(name):
            return CUT
        return self.of(value, depth)

    def _function(self, value: Any, depth: int) -> str:
        """With its parameters: code that differs elsewhere is told by what it does."""
        code: CodeType = _code(value)
        count = code.co_argcount
        names = list(code.co_varnames[:count])
        defaults = _defaults(value) or ()
        for at, default in enumerate(reversed(defaults), 1):
            names[-at] += f"={self._under(names[-at], default, depth - 1)}"
        named: dict[str, object] = _named_defaults(value) or {}
        for name in code.co_varnames[count : count + code.co_kwonlyargcount]:
            default = f"={self._under(name, named[name], depth - 1)}" if name in named else ""
            names.append(f"*{name}{default}")
        return f"{code.co_name}({', '.join(names)})"

    def _attributes(self, value: Any, kind: type, depth: int) -> str:
        shown: list[str] = []
        for owner in _type_mro(kind):
            for name, found in _type_dict(owner).items():
                if len(shown) >= MOST:
                    break
                if type(found) is MemberDescriptorType and not _is_hidden(name) and kind.__flags__ & HEAP:
                    try:
                        shown.append(f"{name}={self._under(name, found.__get__(value), depth - 1)}")
                    except AttributeError:
                        continue
                elif type(found) is GetSetDescriptorType and name == "__dict__":
                    shown += self._own(found.__get__(value), depth)
        return ", ".join(shown[:MOST])

    def _own(self, attributes: Any, depth: int) -> "list[str]":
        if not issubclass(type(attributes), dict):
            return []
        some: list[tuple[object, object]] = list(islice(_dict.items(attributes), MOST))
        return [f"{name}={self._under(name, found, depth - 1)}" for name, found in some if not _is_hidden(name)]


COLLECTIONS: "dict[Any, tuple[str, str]]" = {
    dict: ("{", "}"),
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("{", "}"),
}
"""With what stands around their elements."""
NUMBERED = re.compile(r"(pytest-of-[^/]{1,80}/pytest-)[0-9]+")
"""Temporary folders of tests, which have another number in each session."""
HEAP = 1 << 9
"""Of a class's flags: it was made while Python runs, so its slots hold what the project put there."""


def _is_hidden(name: object) -> bool:
    return type(name) is not str or name.startswith("__")


def _whole(value: Any) -> str:
    if int.bit_length(value) > DIGITS:
        return f"a number of {int.bit_length(value)} bits"
    return int.__repr__(value)


def _plain_text(value: Any) -> str:
    cut = str.__getitem__(value, slice(0, LONGEST)) if issubclass(type(value), str) else ""
    length = str.__len__(value) if cut else 0
    if length <= LONGEST:
        return str.__repr__(cut)
    return (
        f"{str.__repr__(cut)}{CUT}{_sum(str.__getitem__(value, slice(0, FAR)).encode('utf-8', 'replace'))} {length}"
    )


def _bytes(kind: Any) -> "Callable[[Any], str]":
    def shown(value: Any) -> str:
        cut, length = bytes(kind.__getitem__(value, slice(0, LONGEST))), kind.__len__(value)
        if length <= LONGEST:
            return repr(cut)
        return f"{cut!r}{CUT}{_sum(bytes(kind.__getitem__(value, slice(0, FAR))))} {length}"

    return shown


FAR = 100_000
"""Characters of a long text by which it is told from another."""


def _sum(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"


_PLAIN: "tuple[tuple[type, Callable[[Any], str]], ...]" = (
    (int, _whole),
    (float, float.__repr__),
    (str, _plain_text),
    (bytes, _bytes(bytes)),
    (bytearray, _bytes(bytearray)),
    (complex, complex.__repr__),
    (range, lambda value: f"{value.start}:{value.stop}:{value.step}"),
    (MappingProxyType, lambda _: CUT),
)
"""Kinds of values with what is shown of each; no class of the project can be asked."""
