"""Watchdog's threads as an isolated interpreter takes them: not as daemons, so somebody has to join them."""


class Joined:
    """Put before a thread class of watchdog in a class's bases.

    Watchdog's `BaseThread` sets ``daemon`` to True in its constructor, which an isolated interpreter refuses with a
    RuntimeError. Here the thread is no daemon, and being told otherwise changes nothing.
    """

    @property
    def daemon(self) -> bool:
        return False

    @daemon.setter
    def daemon(self, value: bool) -> None:
        pass
