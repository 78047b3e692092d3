/*
 * Which throw of the dice a frame gets when it is not to hang on what else is sent: a number that
 * follows from what a segment of TCP says. Data is known by its place in its connection, an ACK by
 * what it acknowledges; what says nothing new (sent again, a duplicate ACK) is counted apart. So
 * two stacks that send the same segment meet the same fate with it, although one acknowledges every
 * second segment, and the other each, or has asked for an address before.
 */
#pragma once

#include "tests/relay/frame.h"

#define SEGMENT_FLOWS 64

struct segment_flow {
	uint32_t ports;
	uint32_t isn, seq;	 /* where data begins; behind the highest */
	uint32_t first_ack, ack; /* that the first acknowledged; the highest */
	uint64_t again;		 /* segments that said nothing new */
};

/* Of one direction; all zeros at first. */
struct segments {
	struct segment_flow flow[SEGMENT_FLOWS]; /* in the order of their SYNs */
	uint32_t nr;
	uint64_t others; /* frames that belong to none of them */
};

/* @f's number, as one for struct netem_dice. Frames come in the order in which they are sent. */
uint64_t segment_number(struct segments *s, const struct frame *f);
