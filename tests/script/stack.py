"""libskbox as a script sees it: calls that may wait, packets in and out, and a clock that runs only when told."""

import ctypes
import os
import pathlib
import socket
import struct

from . import wire

LIBRARY = pathlib.Path(os.environ.get("SKBOX_LIBRARY", pathlib.Path(__file__).resolve().parents[2] / "build/host/libskbox.so"))
NEVER = 2**64 - 1
STARTED = {"read": 0, "write": 1, "close": 3, "poll": 7, "readv": 19, "writev": 20, "sendfile": 40, "connect": 42, "accept": 43,
           "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "shutdown": 48, "epoll_wait": 232, "accept4": 288}
OFFLOAD_CSUM, OFFLOAD_CSUM_TSO = 1, 3
FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
COMMANDS = ("tc", "ip", "rm")
MTU = 1500
CIVIL_TIME_AT_BOOT = 1e9
F_SETFL, SOCK_NONBLOCK = 4, 0o4000
SIOCADDRT, SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFDSTADDR = 0x890B, 0x8914, 0x8916, 0x8918


class Pending:
    """A call under way: @result (a number, or -errno) and @when once it has ended."""

    def __init__(self, keep):
        self.keep = keep  # what its arguments point at
        self.ended, self.result, self.when, self.id = False, None, None, None


def word(arg):
    """An argument of a system call as a long."""
    if arg is None:
        return 0
    return arg if isinstance(arg, int) else ctypes.addressof(arg)


def interface_requests():
    """(ioctl, argument): gives tun0 its address, brings it up, and sends everything by it."""
    def address(text):
        return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))

    name = ctypes.create_string_buffer(b"tun0")
    for request, body in ((SIOCSIFADDR, address(wire.LOCAL)), (SIOCSIFDSTADDR, address("192.168.255.254")),
                          (SIOCSIFFLAGS, struct.pack("=H14x", 1))):
        yield request, ctypes.create_string_buffer(b"tun0".ljust(16, b"\0") + body, 40)
    route = struct.pack("=Q16s16s16sHHxxxxQQhxxxxxxQ", 0, address("0.0.0.0"), bytes(16), address("0.0.0.0"), 1, 0, 0, 0, 0,
                        ctypes.addressof(name))
    yield SIOCADDRT, ctypes.create_string_buffer(route, 128)


class Skbox:
    virtual = True

    def __init__(self):
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.lib.skbox_set_seed.argtypes = [ctypes.c_uint64]
        self.lib.skbox_now.restype = self.lib.skbox_run_until.restype = self.lib.skbox_next_timer.restype = ctypes.c_uint64
        self.lib.skbox_run_until.argtypes = [ctypes.c_uint64]
        self.lib.skbox_ip_out.restype = ctypes.c_size_t
        self.lib.skbox_ip_out.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
        self.lib.skbox_ip_in_gso.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint]
        self.buffer = ctypes.create_string_buffer(65536)
        self.packets = []
        self.waiting = []
        self.mss = 0
        self.lib.skbox_set_seed(1)
        self.lib.skbox_boot(b"quiet")
        self.dev = self.lib.skbox_add_ip_device(MTU)
        self.configure()
        self.lib.skbox_set_offload(self.dev, OFFLOAD_CSUM_TSO)  # as Linux's own device: a burst comes out as one packet
        self.start = self.lib.skbox_now()
        self.realtime = CIVIL_TIME_AT_BOOT + self.start / 1e9  # civil time when the script begins

    def configure(self):
        fd = self.lib.skbox_socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
        for request, argument in interface_requests():
            if self.lib.skbox_ioctl(fd, ctypes.c_ulong(request), argument):
                raise RuntimeError("tun0 cannot be configured")
        self.lib.skbox_close(fd)
        self.collect()
        self.packets.clear()

    def close(self):
        pass

    # ---- time and packets ----

    def now(self):
        return (self.lib.skbox_now() - self.start) / 1e9

    def collect(self):
        while length := self.lib.skbox_ip_out(self.dev, self.buffer, len(self.buffer)):
            self.packets.append((self.now(), self.buffer.raw[:length]))
        for call in list(self.waiting):
            self.look(call)

    def look(self, call):
        result = ctypes.c_long()
        if not call.ended and self.lib.skbox_ended(call.id, ctypes.byref(result)) == 1:
            call.ended, call.result, call.when = True, result.value, self.now()
            self.waiting.remove(call)

    def run(self, until):
        """Lets time pass, to @until at most, or to the next packet out or end of a call."""
        self.lib.skbox_run_until(self.start + round(until * 1e9))
        self.collect()

    def late(self, due):
        """Time does not pass here while Python works."""

    def inject(self, raw):
        mss = self.mss or (MTU - 40 if len(raw) > MTU else 0)  # what is longer than the wire takes was joined
        result = self.lib.skbox_ip_in_gso(self.dev, raw, len(raw), mss)
        if result:
            raise RuntimeError(f"the packet is not taken: {result}")
        self.collect()

    # ---- calls ----

    def call(self, name, *args, waits=False):
        """Makes a call. With @waits it may end later; otherwise one that has not ended at once is stuck."""
        call = Pending(args)
        if name in STARTED:
            words = (ctypes.c_long * 6)(*(word(a) for a in args))
            call.keep = (args, words)
            call.id = self.lib.skbox_start(ctypes.c_long(STARTED[name]), words)
            if call.id < 0:
                raise RuntimeError(f"{name} cannot be started: {call.id}")
            self.waiting.append(call)
        else:
            function = getattr(self.lib, f"skbox_{name}")
            function.restype = ctypes.c_int
            call.ended, call.when = True, self.now()
            call.result = function(*(ctypes.c_long(word(a)) for a in args))
            # Calls wait here as they do on Linux unless the script says otherwise.
            if name == "socket" and call.result >= 0 and not args[1] & SOCK_NONBLOCK:
                self.lib.skbox_fcntl(call.result, F_SETFL, ctypes.c_long(0))
        self.collect()
        return call

    def sysctl(self, name, value):
        return self.lib.skbox_sysctl(name.encode(), value.encode()) == 0

    # ---- shell ----

    def command(self, line):
        """Does what @line says: its exit status. None: nothing is known of it."""
        words = line.split()
        name = os.path.basename(words[0])
        if name in COMMANDS:
            return self.lib.skbox_run(" ".join([name, *words[1:]]).encode())
        if name == "ethtool" and words[1:2] == ["-K"]:
            return self.features(dict(zip(words[3::2], words[4::2])))
        if name == "dd":
            return self.zeros(dict(w.split("=") for w in words[1:]))
        return None

    def features(self, wanted):
        if "off" in (wanted.get("tso"), wanted.get("gso")):
            self.lib.skbox_set_offload(self.dev, OFFLOAD_CSUM)
        elif wanted.get("tso") == "on":
            self.lib.skbox_set_offload(self.dev, OFFLOAD_CSUM_TSO)
        return 0

    def zeros(self, words):
        """dd if=/dev/zero: a file of skbox's own."""
        length = int(words["bs"]) * int(words["count"])
        fd = self.lib.skbox_open(words["of"].encode(), FILE_FLAGS, 0o644)
        written = self.lib.skbox_write(fd, bytes(length), ctypes.c_size_t(length)) if fd >= 0 else fd
        self.lib.skbox_close(fd)
        return 0 if written == length else 1

    def proc(self, path):
        out = ctypes.create_string_buffer(1 << 16)
        length = self.lib.skbox_proc_read(path.encode(), out, ctypes.c_size_t(len(out)))
        return out.raw[:length].decode()
