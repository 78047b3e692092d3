/* What a seed means: the stacks' tunables, the path's MTU, the connections and their manners. */
#include "tests/property/run.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MTU_MIN 256
#define MTU_MAX 2000
#define PATH_MTU_MIN 600

static void tell(struct run *r, const char *format, ...)
{
	size_t len = strlen(r->what);
	va_list args;

	va_start(args, format);
	vsnprintf(r->what + len, sizeof(r->what) - len, format, args);
	va_end(args);
}

/* ---- tunables ---- */

static void tune(struct run *r, struct stack *s, const char *tunable, const char *value)
{
	stack_sysctl(s, tunable, value);
	tell(r, " %s=%s", tunable + 4, value);
}

static void tune_number(struct run *r, struct stack *s, const char *tunable, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	tune(r, s, tunable, text);
}

static void tune_switches(struct run *r, struct stack *s, struct dice *d)
{
	static const char *const on[] = {
		"tcp_sack",	   "tcp_dsack", "tcp_timestamps",      "tcp_window_scaling",
		"tcp_autocorking", "tcp_tso",	"tcp_moderate_rcvbuf", "tcp_slow_start_after_idle"
	};
	static const char *const off[] = { "tcp_no_metrics_save" };

	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		if (dice_percent(d, 20))
			tune(r, s, on[i], "0");
	}
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		if (dice_percent(d, 20))
			tune(r, s, off[i], "1");
	}
}

static void tune_memory(struct run *r, struct stack *s, struct dice *d)
{
	static const char *const names[] = { "tcp_rmem", "tcp_wmem" };
	char text[80];

	for (int i = 0; i < 2; i++) {
		uint64_t size = dice_scale(d, 4096, 1 << 20);

		if (dice_percent(d, 50))
			continue;
		snprintf(text, sizeof(text), "4096 %lu %lu", size, size * dice_scale(d, 1, 8));
		tune(r, s, names[i], text);
	}
}

/* Little for all of TCP: a few packets of each connection. What is closed may be given up then. */
static void tune_shortage(struct run *r, struct stack *s, struct dice *d)
{
	uint64_t pages = dice_scale(d, 50, 500);
	char text[80];

	snprintf(text, sizeof(text), "%lu %lu %lu", pages / 2, pages * 3 / 4, pages);
	tune(r, s, "tcp_mem", text);
	r->shortage = true;
}

static void tune_stack(struct run *r, struct stack *s, struct dice *d, bool probing)
{
	static const char *const algorithms[] = { "reno", "cubic", "bbr" };

	tell(r, "\n# %s:", s->name);
	tune_switches(r, s, d);
	tune_memory(r, s, d);
	if (dice_percent(d, 10))
		tune_shortage(r, s, d);
	tune(r, s, "tcp_congestion_control", algorithms[dice_range(d, 0, 2)]);
	tune_number(r, s, "tcp_ecn", dice_range(d, 0, 5));
	tune(r, s, "tcp_fastopen", dice_percent(d, 50) ? "3" : "1539");
	tune_number(r, s, "tcp_mtu_probing", probing ? dice_range(d, 1, 2) : dice_range(d, 0, 2));
	tune_number(r, s, "tcp_recovery", dice_percent(d, 80) ? 1 : dice_range(d, 0, 7));
	tune_number(r, s, "tcp_early_retrans", dice_percent(d, 80) ? 3 : dice_range(d, 0, 4));
	tune_number(r, s, "tcp_frto", dice_percent(d, 80) ? 2 : 0);
	/* Nothing but the property under test ends a connection. */
	tune(r, s, "tcp_syn_retries", "10");
	tune(r, s, "tcp_synack_retries", "10");
	tune(r, s, "tcp_orphan_retries", "15");
	tune_number(r, s, "tcp_retries2", 20);
}

/* ---- connections ---- */

static void draw_app(struct app *a, struct stack *s, struct conn *c, uint64_t seed)
{
	struct dice *d = &a->dice;

	*a = (struct app){ .stack = s, .conn = c, .fd = -1, .dice.state = seed };
	a->start_at = STACK_NEVER;
	a->abort_after = STACK_NEVER;
	a->write_max = (uint32_t)dice_scale(d, 1, 200000);
	a->read_max = (uint32_t)dice_scale(d, 1, 200000);
	a->write_pause = dice_percent(d, 50) ? (uint32_t)dice_scale(d, 1, 50) : 0;
	a->read_pause = dice_percent(d, 40) ? (uint32_t)dice_scale(d, 1, 50) : 0;
	a->pause_max = dice_scale(d, MS, 10 * SECOND);
	a->shuts = dice_percent(d, 70);
	a->fidgets = dice_percent(d, 30);
}

