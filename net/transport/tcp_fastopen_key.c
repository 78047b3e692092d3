/*
 * The keys of fast open's cookies: the machine's (net.ipv4.tcp_fastopen_key) and, of listeners that
 * have asked for it, their own (TCP_FASTOPEN_KEY). Of two keys the first makes cookies; what the
 * second has made is taken still, so that keys can be changed without a gap (RFC 7413 §4.1.2).
 */
#include "net/core/siphash.h"
#include "net/transport/tcp_conn.h"

struct fastopen_keys {
	struct siphash_key key[2];
	u32 n;
	const struct sock *sk; /* whose; NULL: the machine's */
	struct fastopen_keys *next;
};

static struct fastopen_keys machine_keys;
static struct fastopen_keys *own_keys; /* few, and asked for by a fast open's SYN only */

static struct fastopen_keys *fastopen_keys_of(const struct sock *sk)
{
	struct fastopen_keys *k = sk && tcp_sk(sk)->fastopen_own_key ? own_keys : NULL;

	while (k && k->sk != sk)
		k = k->next;
	return k ? k : &machine_keys;
}

/* ---- set, get, drop ---- */

static struct fastopen_keys *fastopen_keys_add(struct sock *sk)
{
	struct fastopen_keys *k = kzalloc(sizeof(*k));

	if (!k)
		return NULL;
	local_bh_disable();
	k->sk = sk;
	k->next = own_keys;
	own_keys = k;
	tcp_sk(sk)->fastopen_own_key = true;
	local_bh_enable();
	return k;
}

int tcp_fastopen_set_keys(struct sock *sk, const u8 *keys, u32 n)
{
	struct fastopen_keys *k = fastopen_keys_of(sk);

	if (sk && k == &machine_keys)
		k = fastopen_keys_add(sk);
	if (!k)
		return -ENOMEM;
	local_bh_disable();
	memcpy(k->key, keys, n * TCP_FASTOPEN_KEY_LENGTH);
	k->n = n;
	local_bh_enable();
	return 0;
}

u32 tcp_fastopen_get_keys(const struct sock *sk, u8 *keys)
{
	const struct fastopen_keys *k = fastopen_keys_of(sk);

	memcpy(keys, k->key, k->n * TCP_FASTOPEN_KEY_LENGTH);
	return k->n;
}

void tcp_fastopen_drop_keys(struct sock *sk)
{
	for (struct fastopen_keys **at = &own_keys; *at; at = &(*at)->next) {
		struct fastopen_keys *k = *at;

		if (k->sk != sk)
			continue;
		*at = k->next;
		kfree(k);
		break;
	}
	tcp_sk(sk)->fastopen_own_key = false;
}

/* ---- cookies ---- */

static void cookie_by(const struct siphash_key *key, be32 raddr, be32 laddr, u8 *cookie)
{
	const u64 word = (u64)laddr << 32 | raddr;
	u64 hash = siphash_words(&word, 1, key);

	memcpy(cookie, &hash, TCP_FASTOPEN_COOKIE_SIZE);
}

void tcp_fastopen_cookie_gen(const struct sock *sk, be32 raddr, be32 laddr, u8 *cookie)
{
	cookie_by(&fastopen_keys_of(sk)->key[0], raddr, laddr, cookie);
}

u32 tcp_fastopen_cookie_key(const struct sock *sk, be32 raddr, be32 laddr, const u8 *cookie)
{
	const struct fastopen_keys *k = fastopen_keys_of(sk);
	u8 good[TCP_FASTOPEN_COOKIE_SIZE];

	for (u32 i = 0; i < k->n; i++) {
		cookie_by(&k->key[i], raddr, laddr, good);
		if (!memcmp(good, cookie, sizeof(good)))
			return i + 1;
	}
	return 0;
}

/* ---- net.ipv4.tcp_fastopen_key: a key is four words in hexadecimal, with '-' between ---- */

static void fastopen_key_show(struct seq_file *s)
{
	u32 w[8];
	u32 n = tcp_fastopen_get_keys(NULL, (u8 *)w);

	for (u32 i = 0; i < n; i++)
		seq_printf(s, "%s%08x-%08x-%08x-%08x", i ? "," : "", w[4 * i], w[4 * i + 1],
			   w[4 * i + 2], w[4 * i + 3]);
	seq_puts(s, "\n");
}

/* One word at *@text, which moves behind it. False: there is none. */
static bool fastopen_key_word(const char **text, u32 *word)
{
	u32 digits = 0;

	*word = 0;
	for (;; (*text)++, digits++) {
		char c = **text;
		u32 v = c >= '0' && c <= '9' ? (u32)(c - '0') :
			c >= 'a' && c <= 'f' ? (u32)(c - 'a' + 10) :
			c >= 'A' && c <= 'F' ? (u32)(c - 'A' + 10) :
					       16;

		if (v == 16)
			return digits && digits <= 8;
		*word = *word << 4 | v;
	}
}

static bool fastopen_key_words(const char **text, u32 w[4])
{
	for (u32 i = 0; i < 4; i++) {
		if ((i && *(*text)++ != '-') || !fastopen_key_word(text, &w[i]))
			return false;
	}
	return true;
}

static int fastopen_key_set(const char *text)
{
	u32 w[8], n = 1;

	if (!fastopen_key_words(&text, w))
		return -EINVAL;
	if (*text == ',') {
		text++;
		n = 2;
		if (!fastopen_key_words(&text, w + 4))
			return -EINVAL;
	}
	if (*text && *text != '\n')
		return -EINVAL;
	return tcp_fastopen_set_keys(NULL, (const u8 *)w, n);
}

static const struct ctl_entry fastopen_sysctls[] = {
	{ .name = "net.ipv4.tcp_fastopen_key", .show = fastopen_key_show, .set = fastopen_key_set },
};

void tcp_fastopen_init(void)
{
	siphash_new_key(&machine_keys.key[0]);
	machine_keys.n = 1;
	sysctl_register(fastopen_sysctls, ARRAY_SIZE(fastopen_sysctls));
}
