/*
 * Cuts a filter expression into words. What begins with a letter or digit is taken as long as it
 * goes and then looked at: a number, an address or its beginning, an Ethernet address, a name.
 * Names have inner hyphens (tcp-syn, 6000-6010), so minus signs want a blank before them.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "lex.h"

bool token_is(const struct token *t, const char *word)
{
	return t->kind == T_WORD && !t->escaped && strlen(word) == t->len &&
	       !memcmp(t->text, word, t->len);
}

bool lex_number(const char *s, size_t len, uint32_t *out)
{
	uint64_t v = 0;
	unsigned int base = 10;
	size_t i = 0;

	if (len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		i = 2;
	} else if (len > 1 && s[0] == '0') {
		base = 8;
		i = 1;
	}
	if (i >= len)
		return false;
	for (; i < len; i++) {
		int c = tolower((unsigned char)s[i]);
		unsigned int digit = isdigit(c) ? c - '0' : isxdigit(c) ? c - 'a' + 10 : 99;

		if (digit >= base)
			return false;
		v = v * base + digit;
		if (v > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)v;
	return true;
}

/* Six groups of one or two hexadecimal digits; the length of the text, 0: there is none. */
static size_t ether_length(const char *s, uint8_t ether[6])
{
	const char *begin = s;
	char separator = '\0';

	for (int i = 0; i < 6; i++) {
		uint32_t v = 0;
		int digits = 0;

		for (; digits < 2 && isxdigit((unsigned char)*s); digits++, s++)
			v = v * 16 +
			    (isdigit((unsigned char)*s) ? *s - '0' : (*s | 0x20) - 'a' + 10);
		ether[i] = v;
		if (!digits)
			return 0;
		if (i == 5)
			break;
		if ((*s != ':' && *s != '-' && *s != '.') || (separator && *s != separator))
			return 0;
		separator = *s++;
	}
	return isalnum((unsigned char)*s) || *s == ':' ? 0 : (size_t)(s - begin);
}

/* An IPv6 address; the length of its text, 0: there is none. */
static size_t ip6_length(const char *s, uint8_t ip6[16])
{
	size_t len = strspn(s, "0123456789abcdefABCDEF:.");
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text) || !memchr(s, ':', len) || isalnum((unsigned char)s[len]))
		return 0;
	memcpy(text, s, len);
	text[len] = '\0';
	return inet_pton(AF_INET6, text, ip6) == 1 ? len : 0;
}

/* "10.1.2": two to four numbers below 256, the first one in the topmost byte. */
static bool dotted(const char *s, size_t len, struct token *t)
{
	uint32_t v;

	t->number = t->bytes = 0;
	for (;;) {
		const char *dot = memchr(s, '.', len);
		size_t n = dot ? (size_t)(dot - s) : len;

		if (t->bytes == 4 || !lex_number(s, n, &v) || v > 255)
			return false;
		t->number |= v << (24 - 8 * t->bytes++);
		if (!dot)
			return t->bytes > 1;
		s += n + 1;
		len -= n + 1;
	}
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '-' || s[n] == '_' || s[n] == '.')
		n++;
	while (n && (s[n - 1] == '-' || s[n - 1] == '_'))
		n--;
	return n;
}

static void classify(struct token *t)
{
	bool number = true;

	for (size_t i = 0; i < t->len; i++)
		if (!isdigit((unsigned char)t->text[i]))
			number = false;
	if (lex_number(t->text, t->len, &t->number))
		t->kind = T_NUMBER;
	else if (number)
		t->kind = T_BAD;
	else if (dotted(t->text, t->len, t))
		t->kind = T_DOTTED;
}

static int operator_kind(const char *s, size_t *len)
{
	static const struct {
		char text[3];
		int kind;
	} two[] = {
		{ "<<", T_SHIFT_LEFT }, { ">>", T_SHIFT_RIGHT },   { "<=", T_LESS_EQUAL },
		{ "==", '=' },		{ ">=", T_GREATER_EQUAL }, { "!=", T_NOT_EQUAL },
		{ "&&", T_AND_AND },	{ "||", T_OR_OR },
	};

	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		if (!strncmp(s, two[i].text, 2)) {
			*len = 2;
			return two[i].kind;
		}
	*len = 1;
	return strchr("()[]:+-*/%&|^<>=!", *s) ? *s : T_BAD;
}

/* "\tcp": a name, whatever it means elsewhere. */
static void escaped_word(struct token *t, const char *s)
{
	t->kind = T_WORD;
	t->escaped = true;
	t->text = s + 1;
	t->len = strcspn(t->text, " !()\n\t");
}

struct token lex_token(const char **s)
{
	struct token t = { .kind = T_WORD };

	*s += strspn(*s, " \t\r\n");
	t.text = *s;
	if (!**s) {
		t.kind = T_END;
	} else if (**s == '\\') {
		escaped_word(&t, *s);
	} else if ((t.len = ether_length(*s, t.ether)) > 0) {
		t.kind = T_ETHER;
	} else if ((t.len = ip6_length(*s, t.ip6)) > 0) {
		t.kind = T_IP6;
	} else if (isalnum((unsigned char)**s)) {
		t.len = word_length(*s);
		classify(&t);
	} else {
		t.kind = operator_kind(*s, &t.len);
	}
	*s = t.text + t.len;
	return t;
}
