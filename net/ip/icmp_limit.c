/*
 * How often we complain (RFC 1122 §3.2.2, RFC 1812 §4.3.2.8): a bucket of tokens for all error
 * messages together, and one for each host that gets them. The hosts' buckets are few; whoever has
 * been quiet longest gives up his.
 */
#include "net/core/dst.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/link/netdevice.h"

#define HOST_SETS 64
#define HOST_WAYS 4
#define HOST_BURST 6

struct host_bucket {
	be32 addr;
	u64 stamp;  /* ns: when @credit was right */
	u64 credit; /* ns of waiting saved up */
};

static struct host_bucket hosts[HOST_SETS][HOST_WAYS];
static u32 host_salt; /* so that nobody can choose whom he displaces */

static u64 global_stamp, global_credit; /* credit in 1e-9 messages */

static int sysctl_ratelimit = 1000, sysctl_ratemask = 0x1818, sysctl_msgs_per_sec = 1000,
	   sysctl_msgs_burst = 50;
static const struct ctl_entry limit_sysctls[] = {
	{ "net.ipv4.icmp_ratelimit", &sysctl_ratelimit, 0, INT32_MAX, NULL },
	{ "net.ipv4.icmp_ratemask", &sysctl_ratemask, 0, INT32_MAX, NULL },
	{ "net.ipv4.icmp_msgs_per_sec", &sysctl_msgs_per_sec, 0, 1000000, NULL },
	{ "net.ipv4.icmp_msgs_burst", &sysctl_msgs_burst, 0, 1000000, NULL },
};

/* True if there is something in the bucket of all. */
static bool global_refill(u64 now)
{
	u64 most = (u64)sysctl_msgs_burst * NSEC_PER_SEC;
	u64 waited = min(now - global_stamp, NSEC_PER_SEC);

	global_credit = min(most, global_credit + waited * (u32)sysctl_msgs_per_sec);
	global_stamp = now;
	return global_credit >= NSEC_PER_SEC;
}

/* One message on average: if the price were fixed, a stranger could tell from what is left whether
 * we have answered others. */
static void global_charge(void)
{
	u64 price = random_below(3) * NSEC_PER_SEC;

	global_credit -= min(price, global_credit);
}

static struct host_bucket *host_find(be32 addr, u64 now, u64 full)
{
	struct host_bucket *set = hosts[((addr ^ host_salt) * 0x9e3779b1u) >> 26], *oldest = set;

	for (u32 i = 0; i < HOST_WAYS; i++) {
		if (set[i].addr == addr)
			return &set[i];
		if (set[i].stamp < oldest->stamp)
			oldest = &set[i];
	}
	*oldest = (struct host_bucket){ addr, now, full };
	return oldest;
}

static bool host_allow(be32 addr, u64 now)
{
	u64 price = (u64)sysctl_ratelimit * NSEC_PER_MSEC;
	struct host_bucket *b = host_find(addr, now, price * HOST_BURST);

	b->credit = min(price * HOST_BURST, b->credit + (now - b->stamp));
	b->stamp = now;
	if (b->credit < price)
		return false;
	b->credit -= price;
	return true;
}

bool icmp_may_send(const struct dst_entry *dst, be32 daddr, u8 type)
{
	u64 now;

	if (type >= 31 || !(sysctl_ratemask >> type & 1) || (dst->dev->flags & IFF_LOOPBACK))
		return true;
	now = ktime_ns();
	if (!global_refill(now)) {
		ICMP_INC(OutRateLimitGlobal);
		return false;
	}
	if (!host_allow(daddr, now)) {
		ICMP_INC(OutRateLimitHost);
		return false;
	}
	global_charge();
	return true;
}

void icmp_out_count(u8 type)
{
	ICMP_INC(OutMsgs);
	icmpmsg_out[type]++;
	switch (type) {
	case ICMP_ECHOREPLY:
		ICMP_INC(OutEchoReps);
		break;
	case ICMP_ECHO:
		ICMP_INC(OutEchos);
		break;
	case ICMP_DEST_UNREACH:
		ICMP_INC(OutDestUnreachs);
		break;
	case ICMP_TIME_EXCEEDED:
		ICMP_INC(OutTimeExcds);
		break;
	case ICMP_PARAMETERPROB:
		ICMP_INC(OutParmProbs);
		break;
	case ICMP_TIMESTAMPREPLY:
		ICMP_INC(OutTimestampReps);
		break;
	default:
		break;
	}
}

void icmp_limit_init(void)
{
	host_salt = random_u32();
	global_credit = (u64)sysctl_msgs_burst * NSEC_PER_SEC;
	sysctl_register(limit_sysctls, ARRAY_SIZE(limit_sysctls));
}
