/* epoll. The event bits that poll has, too, have the same numbers there. */
#pragma once

#include <stdint.h>

#define EPOLL_CLOEXEC 02000000

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

#define EPOLLIN 0x001U
#define EPOLLPRI 0x002U
#define EPOLLOUT 0x004U
#define EPOLLERR 0x008U
#define EPOLLHUP 0x010U
#define EPOLLNVAL 0x020U
#define EPOLLRDNORM 0x040U
#define EPOLLRDBAND 0x080U
#define EPOLLWRNORM 0x100U
#define EPOLLWRBAND 0x200U
#define EPOLLMSG 0x400U
#define EPOLLRDHUP 0x2000U
#define EPOLLEXCLUSIVE (1U << 28) /* of several epolls that watch one file, one wakes */
#define EPOLLWAKEUP (1U << 29)	  /* accepted, means nothing here */
#define EPOLLONESHOT (1U << 30)	  /* after one event silent until EPOLL_CTL_MOD */
#define EPOLLET (1U << 31)	  /* edges, not levels */

typedef union epoll_data {
	void *ptr;
	int fd;
	uint32_t u32;
	uint64_t u64;
} epoll_data_t;

struct epoll_event {
	uint32_t events;
	epoll_data_t data;
} __attribute__((packed));
