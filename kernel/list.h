/*
 * Intrusive lists: a circular doubly linked one (struct list_head) and, for hash tables, one whose
 * head is a single pointer (struct hlist_head). Nothing here locks: the owner of a list says what
 * guards it.
 */
#pragma once

#include "kernel/types.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)                                                                       \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}

static inline void list_init(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_insert_(struct list_head *node, struct list_head *prev,
				struct list_head *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

/* Puts @node first. */
static inline void list_add(struct list_head *node, struct list_head *head)
{
	list_insert_(node, head, head->next);
}

/* Puts @node last. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_insert_(node, head->prev, head);
}

/* Takes @node out and leaves it as an empty list, so that a second removal does no harm. */
static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Moves all of @from to the end of @to; @from is empty afterwards. */
static inline void list_splice_tail(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)

#define list_for_each_entry(pos, head, member)                                                     \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); &pos->member != (head);     \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* @pos may be removed by the body; @tmp is a second cursor. */
#define list_for_each_entry_safe(pos, tmp, head, member)                                           \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),                             \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member);                          \
	     &pos->member != (head);                                                               \
	     pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev; /* the pointer that points at us, NULL: unhashed */
};

struct hlist_head {
	struct hlist_node *first;
};

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (head->first)
		head->first->pprev = &node->next;
	head->first = node;
	node->pprev = &head->first;
}

/* Harmless on a node that is in no list. */
static inline void hlist_del(struct hlist_node *node)
{
	if (!node->pprev)
		return;
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->next = NULL;
	node->pprev = NULL;
}

#define hlist_entry_or_null(ptr, type, member)                                                     \
	({                                                                                         \
		struct hlist_node *hl_ = (ptr);                                                    \
		hl_ ? container_of(hl_, type, member) : NULL;                                      \
	})

#define hlist_for_each_entry(pos, head, member)                                                    \
	for (pos = hlist_entry_or_null((head)->first, __typeof__(*pos), member); pos;              \
	     pos = hlist_entry_or_null(pos->member.next, __typeof__(*pos), member))

#define hlist_for_each_entry_safe(pos, tmp, head, member)                                          \
	for (pos = hlist_entry_or_null((head)->first, __typeof__(*pos), member);                   \
	     pos && (tmp = pos->member.next, true);                                                \
	     pos = hlist_entry_or_null(tmp, __typeof__(*pos), member))
