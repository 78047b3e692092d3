/*
 * Redirects that we send as a router (RFC 1812 §5.2.7.2): to who sends by way of us what could go
 * straight. One who does not listen is told route.redirect_number times, each time after twice as
 * long, and then left alone until he has been silent for route.redirect_silence. Those that we get
 * are rt_news.c's.
 */
#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/rt_cache.h"

#define ICMP_REDIR_HOST 1

/* milliseconds */
static int sysctl_redirect_load = 20, sysctl_redirect_number = 9, sysctl_redirect_silence = 20480;
static const struct ctl_entry redirect_sysctls[] = {
	{ "net.ipv4.route.redirect_load", &sysctl_redirect_load, 0, 86400000 },
	{ "net.ipv4.route.redirect_number", &sysctl_redirect_number, 0, 30 },
	{ "net.ipv4.route.redirect_silence", &sysctl_redirect_silence, 0, INT32_MAX },
};

/* Whether it is time to tell those who use @rt; notes that they were seen, or told. */
static bool redirect_due(struct rtable *rt)
{
	u64 now = ktime_ns(), since = now - rt->rate.last;

	if (since > (u64)sysctl_redirect_silence * NSEC_PER_MSEC)
		rt->rate.tokens = 0;
	if (rt->rate.tokens >= (u32)sysctl_redirect_number) {
		rt->rate.last = now;
		return false;
	}
	if (rt->rate.tokens &&
	    since <= ((u64)sysctl_redirect_load << rt->rate.tokens) * NSEC_PER_MSEC)
		return false;
	rt->rate.last = now;
	rt->rate.tokens++;
	return true;
}

void ip_rt_send_redirect(struct sk_buff *skb)
{
	struct rtable *rt = rt_of(skb->dst);
	const struct in_device *in_dev = in_dev_get(rt->dst.dev);
	static u64 limit[2];

	if (!in_dev || !IN_DEV_TX_REDIRECTS(in_dev) || !redirect_due(rt))
		return;
	icmp_send(skb, ICMP_REDIRECT, ICMP_REDIR_HOST,
		  ntohl(rt->gateway ? rt->gateway : ip_hdr(skb)->daddr));
	if (rt->rate.tokens == (u32)sysctl_redirect_number && IN_DEV_LOG_MARTIANS(in_dev) &&
	    printk_ratelimit(limit))
		printk(KERN_WARNING "IPv4: host " IP4_FMT "/if%d ignores redirects for " IP4_FMT
				    " to " IP4_FMT "\n",
		       IP4_ARGS(ip_hdr(skb)->saddr), skb->dev->ifindex,
		       IP4_ARGS(ip_hdr(skb)->daddr), IP4_ARGS(rt->gateway));
}

void rt_redirect_init(void)
{
	sysctl_register(redirect_sysctls, ARRAY_SIZE(redirect_sysctls));
}
