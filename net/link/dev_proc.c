/*
 * What /proc/net shows of devices, the backlog and drops, in Linux's formats where Linux has the
 * file.
 */
#include "net/link/softnet.h"

typedef unsigned long long ull;

static void dev_show(struct seq_file *s, struct net_device *dev)
{
	const struct rtnl_link_stats *st = &dev->stats;

	if (dev->ops->get_stats)
		dev->ops->get_stats(dev);
	seq_printf(s, "%6s: %7llu %7llu %4llu %4llu %4llu %5llu %10u %9llu ", dev->name,
		   (ull)st->rx_bytes, (ull)st->rx_packets, (ull)st->rx_errors,
		   (ull)(st->rx_dropped + st->rx_missed_errors), (ull)st->rx_fifo_errors,
		   (ull)(st->rx_length_errors + st->rx_over_errors + st->rx_crc_errors +
			 st->rx_frame_errors),
		   0u, (ull)st->multicast);
	seq_printf(s, "%8llu %7llu %4llu %4llu %4llu %5llu %7llu %10u\n", (ull)st->tx_bytes,
		   (ull)st->tx_packets, (ull)st->tx_errors, (ull)st->tx_dropped,
		   (ull)st->tx_fifo_errors, (ull)st->collisions,
		   (ull)(st->tx_carrier_errors + st->tx_aborted_errors + st->tx_window_errors +
			 st->tx_heartbeat_errors),
		   0u);
}

void dev_proc_show(struct seq_file *s)
{
	struct net_device *dev;

	seq_puts(s, "Inter-|   Receive                                                |  Transmit\n"
		    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
		    "packets errs drop fifo colls carrier compressed\n");
	list_for_each_entry(dev, &net_devices, node)
		dev_show(s, dev);
}

void dev_mcast_proc_show(struct seq_file *s)
{
	struct net_device *dev;

	list_for_each_entry(dev, &net_devices, node) {
		for (u32 i = 0; i < MAX_MC_ADDRS; i++) {
			const u8 *a = dev->mc_addrs[i];

			if (dev->mc_refs[i])
				seq_printf(s, "%-4d %-15s %-5u %-5u %02x%02x%02x%02x%02x%02x\n",
					   dev->ifindex, dev->name, dev->mc_refs[i],
					   dev->mc_static[i], a[0], a[1], a[2], a[3], a[4], a[5]);
		}
	}
}

void softnet_proc_show(struct seq_file *s)
{
	const struct softnet_data *sd = this_softnet();
	u32 input = sd->input_pkt_queue.qlen, process = sd->process_queue.qlen;

	seq_printf(s,
		   "%08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x\n",
		   sd->processed, sd->dropped, sd->time_squeeze, 0, 0, 0, 0, 0, 0, 0, 0,
		   input + process, 0, input, process);
}

static void drop_note_show(struct seq_file *s, const struct drop_note *note)
{
	u64 us = note->time / NSEC_PER_USEC;

	seq_printf(s, "[%5llu.%06llu] %-17s %-6s %04x %5u ", (ull)(us / 1000000),
		   (ull)(us % 1000000), drop_reason_name(note->reason),
		   note->dev ? note->dev->name : "-", note->protocol, note->len);
	for (u32 i = 0; i < note->nbytes; i++)
		seq_printf(s, "%02x", note->bytes[i]);
	seq_puts(s, "\n");
}

void drops_proc_show(struct seq_file *s)
{
	struct drop_note note;

	for (u32 r = 0; r < NR_DROP_REASONS; r++) {
		u64 n = drop_reason_total((enum drop_reason)r);

		if (n)
			seq_printf(s, "%-17s %10llu  %s\n", drop_reason_name((enum drop_reason)r),
				   (ull)n, drop_reason_text((enum drop_reason)r));
	}
	for (u32 i = 0; drop_log_get(i, &note); i++) {
		if (i == 0)
			seq_puts(s, "\n        time reason            device type   len bytes\n");
		drop_note_show(s, &note);
	}
}
