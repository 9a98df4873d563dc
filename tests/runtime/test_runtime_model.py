"""Any sequence of calls on a channel does what a list would: a model walked by Hypothesis, for every kind."""

from collections import deque
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from runtime_kit import unhurried
from runtime_pairs import KINDS, SIZE, Kind, pair_of

from companion.errors import BrokenResourceError, ClosedResourceError, CompanionError, EndOfChannel, WouldBlock
from companion.messages import Message, OpenDocument, Ping
from companion.runtime.codec import LARGE
from companion.runtime.fds import Waiter
from companion.runtime.stream import StreamSendChannel

BLOB = bytes(LARGE + 1)


class Channel(RuleBasedStateMachine):
    """``unread`` is what the receiver must still get, ``held`` what it got and has not given back."""

    kind: Kind = "eventfd"

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.pair = self.stack.enter_context(pair_of(self.kind))
        self.unread: deque[Message] = deque()
        self.held: list[Message] = []
        self.serial = 0
        self.sender_closed = self.receiver_closed = False
        self.lends = self.kind != "stream"

    def teardown(self) -> None:
        self.stack.close()

    @rule(blob=st.booleans())
    def send(self, blob: bool) -> None:
        self.serial += 1
        message: Message = OpenDocument("p", self.serial, BLOB) if blob and self.lends else Ping(self.serial)
        expected = self.expected_of_send()
        if expected is None:
            try:
                self.pair.send.send_nowait(message)
            except WouldBlock:
                assert self.is_full()
            else:
                self.unread.append(message)
        else:
            with pytest.raises(expected):
                self.pair.send.send_nowait(message)

    @rule()
    def receive(self) -> None:
        self.pair_nudge()
        if self.receiver_closed:
            with pytest.raises(ClosedResourceError):
                self.pair.receive.receive_nowait()
        elif self.unread:
            message = self.pair.receive.receive_nowait()
            assert message == self.unread.popleft()
            if isinstance(message, OpenDocument):
                self.held.append(message)
        else:
            with pytest.raises(EndOfChannel if self.sender_closed else WouldBlock):
                self.pair.receive.receive_nowait()

    @rule(most=st.integers(1, 2 * SIZE))
    @precondition(lambda self: not self.receiver_closed)
    def look(self, most: int) -> None:
        self.pair_nudge()
        try:
            for count, message in enumerate(self.pair.receive.pending(most)):
                assert message == self.unread.popleft()
                assert count < most
        except EndOfChannel:
            assert self.sender_closed
            assert not self.unread

    @rule(data=st.data())
    @precondition(lambda self: bool(self.held))
    def release(self, data: st.DataObject) -> None:
        message: Any = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        self.pair.receive.release(message)
        self.pair.receive.release(message)
        with pytest.raises(ValueError, match="released"):
            len(message.data)

    @rule()
    def drain(self) -> None:
        self.pair_nudge()
        try:
            self.pair.send.drain(0)
        except TimeoutError:
            assert self.unread or self.held
        except CompanionError:
            if not (self.sender_closed or (self.receiver_closed and self.serial)):
                raise
        else:
            assert not self.sender_closed
            assert not self.lends or not (self.unread or self.held)

    @rule()
    @precondition(lambda self: self.serial > 8)
    def close_sender(self) -> None:
        self.pair_nudge()
        if isinstance(self.pair.send, StreamSendChannel) and self.pair.send.unsent and not self.receiver_closed:
            return  # it would lose what is not drained
        self.pair.send.close()
        self.sender_closed = True

    @rule()
    @precondition(lambda self: self.serial > 16)
    def close_receiver(self) -> None:
        self.pair.receive.close()
        self.receiver_closed = True
        self.held.clear()

    @invariant()
    def wakes_for_what_is_there(self) -> None:
        if not self.receiver_closed and (self.unread or self.sender_closed):
            self.pair_nudge()
            assert Waiter(self.pair.receive.fileno()).wait(0)

    def expected_of_send(self) -> type[CompanionError] | None:
        if self.sender_closed:
            return ClosedResourceError
        return BrokenResourceError if self.receiver_closed else None

    def is_full(self) -> bool:
        held = sum(isinstance(message, OpenDocument) for message in (*self.unread, *self.held))
        return len(self.unread) >= SIZE or held >= SIZE if self.lends else bool(self.unread)

    def pair_nudge(self) -> None:
        if not self.sender_closed and not self.receiver_closed:
            self.pair.nudge()


@pytest.mark.parametrize("kind", KINDS)
def test_any_sequence_of_calls(kind: Kind) -> None:
    machine = type("Walked", (Channel,), {"kind": kind})
    run_state_machine_as_test(machine, settings=settings(unhurried, max_examples=60, stateful_step_count=40))
