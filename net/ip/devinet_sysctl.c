/*
 * /proc/sys/net/ipv4/conf/{all,default,<dev>}: the tunables of each device, and ip_forward, which
 * is the sum of all their "forwarding"s.
 */
#include "net/core/snmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"

#define CONF_DEFAULTS                                                                              \
	.accept_redirects = 1, .secure_redirects = 1, .send_redirects = 1, .shared_media = 1,      \
	.arp_evict_nocarrier = 1, .igmpv2_unsolicited_report_interval = 10000,                     \
	.igmpv3_unsolicited_report_interval = 1000

struct in_device in_dev_all = { .addrs = LIST_HEAD_INIT(in_dev_all.addrs), CONF_DEFAULTS };
/* Devices are ready for source routes, and "all" is not: off, and one switch from on. Addresses are
 * announced (RFC 5227 §2.3) when a device comes up, which elsewhere has to be asked for. */
struct in_device in_dev_default = { .addrs = LIST_HEAD_INIT(in_dev_default.addrs),
				    CONF_DEFAULTS,
				    .accept_source_route = 1,
				    .arp_notify = 1 };

int sysctl_ip_forward;

static const struct {
	const char *name;
	size_t offset;
	int max;
} conf[] = {
#define CONF(field, max)                                                                           \
	{                                                                                          \
#field, offsetof(struct in_device, field), max                                     \
	}
	CONF(forwarding, 1),
	CONF(rp_filter, 2),
	CONF(accept_redirects, 1),
	CONF(send_redirects, 1),
	CONF(accept_source_route, 1),
	CONF(log_martians, 1),
	CONF(arp_ignore, 8),
	CONF(arp_announce, 2),
	CONF(arp_accept, 2),
	CONF(promote_secondaries, 1),
	CONF(secure_redirects, 1),
	CONF(shared_media, 1),
	CONF(accept_local, 1),
	CONF(mc_forwarding, 0), /* of groups: not done */
	CONF(force_igmp_version, 3),
	CONF(igmpv2_unsolicited_report_interval, 1000000),
	CONF(igmpv3_unsolicited_report_interval, 1000000),
	CONF(arp_filter, 1),
	CONF(drop_gratuitous_arp, 1),
	CONF(proxy_arp, 1),
	CONF(arp_notify, 1),
	CONF(arp_evict_nocarrier, 1),
	CONF(bc_forwarding, 1),
	CONF(route_localnet, 1),
#undef CONF
};

struct conf_table {
	struct ctl_entry entry[ARRAY_SIZE(conf)];
	char name[ARRAY_SIZE(conf)][80];
};

/* The link layer joins less where packets go on to others. */
static void forwarding_changed(void)
{
	netdev_forwarding = in_dev_default.forwarding;
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		if (in_dev_get(dev) && in_dev_get(dev)->forwarding)
			netdev_forwarding = true;
	}
	rt_changed();
}

static void set_forwarding(int on)
{
	sysctl_ip_forward = in_dev_all.forwarding = in_dev_default.forwarding = on;
	in_dev_all.accept_redirects = !on; /* RFC 1812 §5.2.7.2: a router follows its routes */
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		if (in_dev_get(dev))
			in_dev_get(dev)->forwarding = on;
	}
	ip_mib[IP_MIB_Forwarding] = on ? 1 : 2;
	forwarding_changed();
}

static void ip_forward_changed(void)
{
	set_forwarding(sysctl_ip_forward);
}

static void all_forwarding_changed(void)
{
	set_forwarding(in_dev_all.forwarding);
}

static const struct ctl_entry forward_sysctls[] = {
	{ "net.ipv4.ip_forward", &sysctl_ip_forward, 0, 1, ip_forward_changed },
};

void devinet_sysctl_register(struct in_device *in_dev, const char *name)
{
	struct conf_table *t = kzalloc(sizeof(*t));

	if (!t) {
		printk(KERN_ERR "%s: no memory for sysctls\n", name);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(conf); i++) {
		snprintf(t->name[i], sizeof(t->name[i]), "net.ipv4.conf.%s.%s", name, conf[i].name);
		t->entry[i] = (struct ctl_entry){
			.name = t->name[i],
			.value = (int *)((char *)in_dev + conf[i].offset),
			.max = conf[i].max,
			.changed = rt_changed,
		};
	}
	t->entry[0].changed = in_dev == &in_dev_all ? all_forwarding_changed : forwarding_changed;
	in_dev->sysctl = t;
	sysctl_register(t->entry, ARRAY_SIZE(conf));
}

void devinet_init(void)
{
	ip_mib[IP_MIB_Forwarding] = 2;
	devinet_sysctl_register(&in_dev_all, "all");
	devinet_sysctl_register(&in_dev_default, "default");
	sysctl_register(forward_sysctls, ARRAY_SIZE(forward_sysctls));
}
