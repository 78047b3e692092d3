/*
 * Memory from Linux, and the address sanitizer's view of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/arch/host/hostio.h"

#define GUARD 4096UL

__attribute__((weak)) void __asan_poison_memory_region(const volatile void *addr, size_t size);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void *addr, size_t size);

void host_poison(const void *addr, size_t size)
{
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(addr, size);
}

void host_unpoison(const void *addr, size_t size)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(addr, size);
}

static void *map(size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return addr == MAP_FAILED ? NULL : addr;
}

/* Aligned to its size, rounded to a power of two, so that the page allocator's blocks can be as
 * large. */
void *host_ram_alloc(size_t size)
{
	size_t align = GUARD;
	uintptr_t addr;

	while (align < size)
		align <<= 1;
	addr = (uintptr_t)map(size + align);
	return addr ? (void *)((addr + align - 1) & ~(align - 1)) : NULL;
}

/*
 * Tells valgrind of a stack: VALGRIND_STACK_REGISTER, spelt out so that nobody needs its header.
 * The rotations do nothing (128 bits in all); valgrind knows them by their pattern.
 */
static void valgrind_stack(const char *start, const char *end)
{
	const uint64_t args[6] = { 0x1501, (uint64_t)start, (uint64_t)end };
	uint64_t id = 0;

	__asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\t"
			 "rolq $61, %%rdi\n\trolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(id)
			 : "a"(args)
			 : "cc", "memory");
}

void *host_stack_alloc(size_t size)
{
	char *addr = map(size + GUARD);

	if (!addr)
		return NULL;
	mprotect(addr, GUARD, PROT_NONE);
	/* A stack that was here before has left its frames' red zones. */
	host_unpoison(addr + GUARD, size);
	valgrind_stack(addr + GUARD, addr + GUARD + size);
	return addr + GUARD;
}

void host_stack_free(void *stack, size_t size)
{
	host_unpoison(stack, size);
	munmap((char *)stack - GUARD, size + GUARD);
}

const void *host_file_map(const char *path, size_t *len, int *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *data = MAP_FAILED;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	*err = -errno;
	if (fd >= 0)
		close(fd);
	if (data == MAP_FAILED)
		return NULL;
	*len = (size_t)st.st_size;
	return data;
}
