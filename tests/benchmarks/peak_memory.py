"""Python that gives the peak memory of the process that runs it, in megabytes, for benchmarks that measure in one anew.

`ru_maxrss` would count what the benchmark itself had held before: Linux keeps it through fork and exec.
"""

PEAK = """
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
"""
