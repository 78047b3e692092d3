/*
 * The shell's parser: tokens to a tree, by recursive descent.
 *
 *   list     = and_or { (";" | "&" | newline) and_or }
 *   and_or   = pipeline { ("&&" | "||") pipeline }
 *   pipeline = ["time"] ["!"] command { "|" command }
 *   command  = if | while | until | for | "{" list "}" | "(" list ")" | words and redirections
 */
#include <ctype.h>
#include <string.h>

#include "sh.h"

#define MAX_NESTING 16

struct parser {
	struct lexer lex;
	struct token tok;     /* not yet consumed */
	const char *last_end; /* of the token consumed before */
	struct arena *arena;
	enum parse_result result; /* not PARSE_OK: everything unwinds */
	struct token bad;
	int nesting;
};

static struct node *parse_list(struct parser *p);

static void advance(struct parser *p)
{
	p->last_end = p->tok.text + p->tok.len;
	sh_lex(&p->lex, &p->tok);
}

static bool failed(struct parser *p)
{
	return p->result != PARSE_OK;
}

static void *fail(struct parser *p)
{
	if (failed(p))
		return NULL;
	p->bad = p->tok;
	p->result = p->tok.type == T_EOF || p->tok.type == T_UNFINISHED ? PARSE_UNFINISHED :
									  PARSE_ERROR;
	return NULL;
}

static bool is_word(struct parser *p, const char *word)
{
	return p->tok.type == T_WORD && p->tok.len == strlen(word) &&
	       !memcmp(p->tok.text, word, p->tok.len);
}

/* Consumes @word if it comes next. */
static bool accept(struct parser *p, const char *word)
{
	if (!is_word(p, word))
		return false;
	advance(p);
	return true;
}

static void expect(struct parser *p, const char *word)
{
	if (!accept(p, word))
		fail(p);
}

static void skip_newlines(struct parser *p)
{
	while (p->tok.type == T_NEWLINE)
		advance(p);
}

static void skip_separators(struct parser *p)
{
	while (p->tok.type == T_NEWLINE || p->tok.type == T_SEMI)
		advance(p);
}

static struct node *new_node(struct parser *p, enum node_kind kind, struct node *a, struct node *b)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	n->kind = kind;
	n->a = a;
	n->b = b;
	return n;
}

static char *take_text(struct parser *p)
{
	char *text = arena_strndup(p->arena, p->tok.text, p->tok.len);

	advance(p);
	return text;
}

static void add_word(struct parser *p, struct node *n)
{
	/* A power of two is full: double it. */
	if (!(n->nr_words & (n->nr_words - 1))) {
		char **more = arena_alloc(p->arena, (n->nr_words * 2 + 1) * sizeof(*more));

		if (n->nr_words)
			memcpy(more, n->words, n->nr_words * sizeof(*more));
		n->words = more;
	}
	n->words[n->nr_words++] = take_text(p);
}

static bool at_redirection(struct parser *p)
{
	return p->tok.type >= T_LESS && p->tok.type <= T_DUP;
}

static void parse_redirection(struct parser *p, struct node *n)
{
	struct redir *r = arena_alloc(p->arena, sizeof(*r)), **end = &n->redirs;

	r->type = p->tok.type;
	r->fd = p->tok.fd;
	advance(p);
	if (p->tok.type != T_WORD) {
		fail(p);
		return;
	}
	r->target = take_text(p);
	while (*end)
		end = &(*end)->next;
	*end = r;
}

static struct node *parse_simple(struct parser *p)
{
	struct node *n = new_node(p, N_SIMPLE, NULL, NULL);

	while (!failed(p)) {
		if (p->tok.type == T_WORD)
			add_word(p, n);
		else if (at_redirection(p))
			parse_redirection(p, n);
		else
			break;
	}
	if (!n->nr_words && !n->redirs)
		return fail(p);
	return n;
}

static bool at_separator(struct parser *p)
{
	return p->tok.type == T_EOF || p->tok.type == T_NEWLINE || p->tok.type == T_SEMI;
}

/* The words that end a list when they stand where a command could. */
static bool at_list_end(struct parser *p)
{
	static const char *const words[] = { "then", "elif", "else", "fi", "do", "done", "}" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(p, words[i]))
			return true;
	return p->tok.type == T_EOF || p->tok.type == T_RPAREN || p->tok.type == T_UNFINISHED;
}

/* A list that must not be empty. */
static struct node *parse_body(struct parser *p)
{
	struct node *n = parse_list(p);

	return n ? n : fail(p);
}

/* After "if" or "elif". */
static struct node *parse_if(struct parser *p)
{
	struct node *n = new_node(p, N_IF, NULL, NULL);

	n->a = parse_body(p);
	expect(p, "then");
	n->b = parse_body(p);
	if (failed(p))
		return NULL;
	if (accept(p, "elif")) {
		n->c = parse_if(p);
		return n;
	}
	if (accept(p, "else"))
		n->c = parse_body(p);
	expect(p, "fi");
	return n;
}

static struct node *parse_do(struct parser *p)
{
	struct node *body;

	expect(p, "do");
	body = parse_body(p);
	expect(p, "done");
	return body;
}

static struct node *parse_for(struct parser *p)
{
	struct node *n = new_node(p, N_FOR, NULL, NULL);

