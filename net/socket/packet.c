/*
 * Packet sockets as sockets: made, bound to an EtherType and perhaps a device, closed. While bound
 * and while the device is up, the socket's hook is in the device layer's lists (dev_add_pack), and
 * frames come by packet_input.c. Not here: SOCK_PACKET, rings in shared memory, fanout.
 */
#include "net/socket/packet.h"

#include "net/core/byteorder.h"
#include "net/core/filter.h"
#include "net/core/sock_diag.h"
#include "net/socket/af_inet.h"

static struct hlist_head packet_socks; /* guarded by bh-disable */

/* ---- the hook ---- */

static void packet_run(struct packet_sock *po)
{
	if (po->running)
		return;
	po->running = true;
	net_enable_timestamp();
	dev_add_pack(&po->hook);
}

static void packet_stop(struct packet_sock *po)
{
	if (!po->running)
		return;
	po->running = false;
	dev_remove_pack(&po->hook);
	net_disable_timestamp();
}

/* The device is down: who reads or waits hears of it. */
static void packet_net_down(struct sock *sk)
{
	sk->err = ENETDOWN;
	sk_error_report(sk);
}

/* Bh off. @dev: NULL: all. @type: 0: none, for now only to send. */
static void packet_rehook(struct sock *sk, struct net_device *dev, be16 type)
{
	struct packet_sock *po = packet_sk(sk);

	packet_stop(po);
	po->hook.type = type;
	po->hook.dev = dev;
	po->ifindex = dev ? dev->ifindex : 0;
	if (!type)
		return;
	if (!dev || netif_running(dev))
		packet_run(po);
	else
		packet_net_down(sk);
}

void packet_event(struct net_device *dev, enum netdev_event event)
{
	struct sock *sk;

	if (event != NETDEV_UP && event != NETDEV_DOWN)
		return;
	local_bh_disable();
	hlist_for_each_entry(sk, &packet_socks, node) {
		struct packet_sock *po = packet_sk(sk);

		if (po->ifindex != dev->ifindex || !po->hook.type)
			continue;
		if (event == NETDEV_UP) {
			packet_run(po);
		} else if (po->running) {
			packet_stop(po);
			packet_net_down(sk);
		}
	}
	local_bh_enable();
}

/* ---- names ---- */

static int packet_bind(struct sock *sk, const struct sockaddr *addr, int len)
{
	const struct sockaddr_ll *sll = (const struct sockaddr_ll *)addr;
	struct net_device *dev = NULL;

	if (len < (int)sizeof(*sll) || sll->sll_family != AF_PACKET)
		return -EINVAL;
	if (sll->sll_ifindex) {
		dev = dev_get_by_index(sll->sll_ifindex);
		if (!dev)
			return -ENODEV;
	}
	local_bh_disable();
	packet_rehook(sk, dev, sll->sll_protocol ? sll->sll_protocol : packet_sk(sk)->hook.type);
	local_bh_enable();
	return 0;
}

static int packet_getname(struct socket *sock, struct sockaddr *addr, int *len,
			  enum sock_name whose)
{
	struct sockaddr_ll *sll = (struct sockaddr_ll *)addr;
	const struct packet_sock *po = packet_sk(sock->sk);
	const struct net_device *dev = po->hook.dev;

	if (whose != SOCK_NAME_OWN)
		return -EOPNOTSUPP;
	*sll = (struct sockaddr_ll){ .sll_family = AF_PACKET,
				     .sll_protocol = po->hook.type,
				     .sll_ifindex = po->ifindex };
	if (dev) {
		sll->sll_hatype = dev->type;
		if (dev->hard_header) {
			sll->sll_halen = ETH_ALEN;
			memcpy(sll->sll_addr, dev->dev_addr, ETH_ALEN);
		}
	}
	*len = (int)offsetof(struct sockaddr_ll, sll_addr) + sll->sll_halen;
	return 0;
}

/* ---- life ---- */

static void packet_close(struct sock *sk)
{
	packet_drop_members(packet_sk(sk));
	local_bh_disable();
	packet_stop(packet_sk(sk));
	hlist_del(&sk->node);
	sk->socket = NULL;
	sock_set_flag(sk, SOCK_DEAD, true);
	skb_queue_purge(&sk->receive_queue, DROP_SOCKET_CLOSED);
	local_bh_enable();
	sock_put(sk); /* the list's */
	sock_put(sk);
}

