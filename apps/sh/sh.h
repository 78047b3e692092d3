/*
 * The shell: text -> lex -> parse -> a tree -> exec. All of a shell's state hangs off struct sh; a
 * tree lives in an arena that is freed when the command has run.
 *
 * A task's stack is small: what goes down into itself has a limit (the parser, lists in lists,
 * expansions, patterns), so chosen that all of them together fit.
 *
 * Left out on purpose: functions, case, here documents. No fork exists, so a part of a command that
 * must run beside the shell itself - `(…)`, a compound command or a builtin in a pipeline or behind
 * `&` - is given as text to a second shell.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* ---- arena.c: memory that is given back at once ---- */
struct arena {
	struct arena_block *blocks;
};
void *arena_alloc(struct arena *a, size_t size); /* zeroed; ends the shell without memory */
char *arena_strndup(struct arena *a, const char *s, size_t n);
void arena_free(struct arena *a);

/* A text that grows. */
struct str {
	char *s; /* NUL-terminated once anything was added; malloc'd */
	size_t len, size;
};
void str_add(struct str *s, const char *text, size_t n);
void str_puts(struct str *s, const char *text);
void str_putc(struct str *s, char c);
void str_free(struct str *s);

/* ---- lex.c: pure ---- */
enum token_type {
	T_EOF,
	T_NEWLINE,
	T_WORD,
	T_SEMI,
	T_AMP,
	T_AND,
	T_OR,
	T_PIPE,
	T_LESS,
	T_GREAT,
	T_APPEND,
	T_DUP, /* < > >> >& */
	T_LPAREN,
	T_RPAREN,
	T_UNFINISHED, /* a quote or $( that is not closed */
};
struct token {
	enum token_type type;
	int fd;		  /* of a redirection */
	const char *text; /* in the source, quotes and all */
	size_t len;
};
struct lexer {
	const char *p;
};
void sh_lex(struct lexer *l, struct token *t);
/* The end of the quoted or substituted part that starts at @p ('…', "…", `…`, $(…), ${…}, \c);
 * NULL: not closed. */
const char *sh_skip_quoted(const char *p);

/* ---- parse.c ---- */
enum node_kind {
	N_SIMPLE,
	N_PIPE,
	N_AND,
	N_OR,
	N_BACKGROUND,
	N_NOT,
	N_TIME,
	N_IF,
	N_WHILE,
	N_UNTIL,
	N_FOR,
	N_GROUP,
	N_SUBSHELL,
};
struct redir {
	enum token_type type;
	int fd;
	char *target; /* not yet expanded */
	struct redir *next;
};
struct node {
	enum node_kind kind;
	struct node *next; /* in a list: what runs after it */
	struct node *a, *b,
		*c; /* operands; lists in N_IF: condition, then, else; in loops: condition, body */
	char **words; /* not yet expanded: of N_SIMPLE the command, of N_FOR what to run over */
	int nr_words;
	char *name; /* of N_FOR */
	struct redir *redirs;
	char *text; /* the source of this command; of N_SUBSHELL what is between the parentheses */
};
enum parse_result { PARSE_OK, PARSE_UNFINISHED, PARSE_ERROR };
/* Parses all of @source. *@tree is NULL for nothing to do. On an error *@near is the offending
 * text, in the arena. */
enum parse_result sh_parse(struct arena *a, const char *source, struct node **tree, char **near);

/* ---- the shell ---- */
struct var {
	struct var *next;
	char *name, *value;
	bool exported;
};

struct job {
	struct job *next;
	int number;
	bool background;
	char *text;
	int status;   /* of the last stage, as wait4 gives it */
	int last_pid; /* that stage's */
	int nr_pids, nr_alive;
	int pids[]; /* 0: has ended */
};

struct sh {
	struct var *vars;
	int argc; /* $0, $1 … */
	char **argv;
	int status;		   /* $? */
	int last_background;	   /* $! */
	bool interactive;	   /* has a prompt and controls jobs */
	int pgrp;		   /* our own job: who has the console while nothing runs */
	bool exit_on_error, trace; /* set -e, set -x */
	bool bad_word;		   /* an expansion failed: the command does not run */
	int testing;		   /* depth of conditions: -e does not apply */

