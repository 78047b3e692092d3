"""Names of numbers, as Linux on x86-64 has them."""

import errno
import fcntl
import os
import select
import socket
import struct
import termios

TCP_OPTIONS = """TCP_NODELAY=1 TCP_MAXSEG=2 TCP_CORK=3 TCP_KEEPIDLE=4 TCP_KEEPINTVL=5 TCP_KEEPCNT=6 TCP_SYNCNT=7 TCP_LINGER2=8
    TCP_DEFER_ACCEPT=9 TCP_WINDOW_CLAMP=10 TCP_INFO=11 TCP_QUICKACK=12 TCP_CONGESTION=13 TCP_MD5SIG=14 TCP_THIN_LINEAR_TIMEOUTS=16
    TCP_THIN_DUPACK=17 TCP_USER_TIMEOUT=18 TCP_REPAIR=19 TCP_REPAIR_QUEUE=20 TCP_QUEUE_SEQ=21 TCP_REPAIR_OPTIONS=22 TCP_FASTOPEN=23
    TCP_TIMESTAMP=24 TCP_NOTSENT_LOWAT=25 TCP_CC_INFO=26 TCP_SAVE_SYN=27 TCP_SAVED_SYN=28 TCP_REPAIR_WINDOW=29
    TCP_FASTOPEN_CONNECT=30 TCP_ULP=31 TCP_MD5SIG_EXT=32 TCP_FASTOPEN_KEY=33 TCP_FASTOPEN_NO_COOKIE=34 TCP_ZEROCOPY_RECEIVE=35
    TCP_INQ=36 TCP_CM_INQ=36 TCP_TX_DELAY=37"""
SOCKET_OPTIONS = """SO_MEMINFO=55 SO_ZEROCOPY=60 SO_TXTIME=61 SO_INCOMING_NAPI_ID=56 SO_MAX_PACING_RATE=47 SO_BUSY_POLL=46
    SO_TIMESTAMPING=37 SO_TIMESTAMP=29 SO_RXQ_OVFL=40 SO_PEEK_OFF=42 SO_SNDBUFFORCE=32 SO_RCVBUFFORCE=33 SO_NO_CHECK=11
    SCM_TIMESTAMPING=37 SOF_TIMESTAMPING_TX_HARDWARE=1 SOF_TIMESTAMPING_TX_SOFTWARE=2 SOF_TIMESTAMPING_RX_HARDWARE=4
    SOF_TIMESTAMPING_RX_SOFTWARE=8 SOF_TIMESTAMPING_SOFTWARE=16 SOF_TIMESTAMPING_OPT_ID=128 SOF_TIMESTAMPING_TX_SCHED=256
    SOF_TIMESTAMPING_TX_ACK=512 SOF_TIMESTAMPING_OPT_CMSG=1024 SOF_TIMESTAMPING_OPT_TSONLY=2048 SCM_TSTAMP_SND=0 SCM_TSTAMP_SCHED=1
    SCM_TSTAMP_ACK=2 SO_EE_ORIGIN_NONE=0 SO_EE_ORIGIN_LOCAL=1 SO_EE_ORIGIN_ICMP=2 SO_EE_ORIGIN_TIMESTAMPING=4
    SO_EE_ORIGIN_ZEROCOPY=5 SO_EE_CODE_ZEROCOPY_COPIED=1 IP_RECVERR=11 IP_MTU_DISCOVER=10 IP_MTU=14 IP_PMTUDISC_DONT=0 IP_PMTUDISC_WANT=1 IP_PMTUDISC_DO=2
    IP_PMTUDISC_PROBE=3 IP_BIND_ADDRESS_NO_PORT=24 IP_LOCAL_PORT_RANGE=51 IP_FREEBIND=15 MSG_FASTOPEN=0x20000000 MSG_ZEROCOPY=0x4000000 MSG_EOR=0x80
    MSG_MORE=0x8000 MSG_NOSIGNAL=0x4000 MSG_ERRQUEUE=0x2000 MSG_BATCH=0x40000 MSG_PROXY=0x10 SOL_TCP=6 SOL_IP=0 SOL_IPV6=41
    SIOCINQ=0x541B SIOCOUTQ=0x5411 SIOCOUTQNSD=0x894B FIONREAD=0x541B SIOCATMARK=0x8905 SPLICE_F_NONBLOCK=2 INADDR_ANY=0 EPOLL_CTL_ADD=1 EPOLL_CTL_DEL=2 EPOLL_CTL_MOD=3 EPOLLONESHOT=0x40000000 EPOLLWAKEUP=0x20000000"""