	if (p->tok.type != T_WORD || !sh_is_name(p->tok.text, p->tok.len))
		return fail(p);
	n->name = take_text(p);
	expect(p, "in");
	while (p->tok.type == T_WORD)
		add_word(p, n);
	if (p->tok.type != T_SEMI && p->tok.type != T_NEWLINE)
		return fail(p);
	skip_separators(p);
	n->b = parse_do(p);
	return n;
}

static struct node *parse_while(struct parser *p, enum node_kind kind)
{
	struct node *n = new_node(p, kind, NULL, NULL);

	n->a = parse_body(p);
	n->b = parse_do(p);
	return n;
}

static struct node *parse_subshell(struct parser *p)
{
	struct node *n = new_node(p, N_SUBSHELL, NULL, NULL);

	advance(p);
	n->text = (char *)p->tok.text;
	n->a = parse_body(p);
	if (p->tok.type != T_RPAREN)
		return fail(p);
	n->text = arena_strndup(p->arena, n->text, p->tok.text - n->text);
	advance(p);
	return n;
}

static struct node *parse_compound(struct parser *p)
{
	struct node *n = NULL;

	if (p->tok.type == T_LPAREN)
		n = parse_subshell(p);
	else if (accept(p, "if"))
		n = parse_if(p);
	else if (accept(p, "for"))
		n = parse_for(p);
	else if (accept(p, "while"))
		n = parse_while(p, N_WHILE);
	else if (accept(p, "until"))
		n = parse_while(p, N_UNTIL);
	else if (accept(p, "{")) {
		n = new_node(p, N_GROUP, parse_body(p), NULL);
		expect(p, "}");
	}
	while (n && !failed(p) && at_redirection(p))
		parse_redirection(p, n);
	return n;
}

static struct node *parse_command(struct parser *p)
{
	const char *start = p->tok.text;
	struct node *n;

	if (at_list_end(p) || ++p->nesting > MAX_NESTING)
		return fail(p);
	n = parse_compound(p);
	if (!n && !failed(p))
		n = parse_simple(p);
	p->nesting--;
	if (!n || failed(p))
		return NULL;
	if (n->kind != N_SUBSHELL)
		n->text = arena_strndup(p->arena, start, p->last_end - start);
	return n;
}

static struct node *parse_pipes(struct parser *p)
{
	const char *start = p->tok.text;
	struct node *n = parse_command(p);

	while (!failed(p) && p->tok.type == T_PIPE) {
		advance(p);
		skip_newlines(p);
		n = new_node(p, N_PIPE, n, parse_command(p));
		n->text = arena_strndup(p->arena, start, p->last_end - start);
	}
	return n;
}

static struct node *parse_pipeline(struct parser *p)
{
	const char *start = p->tok.text;
	struct node *n;
	enum node_kind kind;

	if (is_word(p, "time"))
		kind = N_TIME;
	else if (is_word(p, "!"))
		kind = N_NOT;
	else
		return parse_pipes(p);
	advance(p);
	if (++p->nesting > MAX_NESTING)
		return fail(p);
	/* "time" alone times nothing. */
	n = new_node(p, kind, kind == N_TIME && at_separator(p) ? NULL : parse_pipeline(p), NULL);
	p->nesting--;
	n->text = failed(p) ? NULL : arena_strndup(p->arena, start, p->last_end - start);
	return n;
}

/* a && b || c: a chain, as both bind alike from left to right. */
static struct node *parse_and_or(struct parser *p)
{
	const char *start = p->tok.text;
	struct node *first = parse_pipeline(p), *n, *chain = NULL, **end = &chain;

	while (!failed(p) && (p->tok.type == T_AND || p->tok.type == T_OR)) {
		n = new_node(p, p->tok.type == T_AND ? N_AND : N_OR, NULL, NULL);
		advance(p);
		skip_newlines(p);
		n->b = parse_pipeline(p);
		*end = n;
		end = &n->c;
	}
	if (!chain || failed(p))
		return first;
	chain->a = first;
	chain->text = arena_strndup(p->arena, start, p->last_end - start);
	return chain;
}

/* NULL: an empty list. */
static struct node *parse_list(struct parser *p)
{
	struct node *list = NULL, **end = &list;

	skip_newlines(p);
	while (!failed(p) && !at_list_end(p)) {
		struct node *n = parse_and_or(p);

		if (failed(p))
			return NULL;
		if (p->tok.type == T_AMP)
			n = new_node(p, N_BACKGROUND, n, NULL);
		*end = n;
		end = &n->next;
		if (p->tok.type != T_AMP && p->tok.type != T_SEMI && p->tok.type != T_NEWLINE)
			break;
		advance(p);
		skip_newlines(p);
	}
	return failed(p) ? NULL : list;
}

enum parse_result sh_parse(struct arena *a, const char *source, struct node **tree, char **near)
{
	struct parser p = { .lex = { source }, .arena = a };

	advance(&p);
	*tree = parse_list(&p);
	*near = NULL;
	if (p.tok.type != T_EOF)
		fail(&p);
	if (p.result == PARSE_ERROR)
		*near = p.bad.type == T_NEWLINE ? "newline" :
						  arena_strndup(a, p.bad.text, p.bad.len);
	return p.result;
}
