/*
 * TCP as the socket layer sees it: the table of operations, and how it is set up.
 */
#include "net/ip/route.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_task.h"
#include "net/transport/tcp_txnote.h"

struct proto tcp_prot = {
	.name = "TCP",
	.obj_size = sizeof(struct tcp_sock),
	.init = tcp_init_sock,
	.close = tcp_close,
	.bind = tcp_bind,
	.connect = tcp_v4_connect,
	.disconnect = tcp_disconnect,
	.listen = tcp_listen,
	.accept = tcp_accept,
	.shutdown = tcp_shutdown,
	.ioctl = tcp_ioctl,
	.setsockopt = tcp_setsockopt,
	.getsockopt = tcp_getsockopt,
	.keepalive = tcp_keepalive_set,
	.set_rcvlowat = tcp_set_rcvlowat,
	.sockstat = tcp_sockstat_show,
	.sendmsg = tcp_sendmsg,
	.recvmsg = tcp_recvmsg,
	.poll = tcp_poll,
	.get_port = tcp_get_port,
	.unhash = tcp_unhash,
	.write_space = tcp_write_space,
	.tx_refused = tcp_tx_refused,
	.backlog_rcv = tcp_v4_do_rcv,
	.release_cb = tcp_release_cb,
};

void tcp_refill(void)
{
	ip_rt_refill();
	sock_rare_refill();
	kmem_cache_refill(tcp_prot.cache);
	tcp_timewait_refill();
	tcp_accecn_refill();
	tcp_cong_refill();
}

/* Socks that softirqs may make before a task sets aside more; and of all at most half the RAM. */
static void tcp_bound_socks(void)
{
	struct mem_info mem;

	mem_info(&mem);
	tcp_prot.max_socks = (u32)(mem.total / 2 / sizeof(struct tcp_sock));
	proto_register(&tcp_prot);
	kmem_cache_reserve(tcp_prot.cache, (u32)min(mem.total >> 16, 4096ULL));
	sysctl_tcp_max_orphans = (int)min(tcp_prot.max_socks / 4, 65536u);
}

/* RFC 4022: the RTO is RFC 2988's; milliseconds; no bound on connections that could be told. */
static void tcp_mib_init(void)
{
	tcp_mib[TCP_MIB_RtoAlgorithm] = 1;
	tcp_mib[TCP_MIB_RtoMin] = TCP_RTO_MIN_US / 1000;
	tcp_mib[TCP_MIB_RtoMax] = TCP_RTO_MAX_US / 1000;
	tcp_mib[TCP_MIB_MaxConn] = (u64)-1;
}

void tcp_init(void)
{
	tcp_mem_init();
	tcp_bound_socks();
	tcp_table_init();
	tcp_bind_init();
	tcp_request_init();
	tcp_timewait_init();
	tcp_secure_init();
	tcp_syncookie_init();
	tcp_fastopen_init();
	tcp_txnote_init();
	tcp_metrics_init();
	tcp_input_init();
	tcp_smallqueue_init();
	tcp_ack_init();
	tcp_accecn_init();
	tcp_smallqueue_init();
	tcp_mib_init();
	tcp_sysctl_init();
}
