/*
 * What a task wants to be told of its bytes: that a MSG_ZEROCOPY send is over (SO_ZEROCOPY), when
 * the last byte of a send was queued for the card, sent, acknowledged (SO_TIMESTAMPING). Both are
 * told by the error queue.
 *
 * Bytes are copied all the same, and the notification says so (SO_EE_CODE_ZEROCOPY_COPIED): a task
 * gets its buffer back when Linux would give it back. Few sockets ask for any of this, so what is
 * kept for them lies beside struct tcp_sock, found by hash.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_task.h"
#include "net/transport/tcp_txnote.h"

#define BUCKETS 64
#define MAX_NOTES 4096 /* of a sock: who sends single bytes by the million gets no news of them */

/* One send: told when its last byte is acknowledged. */
struct note {
	struct note *next;
	u32 end_seq;
	u32 id; /* the send's number; or that of its last byte */
	bool zerocopy;
	bool sent; /* SCHED and SND have been told */
};

/* A sock that has asked. */
struct txnotes {
	struct txnotes *next;
	const struct sock *sk;
	bool zerocopy;
	u32 stamps;	 /* SOF_TIMESTAMPING_* */
	u32 zerocopy_id; /* the next send's */
	u32 first_seq;	 /* of the byte that is number 0 */
	u32 count;
	struct note *first, **last;
};

static struct txnotes *table[BUCKETS];
static struct kmem_cache *sock_cache, *note_cache;

void tcp_txnote_init(void)
{
	sock_cache = kmem_cache_create("tcp_txnotes", sizeof(struct txnotes), 0);
	note_cache = kmem_cache_create("tcp_txnote", sizeof(struct note), 0);
}

/* ---- who has asked ---- */

static struct txnotes **bucket(const struct sock *sk)
{
	return &table[((uintptr_t)sk >> 6) % BUCKETS];
}

static struct txnotes *notes_of(const struct sock *sk)
{
	struct txnotes *t = tcp_sk(sk)->tx_notes ? *bucket(sk) : NULL;

	while (t && t->sk != sk)
		t = t->next;
	return t;
}

static struct txnotes *notes_add(struct sock *sk)
{
	struct txnotes *t = kmem_cache_alloc(sock_cache);

	if (!t)
		return NULL;
	*t = (struct txnotes){ .sk = sk, .next = *bucket(sk) };
	t->last = &t->first;
	*bucket(sk) = t;
	tcp_sk(sk)->tx_notes = true;
	return t;
}

void tcp_txnote_inherit(const struct sock *listener, struct sock *sk)
{
	const struct txnotes *from;
	struct txnotes *t;

	tcp_sk(sk)->tx_notes = false;
	from = notes_of(listener);
	if (likely(!from))
		return;
	t = notes_add(sk);
	if (!t)
		return;
	t->zerocopy = from->zerocopy;
	t->stamps = from->stamps;
	t->first_seq = tcp_sk(sk)->write_seq;
}

void tcp_txnote_forget(struct sock *sk)
{
	struct txnotes **at = bucket(sk), *t = notes_of(sk);

	if (!t)
		return;
	for (struct note *n = t->first; n;) {
		struct note *next = n->next;

		kmem_cache_free(note_cache, n);
		n = next;
	}
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	kmem_cache_free(sock_cache, t);
	tcp_sk(sk)->tx_notes = false;
}

/* ---- the options ---- */

/* Bytes are counted from what is not acknowledged, or, with OPT_ID_TCP, from what comes next. */
static int set_stamps(struct sock *sk, struct txnotes *t, u32 flags)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool starts = (flags & SOF_TIMESTAMPING_OPT_ID) && !(t->stamps & SOF_TIMESTAMPING_OPT_ID);

	if ((flags & SOF_TIMESTAMPING_OPT_ID_TCP) && !(flags & SOF_TIMESTAMPING_OPT_ID))
		return -EINVAL;
	if (starts && (sk->state == TCP_CLOSE || sk->state == TCP_LISTEN))
		return -EINVAL;
	if (starts)
		t->first_seq = flags & SOF_TIMESTAMPING_OPT_ID_TCP ? tp->write_seq : tp->snd_una;
	t->stamps = flags;
	return 0;
}

