"""Loops over the indexes of a sequence that want its elements."""

import ast
from collections.abc import Iterator
from typing import cast

from companion.refactor.analysis.index_loop import free_name, given_target, index_is_wanted, index_loop
from companion.refactor.analysis.index_loop_checks import NO_NAME, PRECONDITIONS, objection
from companion.refactor.rule import Precondition, Rewrite, Rule
from companion.refactor.site import Site
from companion.refactor.tree import cst
from companion.refactor.writing.enumerated import Plan, meaning, render


class IndexLoopToEnumerate(Rule):
    """Turns ``for i in range(len(xs))`` into ``for i, x in enumerate(xs)``, or ``for x in xs`` if ``i`` goes unused.

    The same, where ``xs`` is a sequence that does not change meanwhile: both walk it from 0 to its length, and the
    element of an index is what ``xs[i]`` gives. So the body may read ``xs[i]`` and ``len(xs)``, nothing else of it.
    That ``xs`` is no mapping with the keys 0, 1, 2, ... and that no other name leads to it, only running it can tell.
    """

    id = "index-loop-to-enumerate"
    title = "Loop over the elements instead of their indexes"
    looks_at = (ast.For,)
    preconditions = PRECONDITIONS

    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        """See `Rule.examine`."""
        loop = index_loop(site)
        if loop is None:
            return
        because, given = objection(loop), given_target(loop)
        element = free_name(loop) if given is None else getattr(given, "id", "")
        if because is not None or element is None:
            yield because or NO_NAME
            return
        plan = Plan(loop.sequence, loop.index, element, index_is_wanted(loop), given is not None)
        yield Rewrite(
            f"Loop over the elements of `{loop.sequence}`" + (" with their indexes" if plan.keep else ""),
            site.node,
            lambda node: [meaning(cast("ast.For", node), plan)],
            lambda node: [render(cst.ensure_type(node, cst.For), plan)],
        )

    VALID = (
        # of another shape
        """
        def show(xs):
            for i in range(len(xs)):
                print(i)
        """,
        """
        def show(xs):
            for i in range(1, len(xs)):
                print(xs[i])
        """,
        """
        def show(xs):
            for i in range(len(xs) - 1):
                print(xs[i])
        """,
        """
        def show(xs):
            for i in range(len(xs[0])):
                print(xs[0][i])
        """,
        """
        async def show(xs):
            async for i in range(len(xs)):
                print(xs[i])
        """,
        """
        def show(xs):
            for i, x in enumerate(xs):
                print(i, x)
        """,
        # suppressed
        """
        def show(xs):
            for i in range(len(xs)):  # companion: ignore
                print(xs[i])
        """,
        # in-class
        """
        class Show:
            xs = [1, 2]
            for i in range(len(xs)):
                print(xs[i])
        """,
        # comment
        """
        def show(xs):
            for i in range(len(xs)):  # type: int
                print(xs[i])
        """,
        """
        def show(xs):
            for i in range(len(xs)):  # pylint: disable=consider-using-enumerate
                print(xs[i])
        """,
        # itself: this loop may be what `for x in self` runs
        """
        class Bag:
            def __iter__(self):
                for i in range(len(self)):
                    yield self[i]
        """,
        # shadowed
        """
        def show(xs, len):
            for i in range(len(xs)):
                print(xs[i])
        """,
        """
        from elsewhere import *
        for i in range(len(xs)):
            print(xs[i])
        """,
        # dynamic
        """
        def show(xs):
            for i in range(len(xs)):
                print("%(i)s" % locals(), xs[i])
        """,
        # index-bound
        """
        def show(xs):
            for i in range(len(xs)):
                print(xs[i])
                i += 1
        """,
        """
        def show(xs):
            for i in range(len(xs)):
                print([xs[i] for i in (0, 0)])
        """,
        # rebound
        """
        def show(xs):
            for i in range(len(xs)):
                print(xs[i])
                xs = xs[1:]
        """,
        """
        def show(tree):
            for i in range(len(tree.leaves)):
                print(tree.leaves[i])
                tree = tree.next
        """,
        # changed
        """
        def double(xs):
            for i in range(len(xs)):
                xs[i] = xs[i] * 2
        """,
        """
        def double(xs):
            for i in range(len(xs)):
                xs[i] += xs[i]
        """,
        """
        def drop(xs):
            for i in range(len(xs)):
                if not xs[i]:
                    del xs[i]
                    break
        """,
        # other-index
        """
        def show(xs):
            for i in range(len(xs)):
                print(xs[i], xs[i - 1])
        """,
        """
        def show(xs):
            for i in range(len(xs)):
                print(xs[i], xs[i:])
        """,
        # used-whole
        """
        def drop(xs):
            for i in range(len(xs)):
                if not xs[i]:
                    xs.pop()
        """,
        """
        def show(xs):
            for i in range(len(xs)):
                print(xs[i], xs)
        """,
        # captured
        """
        def later(xs):
            for i in range(len(xs)):
                yield lambda: xs[i]
        """,
        """
        def later(xs, ys):
            for i in range(len(xs)):
                yield (xs[i] + y for y in ys)
        """,
        # shared
        """
        class Tree:
            def drop(self):
                for i in range(len(self.leaves)):
                    self.leaves[i].drop()
        """,
        """
        class Tree:
            def each(self):
                for i in range(len(self.leaves)):
                    yield self.leaves[i]
        """,
        """
        def show(xs):
            def more():
                xs.append(1)
            for i in range(len(xs)):
                print(xs[i])
                more()
        """,
        # mapping
        """
        def show(xs: dict[int, str]):
            for i in range(len(xs)):
                print(xs[i])
        """,
        """
        def show(names):
            xs = {}
            for name in names:
                xs[len(xs)] = name
            for i in range(len(xs)):
                print(xs[i])
        """,
        """
        def show(xs):
            print(xs.keys())
            for i in range(len(xs)):
                print(xs[i])
        """,
        # no-name
        """
        def show(xs, x, element):
            for i in range(len(xs)):
                print(xs[i])
        """,
        # no space for a name
        """
        def show(xs, y):
            for i in range(len(xs)):
                print(xs[i]if y else y)
        """,
        # the text between the braces is part of what is printed
        """
        def show(xs):
            for i in range(len(xs)):
                print(f"{xs[i]=}")
        """,
    )

    INVALID = (
        (
            """
            def show(prices):
                for i in range(len(prices)):
                    print(i, prices[i])
            """,
            """
            def show(prices):
                for i, price in enumerate(prices):
                    print(i, price)
            """,
        ),
        (
            """
            def show(entries):
                for i in range(0, len(entries)):
                    print(entries[i], entries[i])
            """,
            """
            def show(entries):
                for entry in entries:
                    print(entry, entry)
            """,
        ),
        # whether the index is still wanted
        (
            """
            def find(xs, y):
                for i in range(len(xs)):
                    if xs[i] == y:
                        break
                return i
            """,
            """
            def find(xs, y):
                for i, x in enumerate(xs):
                    if x == y:
                        break
                return i
            """,
        ),
        (
            """
            def show(xs, ys):
                for i in range(len(xs)):
                    print(xs[i])
                for i in ys:
                    print(i)
                return [i for i in ys]
            """,
            """
            def show(xs, ys):
                for x in xs:
                    print(x)
                for i in ys:
                    print(i)
                return [i for i in ys]
            """,
        ),
        (
            """
            def show(xs, ys):
                for i in ys:
                    for i in range(len(xs)):
                        print(xs[i])
                    print(i)
            """,
            """
            def show(xs, ys):
                for i in ys:
                    for i, x in enumerate(xs):
                        print(x)
                    print(i)
            """,
        ),
        (
            """
            def show(xs, ys):
                late = []
                for i in ys:
                    late.append(lambda: i)
                for i in range(len(xs)):
                    print(xs[i])
                return [read() for read in late]
            """,
            """
            def show(xs, ys):
                late = []
                for i in ys:
                    late.append(lambda: i)
                for i, x in enumerate(xs):
                    print(x)
                return [read() for read in late]
            """,
        ),
        # the name that the code itself gives
        (
            """
            def show(xs):
                for i in range(len(xs)):
                    # what it is
                    item = xs[i]
                    if xs[i]:
                        print(item)
            """,
            """
            def show(xs):
                for item in xs:
                    # what it is
                    if item:
                        print(item)
            """,
        ),
        (
            """
            def show(pairs):
                for i in range(len(pairs)):
                    key, value = pairs[i]

                    print(i, key, value)
            """,
            """
            def show(pairs):
                for i, (key, value) in enumerate(pairs):
                    print(i, key, value)
            """,
        ),
        (
            """
            def show(xs):
                for i in range(len(xs)):
                    item = xs[i]
                    item = item * 2
                    print(item, xs[i])
            """,
            """
            def show(xs):
                for x in xs:
                    item = x
                    item = item * 2
                    print(item, x)
            """,
        ),
        # names that are free, and are none of Python's
        (
            """
            def show(types, item):
                for i in range(len(types)):
                    print(types[i], item)
            """,
            """
            def show(types, item):
                for element in types:
                    print(element, item)
            """,
        ),
        # dotted names, if nothing that runs meanwhile can reach them
        (
            """
            class Tree:
                def texts(self):
                    result = []
                    for i in range(len(self.leaves)):
                        if i < len(self.leaves) - 1:
                            result.append(str(self.leaves[i]))
                    return result
            """,
            """
            class Tree:
                def texts(self):
                    result = []
                    for i, leaf in enumerate(self.leaves):
                        if i < len(self.leaves) - 1:
                            result.append(str(leaf))
                    return result
            """,
        ),
        # elements may be changed, being the same objects
        (
            """
            def mark(rows, y):
                for i in range(len(rows)):
                    rows[i][0] = y
                    rows[i][1] += any(rows[i][0] == z for z in (1, 2))
            """,
            """
            def mark(rows, y):
                for row in rows:
                    row[0] = y
                    row[1] += any(row[0] == z for z in (1, 2))
            """,
        ),
        # comments stay, and the form of lines does
        (
            """
            def show(xs):
                for(i)in(range(len(xs))):  # each
                    # and every
                    print(i, f"{xs[i]!r:>{len(xs)}}", (xs[i]))  # one
                else:
                    print("done")
            """,
            """
            def show(xs):
                for (i), x in enumerate(xs):  # each
                    # and every
                    print(i, f"{x!r:>{len(xs)}}", (x))  # one
                else:
                    print("done")
            """,
        ),
        (
            """
            xs = [1, 2]
            for i in range(len(xs)): print(xs[i])
            """,
            """
            xs = [1, 2]
            for x in xs: print(x)
            """,
        ),
    )

    POISON = (
        # a mapping whose keys are indexes: iterating gives keys
        (
            """
            def total(prices):
                result = 0
                for i in range(len(prices)):
                    result += prices[i]
                return result
            RESULT = total({0: 10, 1: 20})
            """,
            """
            def total(prices):
                result = 0
                for price in prices:
                    result += price
                return result
            RESULT = total({0: 10, 1: 20})
            """,
        ),
        # a second name for the list: iterating sees what is added
        (
            """
            def copies(xs, add):
                for i in range(len(xs)):
                    if len(xs) < 9:
                        add(xs[i])
            RESULT = [1, 2]
            copies(RESULT, RESULT.append)
            """,
            """
            def copies(xs, add):
                for x in xs:
                    if len(xs) < 9:
                        add(x)
            RESULT = [1, 2]
            copies(RESULT, RESULT.append)
            """,
        ),
        # `[]` that gives something else than iterating does
        (
            """
            class Word(tuple):
                def __getitem__(self, index):
                    return chr(super().__getitem__(index))
            def spell(word):
                for i in range(len(word)):
                    RESULT.append(word[i])
            RESULT = []
            spell(Word((104, 105)))
            """,
            """
            class Word(tuple):
                def __getitem__(self, index):
                    return chr(super().__getitem__(index))
            def spell(word):
                for element in word:
                    RESULT.append(element)
            RESULT = []
            spell(Word((104, 105)))
            """,
        ),
    )
