"""Sets of small numbers as bytes: ascending, each as its distance from the one before, seven bits a byte."""

from collections.abc import Iterable


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
