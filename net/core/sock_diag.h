/*
 * What the files that ss reads (/proc/net/{tcp,udp,raw,packet}_diag) say of any sock, in ss's own
 * words; each begins with a space. Task, bh off.
 */
#pragma once

#include "net/core/sock.h"

void sock_diag_addr(struct seq_file *s, be32 addr, u16 port);
/* users:(("NAME",pid=N)): the task that made or accepted it, if it is still there. */
void sock_diag_owner(struct seq_file *s, const struct sock *sk);
/* skmem:(…); @queued: bytes of truesize in the send queue. */
void sock_diag_memory(struct seq_file *s, const struct sock *sk, u32 queued);
