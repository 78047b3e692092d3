/*
 * Unpacks a tar into the RAM file system at boot: the root that is built into the image, then the
 * boot modules over it. Links and devices are left out, since the file system has none. Archives
 * come from the user, so every number in them is checked.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/printk.h"
#include "kernel/ramfs.h"
#include "kernel/tar.h"
#include "kernel/timer.h"

/* Fields of a header: offset and size. POSIX.1-1988, "ustar Interchange Format". */
enum {
	NAME = 0,
	NAME_LEN = 100,
	MODE = 100,
	MODE_LEN = 8,
	SIZE = 124,
	SIZE_LEN = 12,
	MTIME = 136,
	MTIME_LEN = 12,
	CHKSUM = 148,
	CHKSUM_LEN = 8,
	TYPEFLAG = 156,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_LEN = 155,
};

/* An octal number, with spaces before and a NUL or space after it unless it fills the field. */
static bool tar_octal(const u8 *p, size_t len, u64 *value)
{
	u64 n = 0;
	size_t i = 0;

	while (i < len && p[i] == ' ')
		i++;
	for (; i < len && p[i] >= '0' && p[i] <= '7'; i++) {
		if (n >> 60)
			return false;
		n = n << 3 | (u64)(p[i] - '0');
	}
	*value = n;
	return i == len || p[i] == '\0' || p[i] == ' ';
}

/* The sum of all bytes, with the checksum itself taken as spaces. */
static u32 tar_checksum(const u8 *block)
{
	u32 sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i - CHKSUM < CHKSUM_LEN ? ' ' : block[i];
	return sum;
}

static size_t tar_text(char *to, const u8 *from, size_t len)
{
	size_t n = strnlen((const char *)from, len);

	memcpy(to, from, n);
	to[n] = '\0';
	return n;
}

static void tar_name(const u8 *block, struct tar_view *v)
{
	size_t n = 0;

	/* GNU's own magic ends in spaces, and keeps other things where the prefix would be. */
	if (block[MAGIC + 5] == '\0')
		n = tar_text(v->name, block + PREFIX, PREFIX_LEN);
	if (n)
		v->name[n++] = '/';
	tar_text(v->name + n, block + NAME, NAME_LEN);
	_Static_assert(NAME_LEN + 1 + PREFIX_LEN <= sizeof(v->name), "a name fits");
}

static enum tar_type tar_type(char flag)
{
	switch (flag) {
	case '0':
	case '7':
	case '\0':
		return TAR_FILE;
	case '5':
		return TAR_DIR;
	case 'L':
		return TAR_GNU_NAME;
	case 'x':
		return TAR_PAX;
	case 'g':
		return TAR_PAX_GLOBAL;
	default:
		return TAR_OTHER;
	}
}

static bool all_zeros(const u8 *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

int tar_parse(const u8 *block, size_t len, struct tar_view *v)
{
	u64 mode, sum;

	if (len == 0)
		return 0;
	if (len < TAR_BLOCK)
		return -EINVAL;
	if (all_zeros(block, TAR_BLOCK))
		return 0;
	if (memcmp(block + MAGIC, "ustar", 5) != 0 ||
	    !tar_octal(block + CHKSUM, CHKSUM_LEN, &sum) || sum != tar_checksum(block))
		return -EINVAL;
	if (!tar_octal(block + MODE, MODE_LEN, &mode) ||
	    !tar_octal(block + SIZE, SIZE_LEN, &v->size) ||
	    !tar_octal(block + MTIME, MTIME_LEN, &v->mtime))
		return -EINVAL;
	tar_name(block, v);
	v->mode = mode & 07777;
	v->typeflag = (char)block[TYPEFLAG];
	v->type = tar_type(v->typeflag);
	/* Links, devices and directories have no data, whatever the size says. */
	if (v->typeflag >= '1' && v->typeflag <= '6')
		v->size = 0;
	return 1;
}

/*
 * A record's length in decimal, and the space behind it. How many bytes that took, 0: it is none.
 */
static size_t pax_length(const u8 *data, size_t len, size_t *value)
{
	size_t n = 0, i = 0;

	while (i < len && i < 6 && data[i] >= '0' && data[i] <= '9')
		n = n * 10 + (size_t)(data[i++] - '0');
	*value = n;
	return i && i < len && data[i] == ' ' ? i + 1 : 0;
}

/* Records are "LENGTH KEY=VALUE\n"; the length is that of the whole record. POSIX.1-2001, pax. */
int tar_pax_path(const u8 *data, size_t len, char name[PATH_MAX])
{
	static const char key[] = "path=";
	int found = 0;

	while (len) {
		size_t record, head = pax_length(data, len, &record), value;

		if (!head || record <= head || record > len || data[record - 1] != '\n')
			return -EINVAL;
		value = head + strlen(key);
		if (record - 1 >= value && memcmp(data + head, key, strlen(key)) == 0) {
			if (record - 1 - value >= PATH_MAX)
				return -ENAMETOOLONG;
			tar_text(name, data + value, record - 1 - value);
			found = 1;
		}
		data += record;
		len -= record;
	}
	return found;
}

/* ---- unpacking ---- */

/*
 * Makes @name canonical and relative to the root, in place. False: it holds "..", or a name that
 * is too long.
 */
static bool tar_clean_name(char *name)
{
	char *to = name;

	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");
		bool skip = n == 0 || (n == 1 && p[0] == '.');

		if ((n == 2 && p[0] == '.' && p[1] == '.') || n > NAME_MAX)
			return false;
		if (!skip) {
			if (to != name)
				*to++ = '/';
			memmove(to, p, n);
			to += n;
		}
		p += n + (p[n] == '/');
	}
	*to = '\0';
	return true;
}

