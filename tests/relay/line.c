/*
 * One direction of a cable; see line.h. What befalls a frame is netem_dice's affair, the same that
 * skbox's own netem asks.
 */
#include "tests/relay/line.h"

#include <err.h>
#include <stdlib.h>

void line_init(struct line *l, uint64_t seed)
{
	*l = (struct line){ .way.size = LINE_MAX };
	l->way.at = malloc(LINE_MAX * sizeof(*l->way.at));
	if (!l->way.at)
		err(1, "line");
	netem_dice_init(&l->dice, seed);
}

void line_set(struct line *l, const struct netem_params *p, uint64_t queue_bytes)
{
	uint32_t size = p->rate ? p->limit : 0;

	l->params = *p;
	l->queue_bytes = queue_bytes;
	l->link_free = 0;
	l->leaves_head = l->leaves_count = 0;
	l->leaves_size = size > LINE_MAX ? LINE_MAX : size;
	free(l->leaves);
	l->leaves = size ? malloc(l->leaves_size * sizeof(*l->leaves)) : NULL;
	if (size && !l->leaves)
		err(1, "line");
}

void line_clear(struct line *l)
{
	while (due_first(&l->way))
		frame_free(due_pop(&l->way).item);
	free(l->leaves);
	l->leaves = NULL;
	free(l->way.at);
	l->way.at = NULL;
}

/* Room in the sender's queue, which holds the frames that have not left by now. */
static bool queue_room(struct line *l, uint64_t now, uint32_t len)
{
	uint64_t waiting = l->link_free > now ? l->link_free - now : 0;

	if (!l->params.rate)
		return true;
	while (l->leaves_count && l->leaves[l->leaves_head] <= now) {
		l->leaves_head = (l->leaves_head + 1) % l->leaves_size;
		l->leaves_count--;
	}
	if (l->leaves_count == l->leaves_size)
		return false;
	return !l->queue_bytes || waiting * l->params.rate / 1000000000 + len <= l->queue_bytes;
}

static void enter(struct line *l, uint64_t now, struct frame *f, uint64_t delay)
{
	uint64_t leaves;

	if (l->way.count == LINE_MAX) {
		l->stats.overflow++;
		frame_free(f);
		return;
	}
	if (!queue_room(l, now, f->len)) {
		l->stats.queue_drops++;
		frame_free(f);
		return;
	}
	leaves = netem_depart(&l->params, &l->link_free, now, f->len);
	if (l->params.rate)
		l->leaves[(l->leaves_head + l->leaves_count++) % l->leaves_size] = leaves;
	due_push(&l->way, leaves + delay, f);
}

static void corrupt(struct frame *f, const struct netem_verdict *v)
{
	size_t at = netem_corrupt_at(v, f->len);

	f->data[at] = netem_corrupt_byte(v, f->data[at]);
}

static bool mark(struct frame *f)
{
	const uint32_t ip = 14;

	return f->len > ip && f->data[12] == 8 && !f->data[13] &&
	       netem_mark(f->data + ip, f->len - ip);
}

static void count(struct line_stats *s, const struct netem_verdict *v, uint32_t len)
{
	s->frames_in++;
	s->bytes_in += len;
	s->lost += v->lost;
	s->duplicated += v->duplicated;
	s->corrupted += v->corrupted && !v->lost;
	s->reordered += v->ahead && !v->lost;
}

void line_put(struct line *l, uint64_t now, struct frame *f)
{
	struct frame *twin = NULL;
	struct netem_verdict v;

	netem_roll(&l->params, &l->dice, &v);
	if (v.lost && l->params.ecn && mark(f)) {
		v.lost = false;
		l->stats.marked++;
	}
	count(&l->stats, &v, f->len);
	f->number = ++l->arrived;
	if (v.lost && !v.duplicated) {
		frame_free(f);
		return;
	}
	if (v.duplicated && !v.lost) {
		twin = frame_copy(f);
		twin->number = f->number;
	}
	if (v.corrupted && !v.lost && f->len)
		corrupt(f, &v);
	enter(l, now, f, v.delay);
	if (twin)
		enter(l, now, twin, v.twin_delay);
}

struct frame *line_get(struct line *l, uint64_t now)
{
	const struct due *first = due_first(&l->way);
	struct frame *f;

	if (!first || first->when > now)
		return NULL;
	f = due_pop(&l->way).item;
	l->stats.frames_out++;
	l->stats.bytes_out += f->len;
	if ((int32_t)(f->number - l->last_out) < 0)
		l->stats.out_of_order++;
	else
		l->last_out = f->number;
	return f;
}

uint64_t line_next(const struct line *l)
{
	const struct due *first = due_first(&l->way);

	return first ? first->when : LINE_NEVER;
}
