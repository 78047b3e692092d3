/*
 * test, [: the conditions of scripts. ! EXPR, EXPR -a EXPR, EXPR -o EXPR; files (-e -f -d -s -r),
 * strings (-n -z = !=), numbers (-eq -ne -lt -le -gt -ge).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"

struct words {
	char **at;
	int left;
	bool bad; /* not an expression */
};

static bool test_file(char op, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	switch (op) {
	case 'f':
		return S_ISREG(st.st_mode);
	case 'd':
		return S_ISDIR(st.st_mode);
	case 's':
		return st.st_size > 0;
	default:
		return true;
	}
}

static bool is_unary(const char *op)
{
	return op[0] == '-' && op[1] && !op[2] && strchr("edfsrnz", op[1]);
}

static bool unary(const char *op, const char *word)
{
	if (op[1] == 'n')
		return *word;
	if (op[1] == 'z')
		return !*word;
	return test_file(op[1], word);
}

static int number_op(const char *op)
{
	static const char *const ops[] = { "-eq", "-ne", "-lt", "-le", "-gt", "-ge" };

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (!strcmp(op, ops[i]))
			return i;
	return -1;
}

static bool is_binary(const char *op)
{
	return !strcmp(op, "=") || !strcmp(op, "==") || !strcmp(op, "!=") || number_op(op) >= 0;
}

static bool binary(struct words *w, const char *a, const char *op, const char *b)
{
	long x, y;

	if (number_op(op) < 0)
		return (strcmp(a, b) == 0) == (op[0] == '=');
	if (!app_number(a, -0x7fffffffffffL, 0x7fffffffffffL, &x) ||
	    !app_number(b, -0x7fffffffffffL, 0x7fffffffffffL, &y)) {
		w->bad = true;
		return false;
	}
	switch (number_op(op)) {
	case 0:
		return x == y;
	case 1:
		return x != y;
	case 2:
		return x < y;
	case 3:
		return x <= y;
	case 4:
		return x > y;
	default:
		return x >= y;
	}
}

static void skip(struct words *w, int n)
{
	w->at += n;
	w->left -= n;
}

static bool primary(struct words *w)
{
	char **at = w->at;

	if (w->left >= 3 && is_binary(at[1])) {
		skip(w, 3);
		return binary(w, at[0], at[1], at[2]);
	}
	if (w->left >= 2 && !strcmp(at[0], "!")) {
		skip(w, 1);
		return !primary(w);
	}
	if (w->left >= 2 && is_unary(at[0])) {
		skip(w, 2);
		return unary(at[0], at[1]);
	}
	if (!w->left) {
		w->bad = true;
		return false;
	}
	skip(w, 1);
	return *at[0];
}

/* -a and -o from left to right: scripts that need more write two commands. */
static bool expression(struct words *w)
{
	bool result = primary(w);

	while (w->left && !w->bad) {
		bool and = !strcmp(w->at[0], "-a");
		bool next;

		if (!and&&strcmp(w->at[0], "-o")) {
			w->bad = true;
			break;
		}
		skip(w, 1);
		next = primary(w);
		result = and? result && next : result || next;
	}
	return result;
}

int main(int argc, char **argv)
{
	struct words w = { argv + 1, argc - 1, false };
	bool result;

	if (!strcmp(argv[0], "[")) {
		if (argc < 2 || strcmp(argv[argc - 1], "]"))
			return app_error("[", "missing ]"), 2;
		w.left--;
	}
	if (!w.left)
		return 1;
	result = expression(&w);
	if (w.bad)
		return app_error(argv[0], "not an expression"), 2;
	return !result;
}
