/* Sockets: families, types, options, messages. */
#pragma once

#include <abi/types.h>

typedef unsigned short sa_family_t;

struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};

struct sockaddr_storage {
	sa_family_t ss_family;
	char ss_data[118];
	unsigned long ss_align;
};

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define PF_UNSPEC AF_UNSPEC
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define PF_PACKET AF_PACKET

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_TYPE_MASK 0xf
#define SOCK_NONBLOCK 04000
#define SOCK_CLOEXEC 02000000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SOMAXCONN 4096

#define SOL_SOCKET 1
#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_NO_CHECK 11
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_BINDTODEVICE 25
#define SO_ATTACH_FILTER 26
#define SO_GET_FILTER SO_ATTACH_FILTER
#define SO_DETACH_FILTER 27
#define SO_TIMESTAMP 29
#define SO_ACCEPTCONN 30
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_TIMESTAMPNS 35
#define SO_MARK 36
#define SO_TIMESTAMPING 37
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SO_PEEK_OFF 42
#define SO_LOCK_FILTER 44
#define SO_BUSY_POLL 46
#define SO_MAX_PACING_RATE 47
#define SO_INCOMING_CPU 49
#define SO_MEMINFO 55
#define SO_INCOMING_NAPI_ID 56
#define SO_ZEROCOPY 60
#define SO_TXTIME 61
#define SCM_TIMESTAMP SO_TIMESTAMP
#define SCM_TIMESTAMPNS SO_TIMESTAMPNS
#define SCM_TIMESTAMPING SO_TIMESTAMPING /* three struct timespec: software, 0, hardware */

/* SO_TXTIME */
struct sock_txtime {
	int clockid;
	unsigned int flags;
};
#define SOF_TXTIME_DEADLINE_MODE 1
#define SOF_TXTIME_REPORT_ERRORS 2

/* SO_MEMINFO: so many 32-bit numbers */
enum {
	SK_MEMINFO_RMEM_ALLOC,
	SK_MEMINFO_RCVBUF,
	SK_MEMINFO_WMEM_ALLOC,
	SK_MEMINFO_SNDBUF,
	SK_MEMINFO_FWD_ALLOC,
	SK_MEMINFO_WMEM_QUEUED,
	SK_MEMINFO_OPTMEM,
	SK_MEMINFO_BACKLOG,
	SK_MEMINFO_DROPS,
	SK_MEMINFO_VARS,
};

/* SO_TIMESTAMPING */
#define SOF_TIMESTAMPING_TX_HARDWARE (1 << 0)
#define SOF_TIMESTAMPING_TX_SOFTWARE (1 << 1)
#define SOF_TIMESTAMPING_RX_HARDWARE (1 << 2)
#define SOF_TIMESTAMPING_RX_SOFTWARE (1 << 3)
#define SOF_TIMESTAMPING_SOFTWARE (1 << 4)
#define SOF_TIMESTAMPING_OPT_ID (1 << 7)
#define SOF_TIMESTAMPING_TX_SCHED (1 << 8)
#define SOF_TIMESTAMPING_TX_ACK (1 << 9)
#define SOF_TIMESTAMPING_OPT_CMSG (1 << 10)
#define SOF_TIMESTAMPING_OPT_TSONLY (1 << 11)
#define SOF_TIMESTAMPING_OPT_STATS (1 << 12)
#define SOF_TIMESTAMPING_OPT_ID_TCP (1 << 16)
#define SOF_TIMESTAMPING_TX_MASK                                                                   \
	(SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK)
#define SOF_TIMESTAMPING_MASK 0x1ffffu

/* ee_info of SO_EE_ORIGIN_TIMESTAMPING */
#define SCM_TSTAMP_SND 0
#define SCM_TSTAMP_SCHED 1
#define SCM_TSTAMP_ACK 2

#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_DONTROUTE 0x4
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_CONFIRM 0x800
#define MSG_ERRQUEUE 0x2000
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000
#define MSG_ZEROCOPY 0x4000000
#define MSG_FASTOPEN 0x20000000

struct linger {
	int l_onoff;
	int l_linger;
};

struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	size_t msg_iovlen;
	void *msg_control;
	size_t msg_controllen;
	int msg_flags;
};

struct cmsghdr {
	size_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

#define CMSG_ALIGN(len) (((len) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_DATA(cmsg) ((unsigned char *)((struct cmsghdr *)(cmsg) + 1))
#define CMSG_SPACE(len) (CMSG_ALIGN(len) + CMSG_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_LEN(len) (CMSG_ALIGN(sizeof(struct cmsghdr)) + (len))
#define CMSG_FIRSTHDR(m)                                                                           \
	((m)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(m)->msg_control :      \
							 (struct cmsghdr *)0)

static inline struct cmsghdr *cmsg_next_(struct msghdr *m, struct cmsghdr *c)
{
	size_t used = (size_t)((char *)c - (char *)m->msg_control);
	size_t step = CMSG_ALIGN(c->cmsg_len);

	if (c->cmsg_len < sizeof(*c) || step > m->msg_controllen - used ||
	    m->msg_controllen - used - step < sizeof(*c))
		return (struct cmsghdr *)0;
	return (struct cmsghdr *)((char *)c + step);
}
#define CMSG_NXTHDR(m, c) cmsg_next_(m, c)

#define FIONREAD 0x541B
#define FIONBIO 0x5421
#define SIOCINQ FIONREAD
#define SIOCOUTQ 0x5411
#define SIOCATMARK 0x8905
#define SIOCGSTAMP 0x8906
#define SIOCGSTAMPNS 0x8907
#define SIOCOUTQNSD 0x894B
/* TCP: forgets what is remembered of the address in a struct in_addr; of all, if it is 0. Ours. */
#define SIOCDTCPMETRICS 0x89EC
