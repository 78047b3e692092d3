/*
 * ICMP, upward (RFC 792, RFC 1122 §3.2.2): checks a message, answers what is a question, and takes
 * errors about our own packets to the sockets that sent them. What we send of our own accord is
 * icmp_send.c's.
 */
#include "net/ip/icmp.h"

#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/protocol.h"
#include "net/core/snmp.h"
#include "net/ip/fib.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"

static int sysctl_echo_ignore_all, sysctl_echo_ignore_broadcasts = 1, sysctl_ignore_bogus = 1;
static const struct ctl_entry icmp_sysctls[] = {
	{ "net.ipv4.icmp_echo_ignore_all", &sysctl_echo_ignore_all, 0, 1, NULL },
	{ "net.ipv4.icmp_echo_ignore_broadcasts", &sysctl_echo_ignore_broadcasts, 0, 1, NULL },
	{ "net.ipv4.icmp_errors_use_inbound_ifaddr", &sysctl_errors_use_inbound_ifaddr, 0, 1,
	  NULL },
	{ "net.ipv4.icmp_ignore_bogus_error_responses", &sysctl_ignore_bogus, 0, 1, NULL },
};

enum drop_reason icmp_parse(const u8 *data, u32 len, struct icmp_view *v)
{
	if (len < sizeof(struct icmphdr))
		return DROP_ICMP_BAD;
	v->type = data[0];
	v->code = data[1];
	v->info = get_be32(data + 4);
	return NR_DROP_REASONS;
}

static void icmp_drop_bad(struct sk_buff *skb, enum drop_reason why)
{
	ICMP_INC(InErrors);
	kfree_skb(skb, why);
}

/* ---- questions ---- */

static void icmp_echo(struct sk_buff *skb, const struct icmp_view *v)
{
	if (sysctl_echo_ignore_all)
		kfree_skb(skb, DROP_ICMP_IGNORED);
	else
		icmp_echo_reply(skb);
}

static void icmp_timestamp(struct sk_buff *skb, const struct icmp_view *v)
{
	if (!pskb_may_pull(skb, 20)) {
		icmp_drop_bad(skb, DROP_ICMP_BAD);
		return;
	}
	icmp_timestamp_reply(skb);
	consume_skb(skb);
}

static void icmp_echo_answer(struct sk_buff *skb, const struct icmp_view *v)
{
	if (icmp_echo_reply_tap(skb))
		consume_skb(skb);
	else
		kfree_skb(skb, DROP_NO_SOCKET);
}

static void icmp_ignore(struct sk_buff *skb, const struct icmp_view *v)
{
	kfree_skb(skb, DROP_ICMP_IGNORED);
}

/* ---- errors about our packets ---- */

/* RFC 1191 §7: a router of old that does not say its MTU has one of these. */
static u32 icmp_guess_mtu(u32 tot_len)
{
	static const u16 plateau[] = { 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296 };

	for (size_t i = 0; i < ARRAY_SIZE(plateau); i++) {
		if (tot_len > plateau[i])
			return plateau[i];
	}
	return 68;
}

/* What to believe of a message that says @mtu; 0: nothing (net.ipv4.ip_no_pmtu_disc). */
static u32 icmp_told_mtu(u32 mtu, const struct ip_view *quoted)
{
	if (sysctl_ip_no_pmtu_disc == 1)
		return 68;
	if (sysctl_ip_no_pmtu_disc == 2 ||
	    (sysctl_ip_no_pmtu_disc == 3 && quoted->protocol != IPPROTO_TCP))
		return 0;
	return mtu ? mtu : icmp_guess_mtu(quoted->tot_len);
}

/* The packet that the message quotes, with 8 bytes of its transport header, if we have sent it.
 * False: it cannot be ours. */
static bool icmp_quoted(struct sk_buff *skb, struct ip_view *quoted)
{
	if (!pskb_may_pull(skb, min(skb->len, 68u)))
		return false;
	if (ip_parse_quoted(skb->data, skb_headlen(skb), quoted) != NR_DROP_REASONS)
		return false;
	return skb_headlen(skb) >= quoted->hlen + 8u && inet_addr_type(quoted->saddr) == RTN_LOCAL;
}

/* Takes the error to whoever may have sent the packet; data is at the quoted header. */
static void icmp_deliver_error(struct sk_buff *skb, const struct ip_view *quoted,
			       const struct icmp_view *v, u32 info)
{
	const struct inet_protocol *p = inet_protocol_find(quoted->protocol);

	ip_raw_err_tap(skb, v->type, v->code, info);
	if (p && p->err_handler)
		p->err_handler(skb, v->type, v->code, info);
}