STATES = """TCP_ESTABLISHED=1 TCP_SYN_SENT=2 TCP_SYN_RECV=3 TCP_FIN_WAIT1=4 TCP_FIN_WAIT2=5 TCP_TIME_WAIT=6 TCP_CLOSE=7
    TCP_CLOSE_WAIT=8 TCP_LAST_ACK=9 TCP_LISTEN=10 TCP_CLOSING=11 TCPI_OPT_TIMESTAMPS=1 TCPI_OPT_SACK=2 TCPI_OPT_WSCALE=4
    TCPI_OPT_ECN=8 TCPI_OPT_ECN_SEEN=16 TCPI_OPT_SYN_DATA=32 TCP_CA_Open=0 TCP_CA_Disorder=1 TCP_CA_CWR=2 TCP_CA_Recovery=3
    TCP_CA_Loss=4 TFO_STATUS_UNSPEC=0 TFO_COOKIE_UNAVAILABLE=1 TFO_DATA_NOT_ACKED=2 TFO_SYN_RETRANSMITTED=3"""


def table(text):
    return {name: int(value, 0) for name, value in (word.split("=") for word in text.split())}


MODULES = (socket, select, errno, fcntl, os, termios)
EXTRA = table(TCP_OPTIONS) | table(SOCKET_OPTIONS) | table(STATES)


def number(name):
    """What @name stands for; KeyError."""
    if name in EXTRA:
        return EXTRA[name]
    for module in MODULES:
        value = getattr(module, name, None)
        if isinstance(value, int):
            return int(value)
    raise KeyError(name)


def error_name(code):
    return errno.errorcode.get(code, str(code))


# ---- struct tcp_info ----

BYTES = ("state", "ca_state", "retransmits", "probes", "backoff", "options")
FIELDS = """I:rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv last_ack_recv
    pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans
    Q:pacing_rate max_pacing_rate bytes_acked bytes_received I:segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out
    Q:delivery_rate busy_time rwnd_limited sndbuf_limited I:delivered delivered_ce Q:bytes_sent bytes_retrans I:dsack_dups reord_seen
    rcv_ooopack snd_wnd rcv_wnd rehash H:total_rto total_rto_recoveries I:total_rto_time received_ce
    delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes received_e1_bytes received_e0_bytes received_ce_bytes ecn"""


def tcp_info(data):
    """The fields of struct tcp_info by name, with tcpi_ before each, as far as @data goes."""
    found = {f"tcpi_{name}": data[i] for i, name in enumerate(BYTES)}
    found |= {"tcpi_snd_wscale": data[6] & 15, "tcpi_rcv_wscale": data[6] >> 4, "tcpi_delivery_rate_app_limited": data[7] & 1,
              "tcpi_fastopen_client_fail": data[7] >> 1 & 3}
    at, kind = 8, "I"
    for word in FIELDS.split():
        if word[1:2] == ":":
            kind, word = word.split(":")
        size = struct.calcsize(kind)
        if at + size > len(data):
            break
        found[f"tcpi_{word}"] = struct.unpack_from("=" + kind, data, at)[0]
        at += size
    if (ecn := found.pop("tcpi_ecn", None)) is not None:
        found |= {"tcpi_ecn_mode": ecn & 3, "tcpi_accecn_opt_seen": ecn >> 2 & 3, "tcpi_accecn_fail_mode": ecn >> 4 & 15}
    return found
