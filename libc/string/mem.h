/* Unaligned words for the mem* family. */
#pragma once

#include <stdint.h>

typedef uint64_t __attribute__((aligned(1), may_alias)) mem_u64;
typedef uint32_t __attribute__((aligned(1), may_alias)) mem_u32;
typedef uint16_t __attribute__((aligned(1), may_alias)) mem_u16;

/* Hides @p's history, so that the compiler does not see a copy loop and turn memcpy into a call of
 * memcpy. */
#define mem_opaque(p) __asm__("" : "+r"(p))