/* SIOCOUTQ, and FIONREAD: of the next packet, what a read would give. */
static int packet_ioctl(struct sock *sk, u32 cmd, void *arg)
{
	struct sk_buff *skb;
	int v;

	if (cmd != SIOCOUTQ && cmd != FIONREAD)
		return -ENOTTY;
	local_bh_disable();
	skb = skb_peek(&sk->receive_queue);
	v = cmd == SIOCOUTQ ? (int)sk->wmem_alloc : skb ? (int)PACKET_SKB_CB(skb)->snaplen : 0;
	local_bh_enable();
	return copy_to_user(arg, &v, sizeof(v));
}

/* Linux has no line for them in /proc/net/sockstat. */
static void packet_sockstat(struct seq_file *s)
{
}

static struct proto packet_prot = {
	.name = "PACKET",
	.obj_size = sizeof(struct packet_sock),
	.close = packet_close,
	.bind = packet_bind,
	.ioctl = packet_ioctl,
	.setsockopt = packet_setsockopt,
	.getsockopt = packet_getsockopt,
	.sendmsg = packet_sendmsg,
	.recvmsg = packet_recvmsg,
	.sockstat = packet_sockstat,
};

/* ---- the operations of the family ---- */

static ssize_t packet_ops_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	return packet_sendmsg(sock->sk, msg, len);
}

static int packet_no_connect(struct socket *sock, const struct sockaddr *addr, int len, int flags)
{
	return -EOPNOTSUPP;
}

static int packet_no_accept(struct socket *sock, struct socket *newsock, int flags)
{
	return -EOPNOTSUPP;
}

static int packet_no_listen(struct socket *sock, int backlog)
{
	return -EOPNOTSUPP;
}

static int packet_no_shutdown(struct socket *sock, int how)
{
	return -EOPNOTSUPP;
}

static const struct proto_ops packet_ops = {
	.family = AF_PACKET,
	.release = inet_release,
	.bind = inet_bind,
	.connect = packet_no_connect,
	.accept = packet_no_accept,
	.getname = packet_getname,
	.poll = inet_poll,
	.ioctl = inet_ioctl,
	.listen = packet_no_listen,
	.shutdown = packet_no_shutdown,
	.setsockopt = inet_setsockopt,
	.getsockopt = inet_getsockopt,
	.sendmsg = packet_ops_sendmsg,
	.recvmsg = inet_recvmsg,
};

int packet_create(struct socket *sock, int protocol)
{
	struct packet_sock *po;
	struct sock *sk;

	if (sock->type != SOCK_RAW && sock->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	sk = sk_alloc(&packet_prot, AF_PACKET);
	if (!sk)
		return -ENOBUFS;
	sk->type = (u8)sock->type;
	sk->socket = sock;
	sk->owner = current->pid;
	po = packet_sk(sk);
	po->hook.func = packet_rcv;
	po->hook.name = "packet_rcv";
	po->hook.private = sk;
	sock->sk = sk;
	sock->ops = &packet_ops;
	local_bh_disable();
	sock_hold(sk);
	hlist_add_head(&sk->node, &packet_socks);
	packet_rehook(sk, NULL, (be16)protocol);
	local_bh_enable();
	return 0;
}

/* What waits to be read holds no more than a quarter of the pool. */
void packet_init(void)
{
	struct skb_pool_stat pool;

	skb_pool_stat(&pool);
	packet_prot.rmem_max = (u64)pool.bufs_total * SKB_BUF_SIZE / 4;
	proto_register(&packet_prot);
}

/* ---- /proc/net/packet and packet_diag ---- */

void packet_proc_show(struct seq_file *s)
{
	struct sock *sk;

	seq_printf(s, "%-17sRefCnt Type Proto  Iface R Rmem   User   Inode\n", "sk");
	local_bh_disable();
	hlist_for_each_entry(sk, &packet_socks, node) {
		const struct packet_sock *po = packet_sk(sk);

		seq_printf(s, "%016lx %-6u %-4u %04x   %-5d %1d %-6u %-6u %-6lu\n", 0UL, sk->refs,
			   sk->type, ntohs(po->hook.type), po->ifindex, po->running, sk->rmem_alloc,
			   0U, 0UL);
	}
	local_bh_enable();
}

/* For ss: "KIND STATE rx_queue tx_queue type(hex) ifindex word …". */
void packet_diag_proc_show(struct seq_file *s)
{
	struct sock *sk;

	local_bh_disable();
	hlist_for_each_entry(sk, &packet_socks, node) {
		const struct packet_sock *po = packet_sk(sk);

		seq_printf(s, "%s UNCONN %u %u %x %d", sk->type == SOCK_RAW ? "p_raw" : "p_dgr",
			   sk->rmem_alloc, sk->wmem_alloc, ntohs(po->hook.type), po->ifindex);
		sock_diag_owner(s, sk);
		sock_diag_memory(s, sk, 0);
		seq_puts(s, "\n");
	}
	local_bh_enable();
}
