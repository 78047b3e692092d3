/*
 * The shell and the small commands as a user meets them: each script runs in a shell of its own,
 * and what it prints is compared.
 */
#include "kern.h"

#include <abi/app.h>
#include <abi/fcntl.h>
#include <string.h>

#include "apps/sh/sh.h"
#include "kernel/arch/host/skbox.h"
#include "tests/unit/task.h"

#define A10(s) s s s s s s s s s s

static const struct {
	const char *script, *output;
} cases[] = {
	/* words and quotes */
	{ "echo one  two", "one two\n" },
	{ "echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n" },
	{ "echo \"it's\" 'say \"hi\"'", "it's say \"hi\"\n" },
	{ "echo a#b # comment", "a#b\n" },
	{ "echo '' | wc -c", "1\n" },
	{ "set -- a '' b; echo $#", "3\n" },
	/* variables */
	{ "x=5; echo $x ${x}y \"$x\" '$x' \\$x", "5 5y 5 $x $x\n" },
	{ "x='a  b'; echo $x; echo \"$x\"", "a b\na  b\n" },
	{ "echo [${nope:-default}] [${nope}] [${PWD:+set}]", "[default] [] []\n" },
	{ "x=1 y=2; echo $x$y; unset x; echo [$x]", "12\n[]\n" },
	{ "false; echo $?; true; echo $?", "1\n0\n" },
	{ "x=$(echo a; echo b); echo \"$x\"", "a\nb\n" },
	{ "echo `echo back` $(echo $(echo nested))", "back nested\n" },
	{ "set -- p 'q r'; for i in \"$@\"; do echo \"<$i>\"; done", "<p>\n<q r>\n" },
	{ "set -- 1 2 3; shift; echo $1 $#", "2 2\n" },
	/* arithmetic */
	{ "i=3; echo $((i * (2 + 1) - 10 / 3 % 2)) $((-i)) $((i >= 3 && i != 4))", "8 -3 1\n" },
	{ "echo $((0x10)) $((1 +))", "sh: 1 +: not an expression\n" },
	{ "echo $((1 + 1) ; echo $?", "sh: syntax error: unexpected end\n" },
	/* lists, conditions, loops */
	{ "false && echo a || echo b && echo c; true || echo d && echo e", "b\nc\ne\n" },
	{ A10("true && ") A10("true && ") A10("true && ") "echo end", "end\n" },
	{ "true && echo a || echo b; false && echo c || echo d", "a\nd\n" },
	{ "! false && echo yes", "yes\n" },
	{ "if false; then echo a; elif true; then echo b; else echo c; fi", "b\n" },
	{ "if [ 3 -gt 2 -a x = x ]; then echo ok; fi", "ok\n" },
	{ "for i in a b c; do\n  [ $i = b ] && continue\n  echo $i\ndone", "a\nc\n" },
	{ "i=0; while true; do i=$((i+1)); [ $i -ge 4 ] && break; done; echo $i", "4\n" },
	{ "until [ -e /tmp/u ]; do echo > /tmp/u; echo made; done", "made\n" },
	{ "for i in 1 2; do for j in a b; do [ $j = b ] && break 2; echo $i$j; done; done",
	  "1a\n" },
	{ "exit 3; echo not reached", "" },
	{ "set -e; true; false; echo not reached", "" },
	/* pipes and redirections */
	{ "echo hello | cat | cat -n", "     1\thello\n" },
	{ "for i in c a b; do echo $i; done | grep -v a", "c\nb\n" },
	{ "echo x > /tmp/r; echo y >> /tmp/r; cat < /tmp/r; rm /tmp/r", "x\ny\n" },
	{ "ls /nope 2>&1 | wc -l", "1\n" },
	{ "ls /nope 2>/dev/null; echo $?", "1\n" },
	{ "{ echo a; echo b; } > /tmp/g; cat /tmp/g", "a\nb\n" },
	{ "(cd /etc; pwd); pwd", "/etc\n/\n" },
	{ "x=1; (x=2; echo $x); echo $x", "2\n1\n" },
	{ "echo text | read; echo [$REPLY]; echo one | while read l; do echo got $l; done",
	  "[]\ngot one\n" },
	{ "false | true; echo $?; true | nosuch 2>/dev/null; echo $?", "0\n127\n" },
	{ "echo > /nope/x; echo $?", "sh: /nope/x: No such file or directory\n1\n" },
	/* globbing */
	{ "mkdir /tmp/d; touch /tmp/d/b1 /tmp/d/a1 /tmp/d/.h; echo /tmp/d/*1 /tmp/d/x*; echo '/tmp/d/*'",
	  "/tmp/d/a1 /tmp/d/b1 /tmp/d/x*\n/tmp/d/*\n" },
	/* deeper than the stack reaches */
	{ "echo " A10("${a:-") A10("${a:-") "x" A10("}") A10("}") "; echo $?",
	  "sh: expansions are nested too deeply\n1\n" },
	{ A10("if true; then ") A10("if true; then ") "echo x" A10("; fi") A10("; fi"),
	  "sh: syntax error near 'true'\n" },
	{ "a='eval \"$a\"'; eval \"$a\"; echo never", "sh: nested too deeply\n" },
	{ "mkdir /tmp/many; cd /tmp/many; for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9 0; do > $i$j; > "
	  "$i$j$j; > $i$j$i; > x$i$j; done; done; echo * | wc -w; rm *; ls; cd /; rm -r tmp/many",
	  "351\n" },
	{ "echo /tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../etc/host*s",
	  "/tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../tmp/../etc/hosts\n" },
	{ "true " A10(">/dev/null ") "; echo $?", "sh: more than 8 redirections\n1\n" },
	/* jobs */
	{ "echo through " A10("| cat ") A10("| cat "), "through\n" },
	{ A10("sleep 0.01 & sleep 0.01 & sleep 0.01 & sleep 0.01 & ") "wait; echo all", "all\n" },
	{ "false & wait $!; echo $?; sleep 0.01 | false & wait $!; echo $?; wait 999",
	  "1\n1\nwait: 999: not a child of this shell\n" },
	{ "sleep 0.05 & wait; echo done", "done\n" },
	{ "(exit 7) & wait $!; echo $?", "7\n" },
	{ "sleep 10 & kill $!; wait $!; echo $?", "143\n" },
	/* errors */
	{ "nosuch; echo $?", "sh: nosuch: command not found\n127\n" },
	{ "/etc/none; echo $?", "sh: /etc/none: no such file\n127\n" },
	{ "echo a; fi", "sh: syntax error near 'fi'\n" },
	{ "echo 'open", "sh: syntax error: unexpected end\n" },
	{ "cat -z; echo $?", "cat: invalid option -- 'z'\n2\n" },
	{ "sleep x; echo $?", "sleep: bad time 'x'\n2\n" },
	/* scripts */
	{ "echo 'echo $0 $1 $#; exit 4' > /tmp/s; sh /tmp/s a b; echo $?; /tmp/s c; . /etc/none",
	  "/tmp/s a 2\n4\n/tmp/s c 1\n.: /etc/none: No such file or directory\n" },
	{ "echo 'v=sourced' > /tmp/v; . /tmp/v; echo $v; eval echo '$v'", "sourced\nsourced\n" },
	/* small commands */
	{ "echo -n a; echo -e 'b\\tc\\x41\\c'; echo d", "ab\tcAd\n" },
	{ "echo -e 'a\\nb\\nc' | head -n 2 | tail -n 1", "b\n" },
	{ "echo 'one two' | wc -w; echo ab | grep -c '^a.$'; echo abc | grep -q 'b*c$' && echo y",
	  "2\n1\ny\n" },
	{ "mkdir -p /tmp/m/n; echo f > /tmp/m/n/f; cp /tmp/m/n/f /tmp/m; mv /tmp/m/f /tmp/m/g; ls -1 /tmp/m;"
	  " rm -r /tmp/m; ls /tmp/m",
	  "g\nn\nls: /tmp/m: No such file or directory\n" },
	{ "test 1 -lt 2 && [ -d /etc -a ! -f /etc ] && [ -z '' ] && echo t; [ 1 -eq x ]; echo $?",
	  "t\n[: not an expression\n2\n" },
	{ "date -u -s @86400 +%F-%T", "1970-01-02-00:00:00\n" },
	{ "hostname walker; hostname; uname -n", "walker\nwalker\n" },
	{ "kill -l | grep -c SIG; kill -NOPE 1; echo $?", "12\nkill: NOPE: no such signal\n2\n" },
	{ "sysctl -w kernel.console_loglevel=4; sysctl -n kernel.console_loglevel; sysctl kernel.nope",
	  "kernel.console_loglevel = 4\n4\nsysctl: cannot stat /proc/sys/kernel.nope: No such file or directory\n" },
};
#define NR_CASES (sizeof(cases) / sizeof(cases[0]))

