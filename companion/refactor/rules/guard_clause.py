"""Guard clauses: leave at once when there is nothing to do."""

import ast
from collections.abc import Iterator
from typing import cast

from companion.refactor.analysis.last_if import PRECONDITIONS, last_if, levels, objection
from companion.refactor.analysis.scope import is_generator, returns_value
from companion.refactor.rule import Precondition, Rewrite, Rule
from companion.refactor.site import Function, Site
from companion.refactor.tree import cst
from companion.refactor.writing.guard import meaning, render


class GuardClause(Rule):
    """Turns a function's last ``if``, if it has no ``else``, into an early return; its body moves one level out.

    After that ``if`` the function had nothing more to do and returned None; so it does now, a little earlier, and the
    condition is evaluated once and as truth, as before. An ``if`` that then comes last, inside the first one, is
    turned around with it. ``return None`` is written where the function returns values elsewhere.

    That ``!=`` is the opposite of ``==`` holds by default only: a class may define both, and only running it tells.
    """

    id = "guard-clause"
    title = "Return early instead of nesting"
    looks_at = (ast.FunctionDef, ast.AsyncFunctionDef)
    preconditions = PRECONDITIONS

    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        """See `Rule.examine`; one rewrite for all levels of a function."""
        function = cast("Function", site.node)
        tail = last_if(function.body)
        if tail is None:
            return
        because = objection(site.tree, function, function.body)
        if because is not None:
            yield because
            return
        depth = levels(site.tree, function)
        value = "None" if returns_value(function) and not is_generator(function) else ""
        yield Rewrite(
            f"Return early from `{function.name}` instead of nesting",
            tail,
            lambda node: [meaning(cast("Function", node), depth, value)],
            lambda node: [render(cst.ensure_type(node, cst.FunctionDef), depth, value)],
        )

    VALID = (
        # less than two statements, or something else to do
        """
        def greet(name):
            if name:
                print("hello", name)
        """,
        """
        def greet(name):
            if name:
                for letter in name:
                    print(letter)
        """,
        """
        def greet(name):
            if name:
                print("hello")
                print(name)
            else:
                print("nobody")
        """,
        """
        def greet(name):
            if name:
                print("hello")
                print(name)
            elif name is None:
                print("nobody")
                print("at all")
        """,
        # not the last statement of a function
        """
        def greet(name):
            if name:
                print("hello")
                print(name)
            return name
        """,
        """
        def greet(names):
            for name in names:
                if name:
                    print("hello")
                    print(name)
        """,
        """
        def greet(name):
            with open(name) as file:
                if file:
                    print("hello")
                    print(name)
        """,
        """
        class Greeter:
            if name:
                hello = 1
                world = 2
        """,
        # suppressed
        """
        def greet(name):  # companion: ignore[guard-clause]
            if name:
                print("hello")
                print(name)
        """,
        # one-line
        """
        def greet(name):
            if name: print("hello"); print(name)
        """,
        # comment
        """
        def greet(name):
            if name:  # somebody is there
                print("hello")
                print(name)
        """,
        """
        def greet(name):
            if (name
                    ):  # pragma: no cover
                print("hello")
                print(name)
        """,
        # constant
        """
        def greet(name):
            if __debug__:
                print("hello")
                print(name)
        """,
        """
        def greet(name):
            if not typing.TYPE_CHECKING:
                print("hello")
                print(name)
        """,
        # raises
        """
        def check(name):
            if not name:
                message = "who are you?"
                raise ValueError(message)
        """,
        # cases
        """
        def spell(number):
            if number == 1:
                return "one"
            if number == 2:
                print("a pair")
                return "two"
        """,
        # small
        '''
        def greet(name):
            """The documentation does not count."""
            print("welcome")
            print("to")
            print("the")
            print("show")
            if name:
                print("hello")
                print(name)
        ''',
        # double-negation
        """
        def greet(name, quiet):
            if not quiet and name:
                print("hello")
                print(name)
        """,
    )

    INVALID = (
        (
            """
            def greet(name):
                if name:
                    print("hello")
                    print(name)
            """,
            """
            def greet(name):
                if not name:
                    return
                print("hello")
                print(name)
            """,
        ),
        # conditions: the opposite where there is one
        (
            """
            def greet(name):
                if not name:
                    print("hello")
                    print("nobody")
            """,
            """
            def greet(name):
                if name:
                    return
                print("hello")
                print("nobody")
            """,
        ),
        (
            """
            def greet(name, old):
                if not (name or old):
                    print("hello")
                    print("nobody")
            """,
            """
            def greet(name, old):
                if name or old:
                    return
                print("hello")
                print("nobody")
            """,
        ),
        (
            """
            def greet(name):
                if name == 1:
                    print("hello")
                    if name is not None:
                        print(name)
                        print("one")
            """,
            """
            def greet(name):
                if name != 1:
                    return
                print("hello")
                if name is None:
                    return
                print(name)
                print("one")
            """,
        ),
        (
            """
            def greet(name):
                if name not in ("", "nobody"):
                    print("hello")
                    print(name)
            """,
            """
            def greet(name):
                if name in ("", "nobody"):
                    return
                print("hello")
                print(name)
            """,
        ),
        (
            """
            def greet(age):
                if age < 3:
                    print("hello")
                    print(age)
            """,
            """
            def greet(age):
                if not (age < 3):
                    return
                print("hello")
                print(age)
            """,
        ),
        (
            """
            def greet(name, age):
                if 1 < age < 3 or name == age:
                    print("hello")
                    print(name)
            """,
            """
            def greet(name, age):
                if not (1 < age < 3 or name == age):
                    return
                print("hello")
                print(name)
            """,
        ),
        (
            """
            def greet(name):
                if found := name:
                    print("hello")
                    print(found)
            """,
            """
            def greet(name):
                if not (found := name):
                    return
                print("hello")
                print(found)
            """,
        ),
        (
            """
            def greet(name):
                if(not name):
                    print("hello")
                    print(name)
            """,
            """
            def greet(name):
                if name:
                    return
                print("hello")
                print(name)
            """,
        ),
        # what comes before stays; values elsewhere ask for `return None`
        (
            '''
            def greet(name):
                """Say hello."""
                polite = print
                if name:
                    polite("hello")
                    polite(name)
                    return name
            ''',
            '''
            def greet(name):
                """Say hello."""
                polite = print
                if not name:
                    return None
                polite("hello")
                polite(name)
                return name
            ''',
        ),
        # methods, coroutines, generators, functions in functions
        (
            """
            class Greeter:
                def __init__(self, name):
                    if name:
                        self.name = name
                        self.seen = True
            """,
            """
            class Greeter:
                def __init__(self, name):
                    if not name:
                        return
                    self.name = name
                    self.seen = True
            """,
        ),
        (
            """
            def outer(name):
                async def greet(name):
                    if await name:
                        print("hello")
                        yield name
                return greet(name)
            """,
            """
            def outer(name):
                async def greet(name):
                    if not await name:
                        return
                    print("hello")
                    yield name
                return greet(name)
            """,
        ),
        (
            """
            def greet(name):
                if name:
                    yield "hello"
                    yield name
                    return 1
            """,
            """
            def greet(name):
                if not name:
                    return
                yield "hello"
                yield name
                return 1
            """,
        ),
        # comments stay, and the text of strings does
        (
            '''
            def greet(name):
                # before
                if name:  # noqa: SIM102
                    # first
                    print("hello")  # beside

                    # second
                    print("""
                    not
                moved""")
                    # last
                # after
            # outside
            ''',
            '''
            def greet(name):
                # before
                if not name:  # noqa: SIM102
                    return
                # first
                print("hello")  # beside

                # second
                print("""
                    not
                moved""")
                # last
                # after
            # outside
            ''',
        ),
        (
            """
            def greet(name, age):
                if (
                    name  # who
                    and age  # how old
                ):
                    print("hello",
                          name)
                    print(age)
            """,
            """
            def greet(name, age):
                if not (
                    name  # who
                    and age  # how old
                ):
                    return
                print("hello",
                      name)
                print(age)
            """,
        ),
    )

    POISON = (
        (
            """
            class Odd:
                def __eq__(self, other):
                    return True
                def __ne__(self, other):
                    return True
            def greet(name):
                if name == 1:
                    RESULT.append("hello")
                    RESULT.append("world")
            RESULT = []
            greet(Odd())
            """,
            """
            class Odd:
                def __eq__(self, other):
                    return True
                def __ne__(self, other):
                    return True
            def greet(name):
                if name != 1:
                    return
                RESULT.append("hello")
                RESULT.append("world")
            RESULT = []
            greet(Odd())
            """,
        ),
    )
