/* rm: removes files. -r: directories with all that is in them, -f: no complaint about what does not
 * exist. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

#define MAX_DEPTH 16

static int remove_path(const char *path, bool deep, bool force, int depth);

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Removing moves the entries on: each round takes the first one that is left. */
static int remove_first_entry(const char *dir, bool force, int depth, bool *any)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *path = NULL;
	int status;

	*any = false;
	if (!d)
		return app_perror("rm", dir);
	while ((e = readdir(d)) && is_dots(e->d_name))
		;
	if (e && asprintf(&path, "%s/%s", dir, e->d_name) < 0)
		path = NULL;
	closedir(d);
	if (!path)
		return 0;
	*any = true;
	status = remove_path(path, true, force, depth);
	free(path);
	return status;
}

static int remove_dir(const char *path, bool force, int depth)
{
	bool any;
	int status;

	if (depth == MAX_DEPTH)
		return app_error("rm", "%s: too deep", path);
	do {
		status = remove_first_entry(path, force, depth + 1, &any);
	} while (any && !status);
	if (status)
		return status;
	return rmdir(path) < 0 ? app_perror("rm", path) : 0;
}

static int remove_path(const char *path, bool deep, bool force, int depth)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return force && errno == ENOENT ? 0 : app_perror("rm", path);
	if (S_ISDIR(st.st_mode) && deep)
		return remove_dir(path, force, depth);
	return unlink(path) < 0 ? app_perror("rm", path) : 0;
}

int main(int argc, char **argv)
{
	bool deep = false, force = false;
	int c, status = 0;

	while ((c = getopt(argc, argv, ":rRf")) != -1) {
		if (c == 'r' || c == 'R')
			deep = true;
		else if (c == 'f')
			force = true;
		else
			return app_badopt(argv, c);
	}
	if (optind == argc && !force)
		return app_usage(argv[0]);
	for (; optind < argc; optind++)
		status |= remove_path(argv[optind], deep, force, 0);
	return status;
}
