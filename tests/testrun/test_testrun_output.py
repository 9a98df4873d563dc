"""What a session prints is kept, whatever tests do to the streams."""

import sys

from companion.workers.testrun.output import capturing


def test_both_streams_with_their_buffers() -> None:
    with capturing() as output:
        sys.stdout.write("out\n")
        sys.stdout.flush()
        sys.stderr.buffer.write(b"\xff err")
    assert output.getvalue() == "out\n\ufffd err"


def test_a_closed_stream() -> None:
    with capturing() as output:
        sys.stdout.write("out\n")
        sys.stdout.close()
    assert output.getvalue() == "out\n"
