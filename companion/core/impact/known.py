"""What is known of the world outside of a project: names that mean something by protocol, functions that only mark or
make values. All are qualified names. Pure."""

import builtins
import sys

BUILTINS = frozenset(dir(builtins))
MODULE_PROTOCOL = frozenset({
    "pytest_plugins", "pytestmark", "collect_ignore", "collect_ignore_glob", "load_tests", "setup_module",
    "teardown_module", "setup_function", "teardown_function", "setUpModule", "tearDownModule", "TYPE_CHECKING",
})  # fmt: skip
"""Read in a module by name, by pytest, unittest and us, though nobody mentions them; dunders and hooks as well."""
QUIET_DUNDERS = frozenset({"__all__", "__version__", "__author__"})
MEMBER_PROTOCOL = frozenset({
    "setup_method", "teardown_method", "setup_class", "teardown_class", "setUp", "tearDown", "setUpClass",
    "tearDownClass", "asyncSetUp", "asyncTearDown", "pytestmark", "_missing_", "_generate_next_value_", "_ignore_",
    "_fields_", "_pack_", "_anonymous_",
    # what the standard library asks any object for: mappings, files, generators, time zones, importers, encoders
    "keys", "items", "get", "read", "readline", "readlines", "readinto", "write", "flush", "close", "fileno",
    "isatty",
    "seek", "tell", "readable", "writable", "seekable", "send", "throw", "tzname", "utcoffset", "dst", "fromutc",
    "find_spec", "find_module", "create_module", "exec_module", "load_module", "mro", "filter", "default",
})  # fmt: skip
SUBCLASSING = frozenset({"__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__", "__mro_entries__"})

KEEPING = frozenset({"functools.cache", "functools.lru_cache", "functools.cached_property"})
INERT = KEEPING | frozenset({
    "pytest.fixture", "builtins.staticmethod", "builtins.classmethod", "builtins.property",
    "functools.total_ordering",
    "abc.abstractmethod", "abc.abstractproperty", "contextlib.contextmanager", "contextlib.asynccontextmanager",
    "dataclasses.dataclass", "attrs.define", "attrs.frozen", "attrs.mutable", "attr.s", "attr.attrs", "attr.define",
    "attr.frozen", "attr.dataclass", "unittest.skip", "unittest.skipIf", "unittest.skipUnless",
    "unittest.expectedFailure", "unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.patch.dict",
    *(
        f"{module}.{name}"
        for module in ("typing", "typing_extensions")
        for name in ("override", "overload", "final", "no_type_check", "runtime_checkable")
    ),
})  # fmt: skip
"""Decorators that mark or wrap what they are given, and tell nobody else of it."""
MARK = "pytest.mark."
WHOLE_DECORATORS = frozenset({
    "functools.total_ordering", "dataclasses.dataclass", "attrs.define", "attrs.frozen", "attrs.mutable", "attr.s",
    "attr.attrs", "attr.define", "attr.frozen", "attr.dataclass", "typing.runtime_checkable",
    "typing_extensions.runtime_checkable",
})  # fmt: skip
FIELD_DECORATORS = WHOLE_DECORATORS - {
    "functools.total_ordering", "typing.runtime_checkable", "typing_extensions.runtime_checkable",
}  # fmt: skip
CLASS_DECORATORS = WHOLE_DECORATORS | frozenset({
    "typing.final", "typing_extensions.final", "typing.no_type_check", "unittest.skip", "unittest.skipIf",
    "unittest.skipUnless", "unittest.expectedFailure", "unittest.mock.patch", "unittest.mock.patch.object",
    "unittest.mock.patch.dict",
})  # fmt: skip

