/* libc/string against the plainest code that does the same, at all alignments and lengths around
 * the word sizes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

void *skbox_libc_memcpy(void *dst, const void *src, size_t n);
void *skbox_libc_memmove(void *dst, const void *src, size_t n);
void *skbox_libc_memset(void *dst, int c, size_t n);
int skbox_libc_memcmp(const void *a, const void *b, size_t n);
void *skbox_libc_memchr(const void *s, int c, size_t n);
void *skbox_libc_memrchr(const void *s, int c, size_t n);
void *skbox_libc_memmem(const void *s, size_t n, const void *find, size_t len);
size_t skbox_libc_strlen(const char *s);
size_t skbox_libc_strnlen(const char *s, size_t max);
int skbox_libc_strcmp(const char *a, const char *b);
int skbox_libc_strncmp(const char *a, const char *b, size_t n);
int skbox_libc_strcasecmp(const char *a, const char *b);
char *skbox_libc_strncpy(char *dst, const char *src, size_t n);
char *skbox_libc_strcat(char *dst, const char *src);
char *skbox_libc_strncat(char *dst, const char *src, size_t n);
size_t skbox_libc_strlcpy(char *dst, const char *src, size_t size);
size_t skbox_libc_strlcat(char *dst, const char *src, size_t size);
char *skbox_libc_strchr(const char *s, int c);
char *skbox_libc_strrchr(const char *s, int c);
char *skbox_libc_strstr(const char *s, const char *find);
char *skbox_libc_strcasestr(const char *s, const char *find);
size_t skbox_libc_strspn(const char *s, const char *accept);
size_t skbox_libc_strcspn(const char *s, const char *reject);
char *skbox_libc_strpbrk(const char *s, const char *accept);
char *skbox_libc_strsep(char **s, const char *sep);
char *skbox_libc_strtok_r(char *s, const char *sep, char **save);

#define MAX 200
#define SIZE (MAX + 64)

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void fill(unsigned char *p, size_t n, unsigned int seed)
{
	while (n--) {
		seed = seed * 1103515245 + 12345;
		*p++ = (unsigned char)(seed >> 16);
	}
}

/* Heap blocks of the exact size, so that the sanitizer sees a byte too far. */
static void copy_at_all_alignments(void **state)
{
	unsigned char *from, *to;
	size_t n, a, b;

	for (n = 0; n <= MAX; n++) {
		for (a = 0; a < 9; a++) {
			for (b = 0; b < 9; b++) {
				from = malloc(n + a);
				to = malloc(n + b);
				fill(from, n + a, (unsigned int)(n + a));
				fill(to, n + b, 99);
				assert_ptr_equal(skbox_libc_memcpy(to + b, from + a, n), to + b);
				assert_memory_equal(to + b, from + a, n);
				free(from);
				free(to);
			}
		}
	}
}

static void copy_leaves_neighbours_alone(void **state)
{
	unsigned char from[SIZE], to[SIZE], want[SIZE];
	size_t n, a, i;

	fill(from, SIZE, 1);
	for (n = 0; n <= MAX; n++) {
		for (a = 0; a < 17; a++) {
			memset(to, 0xee, SIZE);
			memset(want, 0xee, SIZE);
			for (i = 0; i < n; i++)
				want[16 + a + i] = from[3 + i];
			skbox_libc_memcpy(to + 16 + a, from + 3, n);
			assert_memory_equal(to, want, SIZE);
			memset(want + 16 + a, 0x5a, n);
			skbox_libc_memset(to + 16 + a, 0x15a, n);
			assert_memory_equal(to, want, SIZE);
		}
	}
}

static void move_overlapping(void **state)
{
	unsigned char got[SIZE * 2], want[SIZE * 2], tmp[SIZE * 2];
	size_t n, from, to;

	for (n = 0; n <= MAX; n += n < 70 ? 1 : 13) {
		for (from = 0; from < 72; from++) {
			for (to = 0; to < 72; to++) {
				fill(got, sizeof(got), (unsigned int)n);
				memcpy(want, got, sizeof(got));
				memcpy(tmp, want + from, n);
				memcpy(want + to, tmp, n);
				skbox_libc_memmove(got + to, got + from, n);
				assert_memory_equal(got, want, sizeof(got));
			}
		}
	}
}

static void compare_memory(void **state)
{
	unsigned char a[SIZE], b[SIZE];
	size_t n, off, at;

	fill(a, SIZE, 7);
	for (n = 0; n < 80; n++) {
		for (off = 0; off < 9; off++) {
			memcpy(b + off, a, n);
			assert_int_equal(skbox_libc_memcmp(a, b + off, n), 0);
			for (at = 0; at < n; at++) {
				b[off + at] ^= 0x80;
				assert_int_equal(sign(skbox_libc_memcmp(a, b + off, n)),
						 sign(memcmp(a, b + off, n)));
				b[off + at] ^= 0x80;
			}
		}
	}
}

