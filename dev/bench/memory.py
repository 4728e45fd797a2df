"""How much memory a step needs at most."""

import gc
from pathlib import Path

KIB = 1024
PROCESS = Path("/proc/self")


class Growth:
    """The most that any run of a step has needed beyond what the process had before."""

    def __init__(self):
        self.mebibytes = 0

    def watch(self, run):
        """Return the step, watched."""

        def watched(env, prepared):
            gc.collect()
            (PROCESS / "clear_refs").write_text("5")  # the peak begins anew
            before = _read("VmRSS")
            gc.enable()  # measuring has it off, a server has not
            run(env, prepared)
            self.mebibytes = max(self.mebibytes, (_read("VmHWM") - before) / KIB)

        return watched

    def tell(self, target):
        """Return what is said after a case's row."""
        return f"    memory: {self.mebibytes:.0f} MiB more (target {target})"


def _read(name):
    """Return a figure of the process, in KiB."""
    lines = (PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
