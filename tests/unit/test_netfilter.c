/* Hooks: who is asked, in which order, what becomes of the packet, and who may leave when. */
#include "iplab.h"

#include "net/core/netfilter.h"
#include "net/link/netdevice.h"

#include "kernel/seq_file.h"

static char calls[64];
static int passed;

static void note(char c)
{
	size_t n = strlen(calls);

	assert_true(n + 1 < sizeof(calls));
	calls[n] = c;
	calls[n + 1] = '\0';
}

static void okfn(struct sk_buff *skb)
{
	passed++;
	consume_skb(skb);
}

/* Sends one packet along the list of @hook: who was called, and '+' if it came through. */
static const char *walk(enum nf_hook hook)
{
	struct sk_buff *skb = alloc_skb(64);

	assert_non_null(skb);
	memset(calls, 0, sizeof(calls));
	passed = 0;
	nf_hook(hook, skb, NULL, NULL, okfn);
	if (passed)
		note('+');
	return calls;
}

static enum nf_verdict verdict_of_b;
static struct nf_hook_ops *leaves; /* whom b takes out */

static enum nf_verdict fn_a(struct sk_buff *skb, struct net_device *in, struct net_device *out)
{
	note('a');
	return NF_ACCEPT;
}

static enum nf_verdict fn_b(struct sk_buff *skb, struct net_device *in, struct net_device *out)
{
	note('b');
	if (leaves) {
		nf_unregister_hook(leaves);
		memset(leaves, 0xa5, sizeof(*leaves));
		leaves = NULL;
	}
	if (verdict_of_b == NF_STOLEN)
		consume_skb(skb);
	return verdict_of_b;
}

static enum nf_verdict fn_c(struct sk_buff *skb, struct net_device *in, struct net_device *out)
{
	note('c');
	return NF_ACCEPT;
}

static enum nf_verdict fn_twice(struct sk_buff *skb, struct net_device *in, struct net_device *out)
{
	note('t');
	return calls[1] ? NF_ACCEPT : NF_REPEAT;
}

/* Sends a packet along the list that it is on itself. */
static enum nf_verdict fn_nested(struct sk_buff *skb, struct net_device *in, struct net_device *out)
{
	static bool inside;

	note('n');
	if (!inside) {
		inside = true;
		nf_hook(NF_FORWARD, alloc_skb(64), NULL, NULL, okfn);
		inside = false;
	}
	return NF_ACCEPT;
}

static struct nf_hook_ops a, b, c;

static int begin(void **state)
{
	a = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = -100, .fn = fn_a, .name = "a" };
	b = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = 0, .fn = fn_b, .name = "b" };
	c = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = 100, .fn = fn_c };
	verdict_of_b = NF_ACCEPT;
	return lab_setup(state);
}

static void nobody_is_asked_where_nobody_is(void **state)
{
	assert_string_equal(walk(NF_FORWARD), "+");
	nf_register_hook(&a);
	assert_string_equal(walk(NF_LOCAL_IN), "+");
	assert_string_equal(walk(NF_FORWARD), "a+");
	nf_unregister_hook(&a);
	assert_string_equal(walk(NF_FORWARD), "+");
}

static void the_lowest_priority_is_asked_first(void **state)
{
	struct nf_hook_ops same = a;

	nf_register_hook(&c);
	nf_register_hook(&a);
	nf_register_hook(&b);
	assert_string_equal(walk(NF_FORWARD), "abc+");
	same.priority = c.priority;
	nf_register_hook(&same);
	assert_string_equal(walk(NF_FORWARD), "abca+");
	nf_unregister_hook(&same);
	same.priority = NF_IP_PRI_LAST;
	nf_register_hook(&same);
	assert_string_equal(walk(NF_FORWARD), "abca+");
	nf_unregister_hook(&same);
	nf_unregister_hook(&a);
	nf_unregister_hook(&b);
	nf_unregister_hook(&c);
}

static void verdicts(void **state)
{
	u64 drops = lab_drops(DROP_NETFILTER);

	nf_register_hook(&a);
	nf_register_hook(&b);
	nf_register_hook(&c);
	verdict_of_b = NF_DROP;
	assert_string_equal(walk(NF_FORWARD), "ab");
	assert_int_equal(lab_drops(DROP_NETFILTER), drops + 1);
	verdict_of_b = NF_STOLEN;
	assert_string_equal(walk(NF_FORWARD), "ab");
	assert_int_equal(lab_drops(DROP_NETFILTER), drops + 1);
	verdict_of_b = NF_REPEAT; /* for ever: it ends all the same */
	assert_string_equal(walk(NF_FORWARD), "abbbbbbbbbbbbbbbb");
	assert_int_equal(lab_drops(DROP_NETFILTER), drops + 2);
	assert_int_equal(b.verdicts[NF_DROP], 1);
	assert_int_equal(b.verdicts[NF_STOLEN], 1);
	assert_int_equal(b.verdicts[NF_REPEAT], NF_MAX_REPEAT);
	assert_int_equal(b.verdicts[NF_ACCEPT], 0);
	assert_int_equal(a.verdicts[NF_ACCEPT], 3);
	nf_unregister_hook(&a);
	nf_unregister_hook(&b);
	b.fn = fn_twice;
	nf_register_hook(&b);
	assert_string_equal(walk(NF_FORWARD), "ttc+");
	nf_unregister_hook(&b);
	nf_unregister_hook(&c);
}

