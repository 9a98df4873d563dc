"""Sets of small numbers as bytes: ascending, each as its distance from the one before, seven bits a byte; or bits."""

from collections.abc import Iterable

FARTHEST = 1 << 20
"""Bytes before the first bit of a window that can be meant."""


def packed_numbers(numbers: Iterable[int]) -> bytes:
    """Of numbers from 0 on; about one byte for each where they lie close together."""
    out = bytearray()
    before = 0
    for number in sorted(numbers):
        distance, before = number - before, number
        while distance > 0x7F:
            out.append(distance & 0x7F | 0x80)
            distance >>= 7
        out.append(distance)
    return bytes(out)


def unpacked_numbers(data: bytes) -> list[int]:
    """The inverse of `packed_numbers`, in ascending order; what the disk has damaged gives other numbers."""
    numbers: list[int] = []
    number = distance = shift = 0
    for byte in data:
        distance |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            number += distance
            numbers.append(number)
            distance = shift = 0
    return numbers


def packed_bits(bits: int) -> bytes:
    """A set as the bits of a number from 0 on."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def unpacked_bits(data: bytes) -> int:
    """The inverse of `packed_bits`."""
    return int.from_bytes(data, "little")


def packed_window(bits: int) -> bytes:
    """As `packed_bits`, for sets of numbers that lie close together somewhere: without the bytes before the first."""
    before = max(0, (bits & -bits).bit_length() - 1) // 8
    return before.to_bytes(4, "little") + packed_bits(bits >> 8 * before)


def unpacked_window(data: bytes) -> int:
    """The inverse of `packed_window`; what the disk has damaged gives other numbers, or none."""
    before = int.from_bytes(data[:4], "little")
    return unpacked_bits(data[4:]) << 8 * before if before <= FARTHEST else 0
