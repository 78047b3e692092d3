/* NF_QUEUE: packets that wait with a handler, and where they go on. */
#include "iplab.h"

#include "net/core/netfilter.h"

static char calls[64];
static struct nf_queue_entry *kept[NF_QUEUE_MAX + 1];
static u32 nr_kept;
static int refuse;

static void note(char c)
{
	size_t n = strlen(calls);

	assert_true(n + 1 < sizeof(calls));
	calls[n] = c;
	calls[n + 1] = '\0';
}

static void okfn(struct sk_buff *skb)
{
	note('+');
	consume_skb(skb);
}

static int enqueue(struct nf_queue_entry *entry)
{
	note('Q');
	if (refuse)
		return -ENOBUFS;
	kept[nr_kept++] = entry;
	return 0;
}

static const struct nf_queue_handler handler = { .enqueue = enqueue };

#define SAYS(letter, verdict)                                                                      \
	static enum nf_verdict fn_##letter(struct sk_buff *skb, struct net_device *in,             \
					   struct net_device *out)                                 \
	{                                                                                          \
		note(#letter[0]);                                                                  \
		return verdict;                                                                    \
	}
static enum nf_verdict said_by_b;
SAYS(a, NF_ACCEPT)
SAYS(b, said_by_b)
SAYS(c, NF_ACCEPT)

static struct nf_hook_ops a, b, c;

static int begin(void **state)
{
	int err = lab_setup(state);

	a = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = -1, .fn = fn_a };
	b = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = 0, .fn = fn_b };
	c = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = 1, .fn = fn_c };
	said_by_b = NF_QUEUE;
	nr_kept = 0;
	refuse = 0;
	nf_register_hook(&a);
	nf_register_hook(&b);
	nf_register_hook(&c);
	assert_int_equal(nf_register_queue_handler(&handler), 0);
	return err;
}

static int end(void **state)
{
	nf_unregister_queue_handler(&handler);
	nf_unregister_hook(&a);
	nf_unregister_hook(&b);
	nf_unregister_hook(&c);
	return lab_teardown(state);
}

static const char *walk(void)
{
	struct sk_buff *skb = alloc_skb(64);

	assert_non_null(skb);
	memset(calls, 0, sizeof(calls));
	local_bh_disable();
	nf_hook(NF_FORWARD, skb, NULL, NULL, okfn);
	local_bh_enable();
	return calls;
}

static const char *reinject(enum nf_verdict verdict)
{
	memset(calls, 0, sizeof(calls));
	assert_true(nr_kept);
	nf_reinject(kept[--nr_kept], verdict);
	return calls;
}

static void linux_numbers(void **state)
{
	assert_int_equal(NF_DROP, 0);
	assert_int_equal(NF_ACCEPT, 1);
	assert_int_equal(NF_STOLEN, 2);
	assert_int_equal(NF_QUEUE, 3);
	assert_int_equal(NF_REPEAT, 4);
}

static void it_goes_on_behind_the_one_that_queued_it(void **state)
{
	assert_string_equal(walk(), "abQ");
	assert_string_equal(reinject(NF_ACCEPT), "c+");
	assert_int_equal(b.verdicts[NF_QUEUE], 1);
	assert_string_equal(walk(), "abQ");
	said_by_b = NF_ACCEPT;
	assert_string_equal(reinject(NF_REPEAT), "bc+");
	said_by_b = NF_QUEUE;
	assert_string_equal(walk(), "abQ");
	assert_string_equal(reinject(NF_REPEAT), "bQ"); /* and again */
	assert_string_equal(reinject(NF_ACCEPT), "c+");
}

static void it_ends(void **state)
{
	u64 drops = lab_drops(DROP_NETFILTER);
	struct sk_buff *skb;

	walk();
	assert_string_equal(reinject(NF_DROP), "");
	assert_int_equal(lab_drops(DROP_NETFILTER), drops + 1);
	walk();
	skb = kept[0]->skb;
	assert_string_equal(reinject(NF_STOLEN), "");
	consume_skb(skb);
}

static void without_a_handler_it_is_dropped(void **state)
{
	u64 drops = lab_drops(DROP_NF_QUEUE);

	assert_int_equal(nf_register_queue_handler(&handler), -EBUSY);
	refuse = 1;
	assert_string_equal(walk(), "abQ");
	assert_int_equal(lab_drops(DROP_NF_QUEUE), drops + 1);
	refuse = 0;
	walk();
	walk();
	nf_unregister_queue_handler(&handler); /* with two waiting */
	assert_int_equal(lab_drops(DROP_NF_QUEUE), drops + 3);
	assert_string_equal(walk(), "ab");
	assert_int_equal(lab_drops(DROP_NF_QUEUE), drops + 4);
	nr_kept = 0;
	assert_int_equal(nf_register_queue_handler(&handler), 0);
}

static void so_many_may_wait(void **state)
{
	u64 drops = lab_drops(DROP_NF_QUEUE);

	for (u32 i = 0; i < NF_QUEUE_MAX; i++)
		walk();
	assert_int_equal(nr_kept, NF_QUEUE_MAX);
	assert_string_equal(walk(), "ab");
	assert_int_equal(lab_drops(DROP_NF_QUEUE), drops + 1);
	while (nr_kept)
		assert_string_equal(reinject(NF_ACCEPT), "c+");
}

static void hooks_leave_meanwhile(void **state)
{
	walk();
	nf_unregister_hook(&c); /* the next one */
	memset(&c, 0xa5, sizeof(c));
	assert_string_equal(reinject(NF_ACCEPT), "+");
	c = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = 1, .fn = fn_c };
	nf_register_hook(&c);
	walk();
	nf_unregister_hook(&b); /* the one that said so */
	memset(&b, 0xa5, sizeof(b));
	assert_string_equal(reinject(NF_REPEAT), "c+");
	b = (struct nf_hook_ops){ .hook = NF_FORWARD, .priority = 0, .fn = fn_b };
	nf_register_hook(&b);
}

#define queue_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_numbers),
		queue_test(it_goes_on_behind_the_one_that_queued_it),
		queue_test(it_ends),
		queue_test(without_a_handler_it_is_dropped),
		queue_test(so_many_may_wait),
		queue_test(hooks_leave_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
