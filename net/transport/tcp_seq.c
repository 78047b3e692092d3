/*
 * All that TCP has, for the files in /proc: requests, socks, TIME-WAIT, a hash table after the
 * other, slot by slot. In the order of a connection's life, so that one that goes on to its next
 * kind while the file is read is not missed: at worst it comes twice, in either state.
 */
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_table.h"

static void requests_show(struct seq_file *s, u32 slot, const void *arg)
{
	tcp_requests_in(slot, ((const struct tcp_seq_ops *)arg)->request, s);
}

static void socks_show(struct seq_file *s, u32 slot, const void *arg)
{
	tcp_socks_in(slot, ((const struct tcp_seq_ops *)arg)->sock, s);
}

static void timewaits_show(struct seq_file *s, u32 slot, const void *arg)
{
	tcp_timewaits_in(slot, ((const struct tcp_seq_ops *)arg)->timewait, s);
}

static const struct seq_table tcp_tables[] = {
	{ tcp_requests_slots, requests_show },
	{ tcp_socks_slots, socks_show },
	{ tcp_timewaits_slots, timewaits_show },
};

bool tcp_seq_walk(struct seq_file *s, const struct tcp_seq_ops *ops)
{
	return seq_walk(s, tcp_tables, ARRAY_SIZE(tcp_tables), ops);
}
