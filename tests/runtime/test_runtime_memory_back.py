"""What C code freed goes back to the system."""

import ctypes
import sys

import pytest

from companion.runtime.memory import give_back, resident

BLOCKS, SIZE = 4000, 32_000
"""Below the size from which each block is a mapping of its own."""


@pytest.mark.skipif(sys.platform != "linux", reason="only there something is known to be kept")
def test_freed_blocks_beneath_one_that_is_not_go_back() -> None:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        pytest.skip("this C library keeps nothing")
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
    blocks = [libc.malloc(SIZE) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, SIZE)
    pin = libc.malloc(SIZE)
    for block in blocks:
        libc.free(block)
    kept = resident()
    give_back()
    assert kept - resident() > BLOCKS * SIZE // 2
    libc.free(ctypes.c_void_p(pin))
