"""Lines of "FLAG MOUNT" in, "off" or an error out: shuts the file system down, as a loss of power would."""

import fcntl
import os
import struct
import sys

# _IOR('X', 125, __u32): EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN.
SHUTDOWN = 0x8004587D

for line in sys.stdin:
    flag, mount = line.rstrip("\n").split(" ", 1)
    try:
        folder = os.open(mount, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", int(flag)))
        finally:
            os.close(folder)
        print("off", flush=True)
    except OSError as error:
        print(error, flush=True)