static char out[4096];
static size_t now;

static long sys(long nr, const void *a, const void *b, long c)
{
	return syscall_dispatch(nr, (long)a, (long)b, c, 0, 0, 0);
}

/* Runs cases[now] with its output in a file, and reads that. */
static int run_case(int argc, char **argv)
{
	char *args[] = { "sh", "-c", (char *)cases[now].script, NULL };
	long fd = sys(SYS_open, "/tmp/out", (void *)(O_RDWR | O_CREAT | O_TRUNC), 0644);
	long pid, n;
	int status;

	EXPECT(fd == 0 || sys(SYS_dup2, (void *)fd, (void *)0, 0) == 0);
	EXPECT(sys(SYS_dup2, (void *)0, (void *)1, 0) == 1);
	EXPECT(sys(SYS_dup2, (void *)0, (void *)2, 0) == 2);
	pid = sys(SYS_spawn, "sh", args, 0);
	EXPECT(pid > 0);
	EXPECT(sys(SYS_wait4, (void *)pid, &status, 0) == pid);
	EXPECT(sys(SYS_lseek, (void *)0, (void *)0, SEEK_SET) == 0);
	n = sys(SYS_read, (void *)0, out, sizeof(out) - 1);
	EXPECT(n >= 0);
	out[n] = '\0';
	return 0;
}

