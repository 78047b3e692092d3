/* Small arithmetic, and random numbers that repeat: for what an adversary must not guess there is
 * getrandom(). */
#include <stdlib.h>

#include "libc/internal.h"

/* splitmix64: a counter and a mix of it. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t v = *state += 0x9e3779b97f4a7c15UL;

	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9UL;
	v = (v ^ (v >> 27)) * 0x94d049bb133111ebUL;
	return v ^ (v >> 31);
}

long random(void)
{
	return (long)(next_random(&__libc()->rand) >> 33);
}

void srandom(unsigned int seed)
{
	__libc()->rand = seed;
}

int rand(void)
{
	return (int)random();
}

void srand(unsigned int seed)
{
	srandom(seed);
}

int rand_r(unsigned int *seed)
{
	uint64_t state = *seed;
	uint64_t v = next_random(&state);

	*seed = (unsigned int)v;
	return (int)(v >> 33);
}

int abs(int v)
{
	return v < 0 ? -v : v;
}

long labs(long v)
{
	return v < 0 ? -v : v;
}

long long llabs(long long v)
{
	return v < 0 ? -v : v;
}

div_t div(int num, int den)
{
	return (div_t){ num / den, num % den };
}

ldiv_t ldiv(long num, long den)
{
	return (ldiv_t){ num / den, num % den };
}
