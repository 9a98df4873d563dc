"""What all tests begin with."""

import os
import signal

# A shell's background job ignores these, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Whether one of several workers runs this is nothing that the programs under test should see.
for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
    del os.environ[name]