static void test_cases(void **state)
{
	for (now = 0; now < NR_CASES; now++) {
		int pid = task_begin(run_case);
		int status = -1;

		/* Some of them sleep. */
		for (int ms = 0; ms < 1000 && task_wait(pid, &status, WNOHANG) != pid; ms++) {
			library_settle();
			skbox_advance(1000000);
		}
		if (task_failure)
			fail_msg("%s: line %d: %s", cases[now].script, task_failure_line,
				 task_failure);
		assert_int_equal(status, 0);
		if (strcmp(out, cases[now].output))
			fail_msg("%s\nprinted:\n%sand not:\n%s", cases[now].script, out,
				 cases[now].output);
	}
}

/* Random words of the language: the parser says what it thinks of them, and no more. */
static int parse_anything(int argc, char **argv)
{
	static const char *const words[] = { "if",    "then", "else", "elif", "fi",  "for",  "in",
					     "while", "do",   "done", "{",    "}",   "(",    ")",
					     ";",     "&",    "&&",   "||",   "|",   "\n",   ">",
					     "<",     "2>&",  "!",    "a",    "'b'", "$(c)", "x=1",
					     "time",  "\"",   "#" };

	for (int round = 0; round < 20000; round++) {
		struct arena a = { 0 };
		struct node *tree;
		char text[256] = "", *near;

		for (u32 n = test_random() % 24; n; n--) {
			strcat(text, words[test_random() % (sizeof(words) / sizeof(words[0]))]);
			strcat(text, test_random() % 4 ? " " : "");
		}
		EXPECT((sh_parse(&a, text, &tree, &near) == PARSE_ERROR) == (near != NULL));
		arena_free(&a);
	}
	return 0;
}

static void test_parse_anything(void **state)
{
	assert_int_equal(task_end(task_begin(parse_anything)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases),
					    cmocka_unit_test(test_parse_anything) };

	kern_start("");
	task_begin(task_init);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
