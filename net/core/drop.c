/*
 * Why packets died: a count for each reason, and notes on the last few. /proc/net/drops shows both
 * (link/dev_proc.c, which knows the devices' names).
 */
#include "net/core/byteorder.h"
#include "net/core/skbuff.h"

static const char *const drop_names[] = {
#define X(name, text) #name,
	DROP_REASONS(X)
#undef X
};

static const char *const drop_texts[] = {
#define X(name, text) text,
	DROP_REASONS(X)
#undef X
};

/* Guarded by irq_save. */
static u64 drop_counts[NR_DROP_REASONS];
static struct drop_note drop_log[DROP_LOG_SIZE];
static u32 drop_log_next; /* counts all notes ever made */

void drop_count(enum drop_reason reason)
{
	unsigned long flags = irq_save();

	drop_counts[reason]++;
	irq_restore(flags);
}

void drop_record(const struct sk_buff *skb, enum drop_reason reason)
{
	u32 n = min(skb_headlen(skb), (u32)sizeof(drop_log[0].bytes));
	struct drop_note *note;
	unsigned long flags;

	BUG_ON((u32)reason >= NR_DROP_REASONS);
	flags = irq_save();
	drop_counts[reason]++;
	note = &drop_log[drop_log_next++ % DROP_LOG_SIZE];
	note->time = ktime_ns();
	note->dev = skb->dev;
	note->reason = reason;
	note->protocol = ntohs(skb->protocol);
	note->len = skb->len;
	note->nbytes = (u8)n;
	memcpy(note->bytes, skb->data, n);
	irq_restore(flags);
}

bool drop_log_get(u32 n, struct drop_note *note)
{
	unsigned long flags = irq_save();
	u32 count = min(drop_log_next, (u32)DROP_LOG_SIZE);
	bool found = n < count;

	if (found)
		*note = drop_log[(drop_log_next - count + n) % DROP_LOG_SIZE];
	irq_restore(flags);
	return found;
}

const char *drop_reason_name(enum drop_reason reason)
{
	return (u32)reason < NR_DROP_REASONS ? drop_names[reason] : "?";
}

const char *drop_reason_text(enum drop_reason reason)
{
	return (u32)reason < NR_DROP_REASONS ? drop_texts[reason] : "?";
}

u64 drop_reason_total(enum drop_reason reason)
{
	return (u32)reason < NR_DROP_REASONS ? READ_ONCE(drop_counts[reason]) : 0;
}
