/*
 * A sock in the words of ss. See sock_diag.h.
 */
#include "net/core/sock_diag.h"

void sock_diag_addr(struct seq_file *s, be32 addr, u16 port)
{
	const u8 *a = (const u8 *)&addr;

	seq_printf(s, " %u.%u.%u.%u:%u", a[0], a[1], a[2], a[3], port);
}

void sock_diag_owner(struct seq_file *s, const struct sock *sk)
{
	struct task *t = sk->socket ? task_find(sk->owner) : NULL;

	if (t)
		seq_printf(s, " users:((\"%s\",pid=%d))", t->name, t->pid);
}

void sock_diag_memory(struct seq_file *s, const struct sock *sk, u32 queued)
{
	seq_printf(s, " skmem:(r%u,rb%u,t%u,tb%u,f0,w%u,o0,bl%u,d%u)", sk->rmem_alloc, sk->rcvbuf,
		   sk->wmem_alloc, sk->sndbuf, queued, sk->backlog_len, sk->drops);
}