	/* why the tree is being left */
	bool exiting, interrupted;
	int breaking, continuing; /* loops still to be left */

	struct job *jobs; /* by number */
	struct editor *editor;
	int depth;     /* of lists that run in lists, sourced files among them */
	int expanding; /* depth of expansions in expansions */
};

/* exec.c */
int sh_run_text(struct sh *sh, const char *text); /* status; complains about bad syntax */
int sh_run_file(struct sh *sh, const char *path); /* -1: cannot be read, errno */
int sh_run_list(struct sh *sh, struct node *n);	  /* @n and what follows it */
bool sh_leaving(struct sh *sh);			  /* exit, break, Ctrl-C … */
/* Runs @text in another shell that knows our variables: its pid. */
int sh_spawn_subshell(struct sh *sh, const char *text, int flags);
/* The app that @word names, with or without a path; NULL: none. */
const char *sh_find_app(const char *word);

/* simple.c: one command */
int sh_run_simple(struct sh *sh, struct node *n);
/* Starts @n (any kind) as a task of its own with the current descriptors; its pid, or -1 with the
 * status to report in *@status. */
int sh_start(struct sh *sh, struct node *n, int flags, int *status);

/* redir.c: descriptors are changed in place, and put back */
#define SH_MAX_SAVED 8
struct saved_fds {
	int n;
	struct {
		int fd, copy; /* copy -1: @fd was closed */
	} saved[SH_MAX_SAVED];
};
bool sh_fd_replace(struct saved_fds *s, int fd, int by); /* by -1: close; false: said why */
bool sh_redirect(struct sh *sh, struct redir *r, struct saved_fds *s); /* false: said why */
void sh_fd_restore(struct saved_fds *s);

/* expand.c: words to arguments. In the arena. */
char **sh_expand_words(struct sh *sh, struct arena *a, char **words, int n, int *argc);
char *sh_expand_one(struct sh *sh, struct arena *a,
		    const char *word); /* no splitting, no globbing */

/* arith.c: the value of an expression of integers, variables and the operators of C; false: it is
 * none. */
bool sh_arith(struct sh *sh, const char *text, long *value);

/* glob.c */
bool sh_has_glob(const char *pattern);
bool sh_match(const char *pattern, const char *s);
/* The paths that match, sorted, in the arena; 0: none. A backslash in @pattern quotes. */
int sh_glob(struct arena *a, const char *pattern, char ***paths);

/* vars.c */
const char *sh_get(struct sh *sh, const char *name); /* NULL: not set */
struct var *sh_set(struct sh *sh, const char *name, const char *value);
void sh_unset(struct sh *sh, const char *name);
bool sh_is_name(const char *s, size_t len);
/* If @word is NAME=…: the length of NAME, else 0. */
size_t sh_assignment(const char *word);
/* 'quoted' so that it can be read back. */
void sh_quote(struct str *out, const char *value);

/* jobs.c */
struct job *sh_job_new(struct sh *sh, const char *text,
		       int room); /* for @room tasks; NULL: said why */
void sh_job_add(struct job *j, int pid);
void sh_job_drop(struct sh *sh, struct job *j); /* frees @j */
int sh_job_run(struct sh *sh, struct job *j);	/* in the foreground: $? of it; frees @j */
void sh_job_background(struct sh *sh, struct job *j);
struct job *sh_job_find(struct sh *sh, const char *spec); /* "%1", "%%", "%ping"; NULL: none */
struct job *sh_job_of(struct sh *sh, int pid);		  /* whose last stage is @pid; NULL: none */
void sh_jobs_reap(struct sh *sh);
void sh_jobs_report(struct sh *sh, bool all); /* prints what ended since (or all) */
int sh_status(int wait_status);
bool sh_wait(struct sh *sh, struct job *j); /* until @j (NULL: all) has ended; false: interrupted */

/* builtins.c */
struct builtin {
	const char *name;
	int (*fn)(struct sh *sh, int argc, char **argv);
	const char *help;
};
extern const struct builtin sh_builtins[];
extern const size_t sh_nr_builtins;
const struct builtin *sh_builtin(const char *name);