static void icmp_error(struct sk_buff *skb, const struct icmp_view *v)
{
	struct ip_view quoted;
	u32 info = v->info;

	skb_pull(skb, sizeof(struct icmphdr));
	if (!icmp_quoted(skb, &quoted)) {
		icmp_drop_bad(skb, DROP_ICMP_BAD);
		return;
	}
	/* Nobody may complain of a broadcast (RFC 1122 §3.2.2). */
	if (inet_addr_type(quoted.daddr) == RTN_BROADCAST && sysctl_ignore_bogus) {
		icmp_drop_bad(skb, DROP_ICMP_BAD);
		return;
	}
	if (v->type == ICMP_DEST_UNREACH && v->code == ICMP_FRAG_NEEDED) {
		info = icmp_told_mtu(info & 0xffff, &quoted);
		if (!info) {
			kfree_skb(skb, DROP_ICMP_IGNORED);
			return;
		}
	}
	icmp_deliver_error(skb, &quoted, v, info);
	consume_skb(skb);
}

static void icmp_redirect(struct sk_buff *skb, const struct icmp_view *v)
{
	struct net_device *dev = skb->dev;
	be32 gateway = htonl(v->info), from = ip_hdr(skb)->saddr;
	struct ip_view quoted;

	skb_pull(skb, sizeof(struct icmphdr));
	if (v->code > 3 || !icmp_quoted(skb, &quoted)) {
		icmp_drop_bad(skb, DROP_ICMP_BAD);
		return;
	}
	if (ip_rt_redirect(quoted.daddr, from, gateway, dev))
		consume_skb(skb);
	else
		kfree_skb(skb, DROP_ICMP_REDIRECT_REFUSED);
}

/* RFC 6633: source quench is history. */
#define icmp_quench icmp_ignore

static const struct icmp_control {
	void (*handler)(struct sk_buff *skb, const struct icmp_view *v); /* Consumes */
	u8 mib;								 /* counter of it */
	bool group; /* may come by broadcast or multicast */
} icmp_controls[19] = {
#define CONTROL(type, fn, counter, group) [type] = { fn, ICMP_MIB_##counter, group }
	CONTROL(ICMP_ECHOREPLY, icmp_echo_answer, InEchoReps, false),
	CONTROL(ICMP_DEST_UNREACH, icmp_error, InDestUnreachs, false),
	CONTROL(ICMP_SOURCE_QUENCH, icmp_quench, InSrcQuenchs, false),
	CONTROL(ICMP_REDIRECT, icmp_redirect, InRedirects, false),
	CONTROL(ICMP_ECHO, icmp_echo, InEchos, true),
	CONTROL(ICMP_TIME_EXCEEDED, icmp_error, InTimeExcds, false),
	CONTROL(ICMP_PARAMETERPROB, icmp_error, InParmProbs, false),
	CONTROL(ICMP_TIMESTAMP, icmp_timestamp, InTimestamps, true),
	CONTROL(ICMP_TIMESTAMPREPLY, icmp_ignore, InTimestampReps, false),
	CONTROL(17, icmp_ignore, InAddrMasks, true),
	CONTROL(18, icmp_ignore, InAddrMaskReps, true),
#undef CONTROL
};

static bool icmp_checksum_ok(const struct sk_buff *skb)
{
	switch (skb->ip_summed) {
	case CHECKSUM_UNNECESSARY:
		return true;
	case CHECKSUM_COMPLETE:
		return csum_fold(skb->csum) == 0;
	default:
		return csum_fold(skb_checksum(skb, 0, skb->len, 0)) == 0;
	}
}

/* What came to a group is answered only if it is a question, and if the host wants that (RFC 1122
 * §3.2.2.6). */
static bool icmp_group_ok(const struct sk_buff *skb, const struct icmp_control *c)
{
	enum rtn_type type = rt_of(skb->dst)->type;

	if (type != RTN_BROADCAST && type != RTN_MULTICAST)
		return true;
	return c->group && !(sysctl_echo_ignore_broadcasts && c->handler != icmp_ignore);
}

void icmp_rcv(struct sk_buff *skb)
{
	const struct icmp_control *c;
	struct icmp_view v;

	ICMP_INC(InMsgs);
	if (unlikely(!icmp_checksum_ok(skb))) {
		ICMP_INC(InCsumErrors);
		icmp_drop_bad(skb, DROP_ICMP_CSUM);
		return;
	}
	if (unlikely(!pskb_may_pull(skb, sizeof(struct icmphdr)) ||
		     icmp_parse(skb->data, skb->len, &v) != NR_DROP_REASONS)) {
		icmp_drop_bad(skb, DROP_ICMP_BAD);
		return;
	}
	icmpmsg_in[v.type]++;
	c = v.type < ARRAY_SIZE(icmp_controls) ? &icmp_controls[v.type] : NULL;
	if (unlikely(!c || !c->handler)) {
		icmp_drop_bad(skb, DROP_ICMP_IGNORED);
		return;
	}
	icmp_mib[c->mib]++;
	if (unlikely(!icmp_group_ok(skb, c))) {
		icmp_drop_bad(skb, DROP_ICMP_BROADCAST);
		return;
	}
	c->handler(skb, &v);
}

void icmp_init(void)
{
	sysctl_register(icmp_sysctls, ARRAY_SIZE(icmp_sysctls));
	icmp_limit_init();
}