/* The one that goes is overwritten at once: nobody may look at it any more. */
static void anybody_may_leave_while_a_packet_passes(void **state)
{
	struct nf_hook_ops *const who[] = { &a, &b, &c };
	const char *const now[] = { "abc+", "abc+", "ab+" };
	const char *const later[] = { "bc+", "ac+", "ab+" };

	for (u32 i = 0; i < ARRAY_SIZE(who); i++) {
		begin(state);
		for (u32 j = 0; j < ARRAY_SIZE(who); j++)
			nf_register_hook(who[j]);
		leaves = who[i];
		assert_string_equal(walk(NF_FORWARD), now[i]);
		assert_string_equal(walk(NF_FORWARD), later[i]);
		for (u32 j = 0; j < ARRAY_SIZE(who); j++) {
			if (j != i)
				nf_unregister_hook(who[j]);
		}
	}
	begin(state);
	nf_register_hook(&b);
	leaves = &b;
	verdict_of_b = NF_REPEAT; /* says one that is gone */
	assert_string_equal(walk(NF_FORWARD), "b+");
	assert_string_equal(walk(NF_FORWARD), "+");
}

static void a_packet_inside_a_packet(void **state)
{
	a.fn = fn_nested;
	nf_register_hook(&a);
	nf_register_hook(&b);
	nf_register_hook(&c);
	leaves = &c; /* the outer packet's next but one */
	assert_string_equal(walk(NF_FORWARD), "nnbb+");
	nf_unregister_hook(&a);
	nf_unregister_hook(&b);
}

/* ---- where the hooks are ---- */

#define SEEN_AT(HOOK, letter)                                                                      \
	static enum nf_verdict see_##HOOK(struct sk_buff *skb, struct net_device *in,              \
					  struct net_device *out)                                  \
	{                                                                                          \
		note(letter);                                                                      \
		assert_true((HOOK == NF_PRE_ROUTING || HOOK == NF_LOCAL_IN) == (in && !out) &&     \
			    (HOOK == NF_LOCAL_OUT || HOOK == NF_POST_ROUTING) == (!in && out));    \
		return NF_ACCEPT;                                                                  \
	}
SEEN_AT(NF_PRE_ROUTING, 'p')
SEEN_AT(NF_LOCAL_IN, 'i')
SEEN_AT(NF_FORWARD, 'f')
SEEN_AT(NF_LOCAL_OUT, 'o')
SEEN_AT(NF_POST_ROUTING, 'q')

static struct nf_hook_ops everywhere[] = {
	{ .hook = NF_PRE_ROUTING, .fn = see_NF_PRE_ROUTING, .name = "see" },
	{ .hook = NF_LOCAL_IN, .fn = see_NF_LOCAL_IN },
	{ .hook = NF_FORWARD, .fn = see_NF_FORWARD },
	{ .hook = NF_LOCAL_OUT, .fn = see_NF_LOCAL_OUT },
	{ .hook = NF_POST_ROUTING, .fn = see_NF_POST_ROUTING },
};

static void a_ping_passes_four_of_them(void **state)
{
	struct lab_packet p = { .protocol = IPPROTO_ICMP };
	u8 frame[256];

	nf_register_hooks(everywhere, ARRAY_SIZE(everywhere));
	memset(calls, 0, sizeof(calls));
	lab_icmp_in(p, ICMP_ECHO, 0, 1, "hello", 5, false);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_string_equal(calls, "pioq");
	nf_unregister_hooks(everywhere, ARRAY_SIZE(everywhere));
}

static void the_table_says_who_is_where(void **state)
{
	struct seq_file s = { 0 };

	nf_register_hooks(everywhere, ARRAY_SIZE(everywhere));
	nf_register_hook(&b);
	walk(NF_FORWARD - 0);
	nf_unregister_hook(&b);
	nf_unregister_hook(&everywhere[NF_FORWARD]);
	nf_proc_show(&s);
	assert_non_null(strstr(s.buf, "\nPRE_ROUTING            0 see                       0"));
	assert_non_null(strstr(s.buf, "\nLOCAL_IN               0 -                         0"));
	assert_non_null(strstr(s.buf, "\nFORWARD                - (all) "));
	assert_null(strstr(s.buf, "\nFORWARD                0"));
	seq_free(&s);
	for (u32 i = 0; i < ARRAY_SIZE(everywhere); i++) {
		if (i != NF_FORWARD)
			nf_unregister_hook(&everywhere[i]);
	}
}

#define hook_test(f) cmocka_unit_test_setup_teardown(f, begin, lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		hook_test(nobody_is_asked_where_nobody_is),
		hook_test(the_lowest_priority_is_asked_first),
		hook_test(verdicts),
		hook_test(anybody_may_leave_while_a_packet_passes),
		hook_test(a_packet_inside_a_packet),
		hook_test(a_ping_passes_four_of_them),
		hook_test(the_table_says_who_is_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
