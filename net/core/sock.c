/*
 * The life of a sock: made from its protocol's cache, held by tables, packets and the task's
 * socket, freed with the last of them. And its lock: while a task has it, packets wait in the
 * sock's backlog, and release_sock replays them to the protocol.
 */
#include "net/core/sock.h"

#include "net/core/filter.h"
#include "net/core/sock_rare.h"

int sysctl_rmem_default = 212992, sysctl_rmem_max = 212992;
int sysctl_wmem_default = 212992, sysctl_wmem_max = 212992;
int sysctl_somaxconn = SOMAXCONN;
int sysctl_ip_no_pmtu_disc;

struct proto *proto_list;

void proto_register(struct proto *prot)
{
	struct proto **p = &proto_list;

	while (*p && *p != prot)
		p = &(*p)->next;
	BUG_ON(*p);
	*p = prot;
	prot->next = NULL;
	prot->cache = kmem_cache_create(prot->name, prot->obj_size, prot->max_socks);
}

/* ---- what a protocol calls upward ---- */

void sk_state_change(struct sock *sk)
{
	if (wait_queue_active(&sk->wq))
		wake_up_all(&sk->wq);
}

void sk_error_report(struct sock *sk)
{
	sk_state_change(sk);
}

void sk_data_ready(struct sock *sk)
{
	if (wait_queue_active(&sk->wq))
		wake_up_poll(&sk->wq, POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND);
}

/* Wakes late, when half of the memory is free again: a writer then sends several packets before it
 * sleeps next. */
void sk_write_space(struct sock *sk)
{
	if (sk->prot->write_space)
		sk->prot->write_space(sk);
	else if (sk->wmem_alloc <= sk->sndbuf / 2 && wait_queue_active(&sk->wq))
		wake_up_poll(&sk->wq, POLLOUT | POLLWRNORM | POLLWRBAND);
}

/* ---- life ---- */

static void sock_init_data(struct sock *sk, struct proto *prot, u16 family)
{
	sk->prot = prot;
	sk->family = (u8)family;
	sk->state = TCP_CLOSE;
	sk->refs = 1;
	wait_queue_init(&sk->wq);
	skb_queue_head_init(&sk->receive_queue);
	sk->rcvbuf = (u32)sysctl_rmem_default;
	sk->sndbuf = (u32)sysctl_wmem_default;
	sk->rcvtimeo = sk->sndtimeo = SOCK_NO_TIMEO;
	sk->rcvlowat = 1;
	sk->pmtudisc = sysctl_ip_no_pmtu_disc ? IP_PMTUDISC_DONT : IP_PMTUDISC_WANT;
	sk->ttl = -1;
	sk->mc_ttl = 1;
	sk->mc_loop = true;
}

struct sock *sk_alloc(struct proto *prot, u16 family)
{
	struct sock *sk = kmem_cache_alloc(prot->cache);

	if (!sk)
		return NULL;
	memset(sk, 0, prot->obj_size);
	sock_init_data(sk, prot, family);
	return sk;
}

void sock_hold(struct sock *sk)
{
	sk->refs++;
}

static void sk_free(struct sock *sk)
{
	skb_queue_purge(&sk->receive_queue, DROP_SOCKET_CLOSED);
	skb_list_purge(&sk->error_queue, DROP_SOCKET_CLOSED);
	skb_list_purge(&sk->backlog, DROP_SOCKET_CLOSED);
	dst_release(sk->dst_cache);
	sk_filter_release(sk);
	sock_rare_forget(sk);
	sock_set_timestamping(sk, false, false);
	BUG_ON(sk->rmem_alloc || sk->wmem_alloc);
	BUG_ON(!hlist_unhashed(&sk->node) || !hlist_unhashed(&sk->bind_node));
	kmem_cache_free(sk->prot->cache, sk);
}

void sock_put(struct sock *sk)
{
	BUG_ON(sk->refs == 0);
	if (--sk->refs)
		return;
	local_bh_disable();
	sk_free(sk);
	local_bh_enable();
}

/* ---- the lock ---- */

/* Tasks that wait for any sock: a task in the kernel is not preempted, so there is hardly ever one.
 */
static struct wait_queue lock_waiters = WAIT_QUEUE_INIT(lock_waiters);

void lock_sock(struct sock *sk)
{
	while (sk->lock.owned) {
		/* A pending signal must not keep us from the lock, only from sleeping for it: then
		 * take turns. */
		if (wait_event(&lock_waiters, !READ_ONCE(sk->lock.owned)) < 0)
			schedule();
	}
	local_bh_disable();
	sk->lock.owned = true;
	local_bh_enable();
}

void sock_replay_backlog(struct sock *sk)
{
	struct sk_buff *skb;

	while ((skb = skb_list_take(&sk->backlog)) != NULL) {
		sk->backlog_len -= skb->truesize;
		sk->prot->backlog_rcv(sk, skb);
	}
}

void release_sock(struct sock *sk)
{
	local_bh_disable();
	sock_replay_backlog(sk);
	if (sk->prot->release_cb)
		sk->prot->release_cb(sk);
	sk->lock.owned = false;
	if (unlikely(wait_queue_active(&lock_waiters)))
		wake_up_all(&lock_waiters);
	local_bh_enable();
}

int sk_add_backlog(struct sock *sk, struct sk_buff *skb)
{
	if (sk->rmem_alloc + sk->backlog_len >= sk->rcvbuf) {
		sk->drops++;
		kfree_skb(skb, DROP_SOCKET_RCVBUF);
		return -ENOBUFS;
	}
	skb_dst_drop(skb);
	sk->backlog_len += skb->truesize;
	skb_list_add(&sk->backlog, skb);
	return 0;
}

int sock_error(struct sock *sk)
{
	int err = READ_ONCE(sk->err);

	if (likely(!err))
		return 0;
	WRITE_ONCE(sk->err, 0);
	return -err;
}

/* ---- /proc/net/protocols ---- */

/* One 'y' or 'n' for each column of the title, in its order. */
static void proto_show(struct seq_file *s, const struct proto *p)
{
	const bool has[] = {
		p->close, p->connect,	  p->disconnect, p->accept,	p->ioctl,    p->init,
		false,	  p->shutdown,	  p->setsockopt, p->getsockopt, p->sendmsg,  p->recvmsg,
		p->bind,  p->backlog_rcv, p->get_port,	 p->unhash,	p->get_port, false,
	};

	seq_printf(s, "%-9s %4u %6u  %6lu   %-3s %6u   %-3s  %-10s", p->name, p->obj_size,
		   kmem_cache_in_use(p->cache),
		   (unsigned long)(p->rmem_alloc + PAGE_SIZE - 1) / PAGE_SIZE,
		   p->rmem_max && p->rmem_alloc >= p->rmem_max ? "yes" : "no", 0, "yes", "kernel");
	for (size_t i = 0; i < ARRAY_SIZE(has); i++)
		seq_printf(s, " %2c", has[i] ? 'y' : 'n');
	seq_puts(s, "\n");
}

void protocols_proc_show(struct seq_file *s)
{
	seq_puts(s, "protocol  size sockets  memory press maxhdr  slab module     "
		    "cl co di ac io in de sh ss gs se re bi br ha uh gp em\n");
	for (struct proto *p = proto_list; p; p = p->next)
		proto_show(s, p);
}
