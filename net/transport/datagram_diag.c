/*
 * /proc/net/udp_diag and /proc/net/raw_diag (raw and ping sockets): what ss shows of them,
 *
 *   KIND STATE rx_queue tx_queue local:port remote:port word word …
 */
#include "net/core/sock_diag.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"
#include "net/transport/udp_table.h"

static void diag_line(struct seq_file *s, const char *kind, const struct sock *sk)
{
	seq_printf(s, "%s %s %u %u", kind, sk->state == TCP_ESTABLISHED ? "ESTAB" : "UNCONN",
		   sk->rmem_alloc, sk->wmem_alloc);
	sock_diag_addr(s, sk->rcv_saddr, sk->num);
	sock_diag_addr(s, sk->daddr, ntohs(sk->dport));
	sock_diag_owner(s, sk);
	sock_diag_memory(s, sk, 0);
	seq_puts(s, "\n");
}

static void udp_line(struct seq_file *s, const struct sock *sk, u32 bucket)
{
	diag_line(s, "udp", sk);
}

bool udp_diag_proc_walk(struct seq_file *s)
{
	return udp_seq_walk(s, udp_line);
}

static void raw_line(struct seq_file *s, const struct sock *sk, u32 slot)
{
	diag_line(s, "raw", sk);
}

static void ping_line(struct seq_file *s, const struct sock *sk, u32 slot)
{
	diag_line(s, "icmp", sk);
}

static void raw_show(struct seq_file *s, u32 slot, const void *arg)
{
	raw_socks_in(slot, raw_line, s);
}

static void ping_show(struct seq_file *s, u32 slot, const void *arg)
{
	ping_socks_in(slot, ping_line, s);
}

bool raw_diag_proc_walk(struct seq_file *s)
{
	static const struct seq_table tables[] = {
		{ raw_slots, raw_show },
		{ ping_slots, ping_show },
	};

	return seq_walk(s, tables, ARRAY_SIZE(tables), NULL);
}
