"""Memory that is given back is there for the next piece: it need not be mapped and cleared again."""

import platform
import resource
import subprocess
import sys

import pytest

_PROGRAM = """
import resource, sys
from pipeline.transforms.freed_memory import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory() and keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    blocks = [b"x" * (8 << 20) for _ in range(3)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    """Pages of memory that the system had to give to a process for three blocks of 8 MiB, twenty times."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the parameters are those of glibc's malloc")
def test_freed_memory_is_used_again() -> None:
    once = (24 << 20) // resource.getpagesize()
    assert faults("kept") < 1.5 * once
    assert faults("returned") > 5 * once  # else there is nothing to gain, and no need for the code
