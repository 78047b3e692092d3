/*
 * What modules may use of the kernel: a name that is not here, a module cannot be linked to. A new
 * one is a word in the list, and its header above.
 */
#include <string.h>

#include "kernel/module_load.h"
#include "net/core/checksum.h"
#include "net/core/netfilter.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/ip/ip_output.h"
#include "net/ip/route.h"
#include "net/link/netdevice.h"
#include "net/os.h"

/* clang-format off */
#define EXPORTS(X) \
	/* text and memory */ \
	X(memchr) X(memcmp) X(memcpy) X(memmove) X(memset) \
	X(strchr) X(strcmp) X(strcspn) X(strlcpy) X(strlen) X(strncmp) X(strnlen) X(strspn) X(strstr) \
	X(snprintf) X(vsnprintf) X(printk) X(printk_ratelimit) X(panic) \
	X(kmalloc) X(kzalloc) X(kfree) X(kstrdup) X(alloc_pages) X(free_pages) \
	/* contexts, time, chance */ \
	X(cpu0) X(bh_enabled) X(bh_unbalanced) X(raise_softirq) X(schedule) \
	X(ktime_ns) X(realtime_ns) X(timer_init) X(timer_mod) X(timer_del) \
	X(get_random_bytes) X(random_u32) X(random_below) \
	X(wake_up) X(wake_up_all) \
	/* /proc, modules */ \
	X(proc_add) X(proc_remove) X(seq_printf) X(seq_puts) \
	X(sysctl_register) X(sysctl_unregister) \
	X(module_param_set) X(module_get) X(module_put) \
	/* packets */ \
	X(nf_register_hook) X(nf_unregister_hook) X(nf_register_hooks) X(nf_unregister_hooks) \
	X(nf_hooks) X(nf_hook_slow) X(nf_hook_name) X(nf_hook_number) \
	X(nf_register_queue_handler) X(nf_unregister_queue_handler) X(nf_reinject) \
	X(alloc_skb) X(dev_alloc_skb) X(kfree_skb) X(consume_skb) X(skb_clone) X(skb_copy) \
	X(skb_cow) X(skb_head_shared) X(skb_linearize) \
	X(csum_partial) \
	X(dev_get_by_name) X(dev_get_by_index) X(dev_next) X(dev_queue_xmit) X(netif_rx) \
	X(alloc_etherdev) X(register_netdev) X(eth_type_trans) X(eth_header) \
	X(dev_add_pack) X(dev_remove_pack) \
	X(ip_parse) X(ip_rcv) X(ip_local_deliver) X(ip_local_out) X(icmp_send)
/* clang-format on */

#define ROW(name) { #name, (const void *)&name },
const struct module_export module_exports[] = { EXPORTS(ROW) };
const size_t nr_module_exports = ARRAY_SIZE(module_exports);