SAFE_CALLS = frozenset({
    "pytest.param", "builtins.object", "dataclasses.field", "attrs.field", "attr.ib", "attr.attrib", "enum.auto",
})  # fmt: skip
"""They make a value of any arguments that fit them at all, and do nothing else."""
NAMED_CALLS = frozenset({
    "logging.getLogger", "typing.TypeVar", "typing.ParamSpec", "typing.TypeVarTuple", "typing.NewType",
    "typing_extensions.TypeVar", "typing_extensions.ParamSpec", "typing_extensions.TypeVarTuple",
    "contextvars.ContextVar", "pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath",
})  # fmt: skip
"""They take any string, first and alone."""
CONTAINER_CALLS = frozenset({
    "builtins.frozenset", "builtins.set", "builtins.tuple", "builtins.list", "builtins.dict",
    "collections.OrderedDict", "collections.deque",
})  # fmt: skip
CONVERTING_CALLS = frozenset(
    {"builtins.int", "builtins.float", "builtins.bytes", "builtins.str", "collections.Counter"}
)
VALUE_CALLS = frozenset({
    "re.compile", "decimal.Decimal", "fractions.Fraction", "datetime.timedelta", "datetime.date", "datetime.datetime",
    "datetime.time", "datetime.timezone", "collections.namedtuple", "typing.NamedTuple", "typing.TypedDict",
    "typing_extensions.TypedDict", "types.MappingProxyType", "types.SimpleNamespace", "operator.attrgetter",
    "operator.itemgetter", "operator.methodcaller", "functools.partial", "uuid.UUID", "builtins.range",
    "builtins.slice", "collections.defaultdict",
    "threading.Lock", "threading.RLock", "threading.local", "weakref.WeakKeyDictionary",
    "weakref.WeakValueDictionary", "weakref.WeakSet", "typing.cast", "string.Template",
})  # fmt: skip
"""They make a value, or raise for some arguments."""
GENERICS = frozenset({
    *(f"builtins.{name}" for name in ("list", "dict", "tuple", "set", "frozenset", "type")),
    *(f"collections.{name}" for name in ("deque", "defaultdict", "OrderedDict", "Counter", "ChainMap")),
    *(
        f"{module}.{name}"
        for module in ("typing", "typing_extensions", "collections.abc")
        for name in (
            "Iterable", "Iterator", "Sequence", "MutableSequence", "Mapping", "MutableMapping", "Callable",
            "Generator",
            "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Awaitable", "Coroutine", "Collection", "Container",
        )
    ),
    *(
        f"{module}.{name}"
        for module in ("typing", "typing_extensions")
        for name in (
            "Any", "Optional", "Union", "List", "Dict", "Tuple", "Set", "FrozenSet", "Type", "Literal", "ClassVar",
            "Final", "Annotated", "NamedTuple", "Protocol", "Generic", "TypedDict", "NoReturn", "Hashable", "Sized",
        )
    ),
})  # fmt: skip
"""What annotations consist of: they are there in every Python, and most take anything in brackets."""


_TYPES = {name: what for name, what in vars(builtins).items() if isinstance(what, type)}
_EXCEPTIONS = {name for name, what in _TYPES.items() if issubclass(what, BaseException)}
_VALUES = {
    "object", "dict", "list", "set", "frozenset", "tuple", "str", "bytes", "bytearray", "int", "float", "complex",
}  # fmt: skip
ABSTRACT_BASES = frozenset({"abc.ABC", "typing.Protocol", "typing_extensions.Protocol"})
PLAIN_BASES = (
    ABSTRACT_BASES
    | frozenset(f"builtins.{name}" for name in _EXCEPTIONS | _VALUES)
    | frozenset({"unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "typing.Generic"})
)
WHOLE_BASES = frozenset({
    "enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "typing.NamedTuple", "typing.TypedDict",
    "typing_extensions.TypedDict", "typing_extensions.NamedTuple",
})  # fmt: skip

_NOT_EVERYWHERE = frozenset({
    "tomllib", "compression", "annotationlib", "curses", "dbm", "fcntl", "grp", "idlelib", "lzma", "bz2", "zlib",
    "msvcrt", "nt", "ntpath", "posix", "pty", "pwd", "readline", "resource", "sqlite3", "ssl", "syslog", "termios",
    "tkinter", "turtle", "turtledemo", "tty", "winreg", "winsound", "ctypes", "antigravity", "this", "ensurepip",
    "venv", "test", "nturl2path", "multiprocessing", "rlcompleter",
})  # fmt: skip
"""Missing in some Python that a project may use, on some system, in some build; or they do something."""
STANDARD = sys.stdlib_module_names
PROVEN = frozenset(name for name in STANDARD if not name.startswith("_")) - _NOT_EVERYWHERE
"""Modules whose import works from Python 3.10 on, everywhere."""