/* Not so many bytes that calls of few bytes, or pauses, make a run endless. */
static uint64_t draw_total(struct dice *d, const struct app *from, const struct app *to,
			   uint64_t most)
{
	uint64_t per_call = from->write_max < to->read_max ? from->write_max : to->read_max;
	uint64_t calls = from->write_pause + to->read_pause ? 1000 : 20000;
	uint64_t limit = per_call * calls < most ? per_call * calls : most;

	return dice_percent(d, 10) ? 0 : dice_scale(d, 1, limit);
}

static void draw_conn(struct run *r, int number, struct dice *d, uint64_t most, bool cookies)
{
	struct conn *c = &r->conn[number];
	struct app *client = &c->end[0], *server = &c->end[1];
	int from = (int)dice_range(d, 0, 1);

	c->number = number;
	draw_app(client, &r->stack[from], c, dice_next(d));
	draw_app(server, &r->stack[!from], c, dice_next(d));
	client->start_at = dice_percent(d, 50) ? 0 : dice_range(d, 0, 60 * SECOND);
	client->shuts |= !server->shuts;
	client->key_out = server->key_in = dice_next(d);
	client->key_in = server->key_out = dice_next(d);
	client->total_out = server->total_in = draw_total(d, client, server, most);
	client->total_in = server->total_out = draw_total(d, server, client, most);
	client->fast_open = client->total_out && dice_percent(d, 20);
	c->cookies = cookies;
	c->may_break = cookies || r->shortage;
	/* The server learns of a client whose ACK was lost only when more comes. */
	client->shuts |= cookies && !client->total_out;
	if (dice_percent(d, 15)) {
		c->may_break = true;
		c->end[dice_range(d, 0, 1)].abort_after =
			dice_range(d, 0, client->total_out + client->total_in);
	}
	tell(r, "\n# connection %d: from %s at %.1f s, %lu out%s, %lu in%s%s%s", number,
	     client->stack->name, (double)client->start_at / 1e9, client->total_out,
	     client->fidgets ? " (fidgets)" : "", client->total_in,
	     server->fidgets ? " (fidgets)" : "", client->fast_open ? ", fast open" : "",
	     c->may_break ? ", closed early" : "");
}

/* ---- all of it ---- */

/* Without cookies its queue takes all: SYNs that are sent again together would never fit in. */
static int listener(struct stack *s, struct dice *d, bool cookies)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(APP_PORT) };
	int fd = s->socket(AF_INET, SOCK_STREAM, 0);
	int queue = 16;

	if (fd < 0 || s->bind(fd, &any, sizeof(any)))
		errx(2, "%s: no listener", s->name);
	if (s->setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)))
		errx(2, "%s: TCP_FASTOPEN", s->name);
	if (s->listen(fd, (int)dice_scale(d, cookies ? 1 : 2 * MAX_CONNS, 3 * MAX_CONNS)))
		errx(2, "%s: listen", s->name);
	return fd;
}

static void boot(struct run *r, int i, struct dice *d, unsigned int mtu)
{
	static const char *const memory[] = { "quiet mem=16M", "quiet mem=32M", "quiet mem=64M" };
	struct stack *s = &r->stack[i];

	s->name = i ? "B" : "A";
	s->addr = 0x0a000001 + (uint32_t)i;
	s->peer = 0x0a000002 - (uint32_t)i;
	stack_boot(s, dice_next(d), memory[dice_range(d, 0, 2)], mtu);
	tell(r, "%s%u", i ? " " : "MTU ", mtu);
}

void scenario(struct run *r, struct stack stack[2], uint64_t seed, const char *pcap)
{
	struct dice dice = { mix64(seed + 1) }, *d = &dice;
	unsigned int mtu[2], path_mtu = MTU_MAX;
	bool hole = dice_percent(d, 10), narrow = hole || dice_percent(d, 15);
	bool cookies = dice_percent(d, 10);
	uint64_t most;

	*r = (struct run){ .seed = seed, .stack = stack };
	for (int i = 0; i < 2; i++) {
		mtu[i] = dice_percent(d, 50) ? 1500 : (unsigned int)dice_range(d, MTU_MIN, MTU_MAX);
		boot(r, i, d, mtu[i]);
	}
	if (narrow)
		path_mtu = (unsigned int)dice_range(d, PATH_MTU_MIN, MTU_MAX);
	tell(r, ", the path's %u%s", path_mtu, hole ? " (silent)" : "");
	path_init(&r->path, stack, dice_next(d), path_mtu, !hole);
	for (int i = 0; i < 2; i++) {
		tune_stack(r, &stack[i], d, hole);
		tune(r, &stack[i], "tcp_syncookies", cookies ? "2" : "0");
		r->listener[i] = listener(&stack[i], d, cookies);
	}
	r->conns = (int)dice_scale(d, 1, MAX_CONNS);
	most = (mtu[0] < mtu[1] ? mtu[0] : mtu[1]) * dice_scale(d, 256, 16384) / (uint64_t)r->conns;
	for (int i = 0; i < r->conns; i++)
		draw_conn(r, i, d, most, cookies);
	if (pcap)
		path_record(&r->path, pcap);
}
