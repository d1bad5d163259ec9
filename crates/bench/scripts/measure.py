"""Runs a command and says what it took, as JSON: wall and CPU seconds, peak resident bytes, exit code.

Usage: measure.py OUTPUT COMMAND…, where OUTPUT gets what the command prints
"""

import json
import os
import sys
import time


def main(output, *command):
    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    begin = time.monotonic()
    actions = [(os.POSIX_SPAWN_DUP2, sink, 1), (os.POSIX_SPAWN_DUP2, sink, 2)]
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - begin
    taken = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss * 1024,
        "code": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(taken))


main(*sys.argv[1:])
