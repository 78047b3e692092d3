"""libpcap's filter compiler, interpreter and verifier: the judge over our programs."""

import ctypes
import ctypes.util

_lib = ctypes.CDLL(ctypes.util.find_library("pcap") or "libpcap.so.0.8")


class Insn(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_uint), ("insns", ctypes.POINTER(Insn))]


_lib.pcap_open_dead.restype = ctypes.c_void_p
_lib.pcap_open_dead.argtypes = [ctypes.c_int, ctypes.c_int]
_lib.pcap_close.argtypes = [ctypes.c_void_p]
_lib.pcap_compile.argtypes = [ctypes.c_void_p, ctypes.POINTER(Program), ctypes.c_char_p, ctypes.c_int, ctypes.c_uint]
_lib.bpf_filter.restype = ctypes.c_uint
_lib.bpf_filter.argtypes = [ctypes.POINTER(Insn), ctypes.c_char_p, ctypes.c_uint, ctypes.c_uint]
_lib.bpf_validate.argtypes = [ctypes.POINTER(Insn), ctypes.c_int]


def compile_filter(text, link=1, optimize=True, netmask=0):
    """libpcap's program, None: it refuses the expression."""
    handle, program = _lib.pcap_open_dead(link, 262144), Program()
    failed = _lib.pcap_compile(handle, ctypes.byref(program), text.encode(), int(optimize), netmask) < 0
    insns = None if failed else [(i.code, i.jt, i.jf, i.k) for i in program.insns[:program.len]]
    _lib.pcap_close(handle)
    return insns


class Filter:
    """A program, ours or theirs, as a list of (code, jt, jf, k)."""

    def __init__(self, insns):
        self.len = len(insns)
        self.insns = (Insn * max(1, len(insns)))(*insns)

    def valid(self):
        return bool(_lib.bpf_validate(self.insns, self.len))

    def wants(self, packet):
        return _lib.bpf_filter(self.insns, packet, len(packet), len(packet)) != 0