struct unpacking {
	const char *what;
	const u8 *pos;
	size_t left;
	char long_name[PATH_MAX]; /* for the next entry, if not "" */
	bool skipped;		  /* said so once */
};

static int tar_add(struct unpacking *u, struct tar_view *v)
{
	char *name = u->long_name[0] ? u->long_name : v->name;
	u64 mtime = v->mtime * NSEC_PER_SEC;
	int err = -EINVAL;

	if (!tar_clean_name(name))
		goto out;
	if (v->type == TAR_DIR)
		err = ramfs_add_dir(name, v->mode, mtime);
	else if (name[0])
		err = ramfs_add_file(name, v->mode, mtime, u->pos, v->size);
out:
	if (err)
		printk(KERN_ERR "%s: %s: cannot unpack (error %d)\n", u->what, name, -err);
	u->long_name[0] = '\0';
	return err;
}

/* An entry that only says the name of the next one. */
static int tar_long_name(struct unpacking *u, const struct tar_view *v)
{
	int err = -ENAMETOOLONG;

	if (v->type == TAR_PAX)
		err = tar_pax_path(u->pos, v->size, u->long_name);
	else if (v->size < sizeof(u->long_name))
		err = (int)tar_text(u->long_name, u->pos, v->size);
	if (err < 0)
		printk(KERN_ERR "%s: %s: cannot be read (error %d)\n", u->what, v->name, -err);
	return min(err, 0);
}

static void tar_skip(struct unpacking *u, const struct tar_view *v)
{
	u->long_name[0] = '\0';
	if (!u->skipped)
		printk(KERN_WARNING "%s: %s: entries of type '%c' are left out\n", u->what, v->name,
		       v->typeflag > ' ' ? v->typeflag : '?');
	u->skipped = true;
}

static int tar_entry(struct unpacking *u, struct tar_view *v)
{
	switch (v->type) {
	case TAR_FILE:
	case TAR_DIR:
		return tar_add(u, v);
	case TAR_GNU_NAME:
	case TAR_PAX:
		return tar_long_name(u, v);
	case TAR_PAX_GLOBAL:
		return 0;
	default:
		tar_skip(u, v);
		return 0;
	}
}

void tar_unpack(const char *what, const void *data, size_t len)
{
	struct unpacking u = { .what = what, .pos = data, .left = len };
	struct tar_view v;
	size_t step;
	int got;

	while ((got = tar_parse(u.pos, u.left, &v)) == 1) {
		u.pos += TAR_BLOCK;
		u.left -= TAR_BLOCK;
		if (v.size > u.left) {
			printk(KERN_ERR "%s: %s: the archive ends inside this file\n", what,
			       v.name);
			return;
		}
		if (tar_entry(&u, &v))
			return;
		/* The last file may lack its padding. */
		step = min(ALIGN_UP((size_t)v.size, TAR_BLOCK), u.left);
		u.pos += step;
		u.left -= step;
	}
	if (got < 0)
		printk(KERN_ERR "%s: not a tar archive at byte %zu, ignored from there\n", what,
		       len - u.left);
}