static void search_memory(void **state)
{
	const char text[] = "a needle in the hay, and a needle more";

	assert_ptr_equal(skbox_libc_memchr(text, 'n', sizeof(text)), text + 2);
	assert_null(skbox_libc_memchr(text, 'n', 2));
	assert_null(skbox_libc_memchr(text, 'x', sizeof(text)));
	assert_ptr_equal(skbox_libc_memrchr(text, 'n', sizeof(text)), strrchr(text, 'n'));
	assert_ptr_equal(skbox_libc_memmem(text, sizeof(text), "needle", 6), text + 2);
	assert_null(skbox_libc_memmem(text, 7, "needle", 6));
	assert_null(skbox_libc_memmem(text, 3, "needle", 6));
}

/* Short strings over a small alphabet, so that all the cases come up. */
static void random_string(char *s, unsigned int max)
{
	unsigned int n = (unsigned int)rand() % (max + 1);

	while (n--)
		*s++ = "abAB"[rand() % 4];
	*s = '\0';
}

static void strings_as_the_machines(void **state)
{
	char a[16], b[6], x[64], y[64];
	int i, n;

	srand(1);
	for (i = 0; i < 100000; i++) {
		random_string(a, 15);
		random_string(b, 5);
		n = rand() % 18;
		assert_int_equal(sign(skbox_libc_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(skbox_libc_strncmp(a, b, (size_t)n)),
				 sign(strncmp(a, b, (size_t)n)));
		assert_int_equal(sign(skbox_libc_strcasecmp(a, b)), sign(strcasecmp(a, b)));
		assert_int_equal(skbox_libc_strlen(a), strlen(a));
		assert_int_equal(skbox_libc_strnlen(a, (size_t)n), strnlen(a, (size_t)n));
		assert_ptr_equal(skbox_libc_strchr(a, b[0]), strchr(a, b[0]));
		assert_ptr_equal(skbox_libc_strrchr(a, b[0]), strrchr(a, b[0]));
		assert_ptr_equal(skbox_libc_strstr(a, b), strstr(a, b));
		assert_int_equal(skbox_libc_strspn(a, b), strspn(a, b));
		assert_int_equal(skbox_libc_strcspn(a, b), strcspn(a, b));
		assert_ptr_equal(skbox_libc_strpbrk(a, b), strpbrk(a, b));
		memset(x, 1, sizeof(x));
		memset(y, 1, sizeof(y));
		assert_memory_equal(skbox_libc_strncpy(x, a, (size_t)n), strncpy(y, a, (size_t)n),
				    sizeof(x));
		strcpy(x, b);
		strcpy(y, b);
		assert_memory_equal(skbox_libc_strncat(x, a, (size_t)n), strncat(y, a, (size_t)n),
				    sizeof(x) / 4);
		assert_string_equal(skbox_libc_strcat(x, b), strcat(y, b));
	}
}

static void bounded_copies(void **state)
{
	char buf[8];

	assert_int_equal(skbox_libc_strlcpy(buf, "skbuff", sizeof(buf)), 6);
	assert_string_equal(buf, "skbuff");
	assert_int_equal(skbox_libc_strlcat(buf, "erer", sizeof(buf)), 10);
	assert_string_equal(buf, "skbuffe");
	assert_int_equal(skbox_libc_strlcpy(buf, "too long by far", sizeof(buf)), 15);
	assert_string_equal(buf, "too lon");
	assert_int_equal(skbox_libc_strlcpy(NULL, "abc", 0), 3);
	buf[7] = 'x'; /* no end within the size: nothing is written */
	assert_int_equal(skbox_libc_strlcat(buf, "abc", sizeof(buf)), 11);
	assert_int_equal(buf[7], 'x');
}

static void words(void **state)
{
	char text[] = "  one, two,,three ", *save, *rest = text;

	assert_string_equal(skbox_libc_strtok_r(text, " ,", &save), "one");
	assert_string_equal(skbox_libc_strtok_r(NULL, " ,", &save), "two");
	assert_string_equal(skbox_libc_strtok_r(NULL, " ,", &save), "three");
	assert_null(skbox_libc_strtok_r(NULL, " ,", &save));
	assert_null(skbox_libc_strtok_r(NULL, " ,", &save));
	rest = strcpy(text, "a::b");
	assert_string_equal(skbox_libc_strsep(&rest, ":"), "a");
	assert_string_equal(skbox_libc_strsep(&rest, ":"), "");
	assert_string_equal(skbox_libc_strsep(&rest, ":"), "b");
	assert_null(skbox_libc_strsep(&rest, ":"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_at_all_alignments),
		cmocka_unit_test(copy_leaves_neighbours_alone),
		cmocka_unit_test(move_overlapping),
		cmocka_unit_test(compare_memory),
		cmocka_unit_test(search_memory),
		cmocka_unit_test(strings_as_the_machines),
		cmocka_unit_test(bounded_copies),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