int tcp_txnote_setsockopt(struct sock *sk, int name, int val)
{
	struct txnotes *t;
	int err = 0;

	if (name == SO_ZEROCOPY ? val < 0 || val > 1 : (u32)val & ~SOF_TIMESTAMPING_MASK)
		return -EINVAL;
	local_bh_disable();
	t = notes_of(sk);
	if (!t && val)
		t = notes_add(sk);
	if (!t)
		err = val ? -ENOMEM : 0;
	else if (name == SO_ZEROCOPY)
		t->zerocopy = val;
	else
		err = set_stamps(sk, t, (u32)val);
	local_bh_enable();
	return err;
}

int tcp_txnote_getsockopt(const struct sock *sk, int name)
{
	const struct txnotes *t = notes_of(sk);

	if (!t)
		return 0;
	return name == SO_ZEROCOPY ? t->zerocopy : (int)t->stamps;
}

bool tcp_txnote_zerocopy(const struct sock *sk, int flags)
{
	const struct txnotes *t = flags & MSG_ZEROCOPY ? notes_of(sk) : NULL;

	return t && t->zerocopy;
}

/* ---- sends and what becomes of them ---- */

static void note_add(struct txnotes *t, struct note note)
{
	struct note *n = t->count < MAX_NOTES ? kmem_cache_alloc(note_cache) : NULL;

	if (!n)
		return;
	*n = note;
	n->next = NULL;
	*t->last = n;
	t->last = &n->next;
	t->count++;
}

void tcp_txnote_send(struct sock *sk, int flags)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct txnotes *t;

	if (likely(!tp->tx_notes))
		return;
	local_bh_disable();
	t = notes_of(sk);
	if (t && t->zerocopy && (flags & MSG_ZEROCOPY))
		note_add(t, (struct note){ .end_seq = tp->write_seq,
					   .id = t->zerocopy_id++,
					   .zerocopy = true });
	if (t && (t->stamps & SOF_TIMESTAMPING_TX_MASK))
		note_add(t, (struct note){ .end_seq = tp->write_seq,
					   .id = tp->write_seq - t->first_seq - 1,
					   .sent = !after(tp->write_seq, tp->snd_nxt) });
	local_bh_enable();
}

static void tell_stamp(struct sock *sk, const struct txnotes *t, u32 wish, u32 what, u32 id)
{
	if (!(t->stamps & wish))
		return;
	ip_tx_stamp(sk, what, t->stamps & SOF_TIMESTAMPING_OPT_ID ? id : 0,
		    t->stamps & SOF_TIMESTAMPING_SOFTWARE,
		    !(t->stamps & SOF_TIMESTAMPING_OPT_TSONLY));
}

void tcp_txnote_sent(struct sock *sk, u32 end_seq)
{
	struct txnotes *t = notes_of(sk);

	for (struct note *n = t ? t->first : NULL; n && !after(n->end_seq, end_seq); n = n->next) {
		if (n->zerocopy || n->sent)
			continue;
		n->sent = true;
		tell_stamp(sk, t, SOF_TIMESTAMPING_TX_SCHED, SCM_TSTAMP_SCHED, n->id);
		tell_stamp(sk, t, SOF_TIMESTAMPING_TX_SOFTWARE, SCM_TSTAMP_SND, n->id);
	}
}

void tcp_txnote_acked(struct sock *sk, u32 una)
{
	struct txnotes *t = notes_of(sk);
	struct note *n;

	while (t && (n = t->first) && !after(n->end_seq, una)) {
		if (n->zerocopy)
			ip_zerocopy_done(sk, n->id);
		else
			tell_stamp(sk, t, SOF_TIMESTAMPING_TX_ACK, SCM_TSTAMP_ACK, n->id);
		t->first = n->next;
		if (!t->first)
			t->last = &t->first;
		t->count--;
		kmem_cache_free(note_cache, n);
	}
}

/* The bytes are gone, whether they have come or not: of that nobody is told an acknowledgement. */
void tcp_txnote_purge(struct sock *sk)
{
	struct txnotes *t = notes_of(sk);
	struct note *n;

	while (t && (n = t->first)) {
		if (n->zerocopy)
			ip_zerocopy_done(sk, n->id);
		t->first = n->next;
		t->count--;
		kmem_cache_free(note_cache, n);
	}
	if (t)
		t->last = &t->first;
}
