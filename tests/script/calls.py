"""System calls of a script: arguments from words to memory, and what must come back."""

import ctypes
import socket
import struct

from . import names, wire
from .language import ANY, Array, Flags, Struct, Word

BIND_PORT = CONNECT_PORT = 8080
POINTER = ctypes.sizeof(ctypes.c_void_p)


class Mismatch(Exception):
    """What the stack did is not what the script says."""


def number(value):
    if isinstance(value, Word):
        try:
            return names.number(value)
        except KeyError:
            raise Mismatch(f"unknown name {value}") from None
    if isinstance(value, Flags):
        total = 0
        for part in value.names:
            total |= number(part)
        return total
    if not isinstance(value, int):
        raise Mismatch(f"a number expected: {value!r}")
    return value


def buffer(data):
    return ctypes.create_string_buffer(bytes(data), max(len(data), 1))


class Prepared:
    """One call ready to be made: libc's name, its arguments, and what to look at when it has ended."""

    def __init__(self, name, *args, check=None, done=None):
        self.name, self.args = name, args
        self.check = check or (lambda result: None)
        self.done = done or (lambda result: None)


class Calls:
    """Knows the script's descriptors; @player hears of sockets."""

    def __init__(self, player):
        self.player = player
        self.fds = {}

    def fd(self, value):
        value = number(value)
        return self.fds.get(value, value if value < 0 else 1000 + value)

    def prepare(self, call):
        method = getattr(self, f"do_{call.name}", None)
        if not method:
            raise Mismatch(f"unknown call {call.name}")
        return method(call, *call.args)

    def bind_fd(self, call, hook=None):
        def done(result):
            if result >= 0:
                self.fds[number(call.result)] = result
                if hook:
                    hook(result)
        return done

    # ---- making sockets ----

    def do_socket(self, call, family, kind, protocol):
        family = Word("AF_INET") if family is ANY else family
        kind, protocol = number(kind), number(protocol)
        return Prepared("socket", number(family), kind, protocol,
                        done=self.bind_fd(call, lambda fd: self.player.socket_made(fd, kind & 15)))

    def address(self, value, port, host):
        if value is ANY:
            return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)
        if isinstance(value, Struct):
            family = number(value.fields.get("sa_family", socket.AF_INET))
            return (struct.pack("=H", family) + struct.pack("!H", number(value.fields.get("sin_port", 0))) +
                    struct.pack("=I", number(value.fields.get("sin_addr", 0))) + bytes(8))
        if isinstance(value, Word):  # a family, and nothing else
            return struct.pack("=H", number(value)) + bytes(14)
        if isinstance(value, int) and not value:
            return b""
        raise Mismatch(f"an address expected: {value!r}")

    def pointer_and_length(self, value, length, port, host):
        raw = self.address(value, port, host)
        return (buffer(raw) if raw else None), (len(raw) if length is ANY else number(length))

    def do_bind(self, call, fd, address, length):
        host = "0.0.0.0" if self.player.any_address else wire.LOCAL
        return Prepared("bind", self.fd(fd), *self.pointer_and_length(address, length, self.player.bind_port, host))

    def do_listen(self, call, fd, backlog):
        return Prepared("listen", self.fd(fd), number(backlog),
                        done=lambda r: self.player.listening(self.fd(fd)) if r == 0 else None)

    def do_connect(self, call, fd, address, length):
        raw = self.pointer_and_length(address, length, CONNECT_PORT, wire.REMOTE)
        if address == "AF_UNSPEC":
            return Prepared("connect", self.fd(fd), *raw, done=lambda r: self.player.disconnected(self.fd(fd)))
        self.player.connecting(self.fd(fd))
        return Prepared("connect", self.fd(fd), *raw)

    def do_accept(self, call, fd, address, length):
        return Prepared("accept", self.fd(fd), None, None, done=self.bind_fd(call, self.player.accepted))

    def do_accept4(self, call, fd, address, length, flags):
        return Prepared("accept4", self.fd(fd), None, None, number(flags), done=self.bind_fd(call, self.player.accepted))

    def name_of(self, name, fd, address):
        out, length = buffer(bytes(16)), buffer(struct.pack("=I", 16))

        def check(result):
            if isinstance(address, Struct) and result == 0:
                want = self.address(address, 0, "0.0.0.0")
                if want[:8] != out.raw[:8]:
                    raise Mismatch(f"{name}: the address is {socket.inet_ntoa(out.raw[4:8])}")
        return Prepared(name, self.fd(fd), out, length, check=check)

    def do_getsockname(self, call, fd, address, length):
        return self.name_of("getsockname", fd, address)

    def do_getpeername(self, call, fd, address, length):
        return self.name_of("getpeername", fd, address)

    def do_close(self, call, fd):
        live = self.fd(fd)

        def done(result):
            if result == 0:
                self.fds.pop(number(fd), None)
        return Prepared("close", live, done=done)

    def do_shutdown(self, call, fd, how):
        return Prepared("shutdown", self.fd(fd), number(how))

    # ---- data ----

    def text(self, value, length):
        """What is written: the script's bytes, or zeros."""
        if isinstance(value, Word) and value == "NULL":
            return None
        return buffer(value.ljust(length, b"\0") if isinstance(value, bytes) else bytes(min(length, 1 << 24)))

    def room(self, value, length):
        """Where to read to, and the look at what came."""
        if isinstance(value, Word) and value == "NULL":
            return None, lambda result: None
        out = buffer(bytes(length))

        def check(result):
            if isinstance(value, bytes) and result >= 0 and out.raw[:result] != value[:result]:
                raise Mismatch(f"data read: {out.raw[:result]!r}")
        return out, check

    def do_read(self, call, fd, data, length):
        out, check = self.room(data, number(length))
        return Prepared("read", self.fd(fd), out, number(length), check=check)

    def do_write(self, call, fd, data, length):
        return Prepared("write", self.fd(fd), self.text(data, number(length)), number(length))

    def do_send(self, call, fd, data, length, flags):
        return Prepared("sendto", self.fd(fd), self.text(data, number(length)), number(length), number(flags), None, 0)

    def do_sendto(self, call, fd, data, length, flags, address, address_length):
        target = self.pointer_and_length(address, address_length, CONNECT_PORT, wire.REMOTE)
        self.player.connecting(self.fd(fd))
        return Prepared("sendto", self.fd(fd), self.text(data, number(length)), number(length), number(flags), *target)

    def do_recv(self, call, fd, data, length, flags):
        out, check = self.room(data, number(length))
        return Prepared("recvfrom", self.fd(fd), out, number(length), number(flags), None, None, check=check)

    def do_recvfrom(self, call, fd, data, length, flags, address, address_length):
        return self.do_recv(call, fd, data, length, flags)

    def vector(self, items, fill):
        """struct iovec[] over one run of memory for each item."""
        parts, table = [], b""
        for item in items:
            base, length = item.items
            parts.append(self.text(base, number(length)) if fill else buffer(bytes(number(length))))
            table += struct.pack("=QQ", ctypes.addressof(parts[-1]), number(length))
        out = buffer(table)
        out.parts = parts
        return out

    def do_writev(self, call, fd, vector, count):
        return Prepared("writev", self.fd(fd), self.vector(vector.items, True), number(count))

    def do_readv(self, call, fd, vector, count):
        return Prepared("readv", self.fd(fd), self.vector(vector.items, False), number(count))

    def message(self, value, fill, control=b""):
        vector = self.vector(value.fields["msg_iov"].items, fill)
        name = None
        if fill and value.fields.get("msg_name") is ANY:
            name = buffer(self.address(ANY, CONNECT_PORT, wire.REMOTE))
        room = buffer(control) if control else None
        out = buffer(struct.pack("=QIxxxxQQQQixxxx", ctypes.addressof(name) if name else 0, 16 if name else 0,
                                 ctypes.addressof(vector), len(value.fields["msg_iov"].items),
                                 ctypes.addressof(room) if room else 0, len(control), 0))
        out.parts = (vector, name, room)
        return out

    def do_sendmsg(self, call, fd, message, flags):
        if "msg_name" in message.fields:
            self.player.connecting(self.fd(fd))
        return Prepared("sendmsg", self.fd(fd), self.message(message, True), number(flags))

    def do_recvmsg(self, call, fd, message, flags):
        out = self.message(message, False, bytes(256))

        def check(result):
            if result < 0:
                return
            length, got = struct.unpack_from("=Qi", out.raw, 40)
            want = number(message.fields.get("msg_flags", 0))
            if got != want:
                raise Mismatch(f"msg_flags: {got:#x}, not {want:#x}")
            if "msg_control" in message.fields:
                self.check_control(out.parts[2].raw[:length], message.fields["msg_control"].items)
        return Prepared("recvmsg", self.fd(fd), out, number(flags), check=check)

    def check_control(self, raw, wanted):
        found, at = [], 0
        while at + 16 <= len(raw):
            length, level, kind = struct.unpack_from("=Qii", raw, at)
            found.append((level, kind, raw[at + 16:at + length]))
            at += (length + 7) & ~7
        if len(found) != len(wanted):
            raise Mismatch(f"{len(found)} control messages: {found}")
        for want, (level, kind, data) in zip(wanted, found):
            expected = number(want.fields["cmsg_level"]), number(want.fields["cmsg_type"])
            if expected != (level, kind):
                raise Mismatch(f"a control message of level {level}, type {kind}")
            if isinstance(want.fields["cmsg_data"], Struct):
                self.check_control_struct(want.fields["cmsg_data"].fields, data)
            elif isinstance(want.fields["cmsg_data"], (int, Word)) and struct.unpack("=i", data[:4])[0] != number(want.fields["cmsg_data"]):
                raise Mismatch(f"control data {struct.unpack('=i', data[:4])[0]}")

    def check_control_struct(self, fields, data):
        """struct sock_extended_err, or struct scm_timestamping in seconds since the script began."""
        if "scm_sec" in fields:
            seconds, nanoseconds = struct.unpack_from("=qq", data)
            when = seconds + nanoseconds / 1e9 - self.player.stack.realtime
            want = number(fields["scm_sec"]) + number(fields["scm_nsec"]) / 1e9
            if abs(when - want) > self.player.tolerance:
                raise Mismatch(f"a timestamp of {when:.6f}, not {want:.6f}")
            return
        got = dict(zip(("ee_errno", "ee_origin", "ee_type", "ee_code", "ee_info", "ee_data"), struct.unpack_from("=IBBBxII", data)))
        for name, value in fields.items():
            if got[name] != number(value):
                raise Mismatch(f"{name} is {got[name]}, not {number(value)}: {got}")

    def do_open(self, call, path, flags, mode=0):
        return Prepared("open", buffer(path + b"\0"), number(flags), number(mode), done=self.bind_fd(call))

    def do_pipe(self, call, ends):
        out = buffer(bytes(8))

        def done(result):
            if result >= 0:
                for name, live in zip(ends.items, struct.unpack("=2i", out.raw[:8])):
                    self.fds[number(name)] = live
        return Prepared("pipe", out, done=done)

    def do_splice(self, call, source, from_offset, out, to_offset, length, flags):
        return Prepared("splice", self.fd(source), None, self.fd(out), None, number(length), number(flags))

    def do_sendfile(self, call, out, source, offset, length):
        position = buffer(struct.pack("=q", number(offset.items[0]))) if isinstance(offset, Array) else None
        return Prepared("sendfile", self.fd(out), self.fd(source), position, number(length))

    # ---- options ----

    def option_value(self, name, value):
        if isinstance(value, bytes):
            return value
        if isinstance(value, Struct):
            return struct.pack("=ii", number(value.fields["onoff"]), number(value.fields["linger"]))
        if isinstance(value, Array):
            return b"".join(self.option_value(name, v) for v in value.items)
        size = "=Q" if name == "SO_MAX_PACING_RATE" and number(value) >> 32 else "=I"
        return struct.pack(size, number(value) & (2**64 - 1 if size == "=Q" else wire.U32))

    def do_setsockopt(self, call, fd, level, name, value, length):
        data = self.option_value(name, value)
        return Prepared("setsockopt", self.fd(fd), number(level), number(name), buffer(data), number(length))

    def do_getsockopt(self, call, fd, level, name, value, length):
        size = number(length.items[0] if isinstance(length, Array) else length)
        out, room = buffer(bytes(max(size, 0) or 1)), buffer(struct.pack("=i", size))

        def check(result):
            got = struct.unpack("=i", room.raw[:4])[0]
            if result < 0 or value is ANY:
                return
            if isinstance(value, bytes):
                if out.raw[:got].rstrip(b"\0") != value.rstrip(b"\0"):
                    raise Mismatch(f"{name} is {out.raw[:got]!r}")
                return
            want = self.option_value(name, value)
            if isinstance(value, Array) and value.items and value.items[0] is ANY:
                return
            if out.raw[:min(got, len(want))] != want[:got]:
                found = struct.unpack(f"={got // 4}i", out.raw[:got // 4 * 4])
                raise Mismatch(f"{name} is {found[0] if len(found) == 1 else found}")
        return Prepared("getsockopt", self.fd(fd), number(level), number(name), out, room, check=check)

    def do_fcntl(self, call, fd, command, argument=0):
        return Prepared("fcntl", self.fd(fd), number(command), number(argument))

    def do_ioctl(self, call, fd, request, value=0):
        if not isinstance(value, Array):
            return Prepared("ioctl", self.fd(fd), number(request), number(value))
        out = buffer(struct.pack("=i", number(value.items[0])))

        def check(result):
            got = struct.unpack("=i", out.raw[:4])[0]
            if result >= 0 and got != number(value.items[0]):
                raise Mismatch(f"{request} gives {got}")
        return Prepared("ioctl", self.fd(fd), number(request), out, check=check)

    # ---- waiting ----

    def do_poll(self, call, array, count, timeout):
        table = b"".join(struct.pack("=ihh", self.fd(p.fields["fd"]), number(p.fields["events"]), 0) for p in array.items)
        out = buffer(table)

        def check(result):
            for i, p in enumerate(array.items):
                got = struct.unpack_from("=ihH", out.raw, 8 * i)[2]
                if "revents" in p.fields and got != number(p.fields["revents"]):
                    raise Mismatch(f"revents of {number(p.fields['fd'])}: {got:#x}, not {number(p.fields['revents']):#x}")
        return Prepared("poll", out, number(count), number(timeout), check=check)

    def epoll_event(self, value):
        data = next((number(value.fields[k]) for k in ("fd", "ptr", "u32", "u64") if k in value.fields), 0)
        return struct.pack("=IQ", number(value.fields["events"]), data & (2**64 - 1))

    def do_epoll_create(self, call, size=1):
        return Prepared("epoll_create1", 0, done=self.bind_fd(call))

    def do_epoll_create1(self, call, flags=0):
        return Prepared("epoll_create1", number(flags), done=self.bind_fd(call))

    def do_epoll_ctl(self, call, epfd, operation, fd, event=0):
        raw = buffer(self.epoll_event(event)) if isinstance(event, Struct) else None
        return Prepared("epoll_ctl", self.fd(epfd), number(operation), self.fd(fd), raw)

    def do_epoll_wait(self, call, epfd, events, room, timeout):
        wanted = [e for e in (events.items if isinstance(events, Array) else [events]) if isinstance(e, Struct)]
        out = buffer(bytes(12 * max(number(room), 1)))

        def check(result):
            for i in range(max(result, 0)):
                got, data = struct.unpack_from("=IQ", out.raw, 12 * i)
                if i < len(wanted) and struct.pack("=IQ", got, data) != self.epoll_event(wanted[i]):
                    raise Mismatch(f"event {i}: {got:#x} for {data}")
        return Prepared("epoll_wait", self.fd(epfd), out, number(room), number(timeout), check=check)
