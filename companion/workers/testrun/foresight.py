"""A session that begins before its order has come, and waits where it first meets the file that is being edited.

Until then it has read nothing of that file, so whatever this holds when the order comes, it is where a session would
be that began only now. All else that may have changed meanwhile is looked at then: if anything did, another spare
serves.
This module also runs in the project's own Python (3.10 or later).
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Union

from companion.core.orders import serves
from companion.errors import CompanionError
from companion.messages import Foresee, Message, RunItems
from companion.workers.testrun.heads import Head
from companion.workers.testrun.opened import Opened
from companion.workers.testrun.stamps import loaded, outdated


class GivenUp(KeyboardInterrupt):
    """No order comes, or none that fits: the session ends as if somebody had stopped it."""


class Foresight:
    """Of one session; ``accepted`` is called with its order as soon as that has come; ``importing`` is entered
    with the edited file's path around the execution of what that begins with.

    `GivenUp` comes out of `send` and `meet` where the session is not wanted.
    """

    def __init__(
        self,
        guess: Foresee,
        root: str,
        *,
        send: Any,
        receive: Any,
        accepted: Callable[[RunItems], None],
        importing: "Callable[[str], AbstractContextManager[None]]",
    ) -> None:
        self._guess, self._send, self._receive, self._accepted = guess, send, receive, accepted
        self._importing = importing
        self._edited = f"{root.rstrip('/')}/{guess.edited}"
        self._began, self._stamps = time.time_ns(), loaded()
        self._opened = Opened()
        self._head: Union[Head, None] = None
        self._held: list[Message] = []
        self._order: Union[RunItems, None] = None
        self._is_over = False

    def begin(self) -> None:
        """From now on it is noted which files are opened."""
        self._opened.watch()

    def settle(self) -> None:
        """The items are known, and those that are wanted are to be chosen."""
        if self._order is None:
            self._wait()

    def send(self, message: Message) -> None:
        """To the runner, as soon as it wants to hear it, and under its order's generation."""
        if self._order is None:
            self._held.append(message)
        else:
            self._pass_on(self._order, message)

    def meet(self, path: str) -> None:
        """A file of the project is about to be read, and executed."""
        if self._order is None and path == self._edited:
            self._execute_head()
            self._wait()

    def _execute_head(self) -> None:
        try:
            if self._head is not None:
                raise ImportError("a file under two names")  # noqa: TRY301 - as what an import raises
            with self._opened.looking_away():
                self._head = Head(self._edited)
            with self._importing(self._edited):
                self._head.execute()
        except BaseException as error:
            self._is_over = True
            raise GivenUp from error

    def _wait(self) -> None:
        stamps = {**loaded(self._began), **self._stamps}
        stamps.pop(self._edited, None)
        # Threads would do in the meantime what they do, and others would find ports and locks taken.
        if self._is_over or threading.active_count() > 1 or self._opened.holds:
            self._is_over = True
            raise GivenUp
        try:
            order = self._receive()
        except CompanionError as error:
            self._is_over = True
            raise GivenUp from error
        if not self._fits(order) or outdated(stamps) or self._opened.outdated() or not self._begins_the_same():
            self._is_over = True
            raise GivenUp
        self._opened.end()
        self._order = order
        self._accepted(order)
        for message in self._held:
            self._pass_on(order, message)
        self._held.clear()

    def _fits(self, order: Message) -> bool:
        return type(order) is RunItems and serves(self._guess, order)

    def _begins_the_same(self) -> bool:
        return self._head is None or self._head.is_still()

    def _pass_on(self, order: RunItems, message: Any) -> None:
        told = getattr(message, "generation", None) == self._guess.generation
        self._send(replace(message, generation=order.generation) if told else message)
