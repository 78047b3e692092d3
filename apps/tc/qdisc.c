/*
 * tc qdisc add|change|replace|del: what the words say becomes one message to the kernel, and its
 * error one line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/util.h"
#include "netem.h"
#include "tc.h"
#include "units.h"

int tc_no_device(const char *dev)
{
	fprintf(stderr, "Cannot find device \"%s\"\n", dev);
	return 1;
}

static bool said(const char *text)
{
	fprintf(stderr, "%s\n", text);
	return false;
}

/* ---- the kinds and their options ---- */

static bool parse_pfifo(char **words, struct qdisc_msg *msg)
{
	msg->limit = UINT32_MAX;
	for (; *words; words += 2) {
		if (strcmp(words[0], "limit")) {
			fprintf(stderr, "pfifo: unknown parameter \"%s\"\n", words[0]);
			return false;
		}
		if (!words[1])
			return said("Command line is not complete. Try option \"help\"");
		if (!units_count(words[1], &msg->limit)) {
			fprintf(stderr, "pfifo: Illegal value for \"limit\": \"%s\"\n", words[1]);
			return false;
		}
	}
	return true;
}

static bool parse_netem(char **words, struct qdisc_msg *msg)
{
	return netem_parse(words, &msg->netem);
}

static const struct kind {
	const char *name, *help;
	bool (*parse)(char **words, struct qdisc_msg *msg);
} kinds[] = {
	{ "pfifo", "... pfifo [ limit PACKETS ]", parse_pfifo },
	{ "netem",
	  "... netem [ limit PACKETS ] [ delay TIME [ JITTER [CORRELATION]]]\n"
	  "          [ distribution {uniform|normal} ]\n"
	  "          [ corrupt PERCENT [CORRELATION]] [ duplicate PERCENT [CORRELATION]]\n"
	  "          [ loss [random] PERCENT [CORRELATION]]\n"
	  "          [ loss gemodel P [ R [ 1-H [ 1-K ]]]] [ ecn ]\n"
	  "          [ reorder PERCENT [CORRELATION] [ gap DISTANCE ]]\n"
	  "          [ rate RATE [PACKETOVERHEAD]] [ seed NUMBER ]",
	  parse_netem },
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static int unknown_kind(const char *name, const char *option)
{
	if (option) {
		fprintf(stderr, "Unknown qdisc \"%s\", hence option \"%s\" is unparsable\n", name,
			option);
		return 1;
	}
	said("Error: Specified qdisc kind is unknown.");
	return 2;
}

/* ---- the words ---- */

struct request {
	const char *dev, *kind;
	bool root;
	char **options;
	struct qdisc_msg msg;
};

/* "1:", "8001:0" */
static bool parse_handle(const char *word, uint32_t *handle)
{
	char *end;
	unsigned long major = strtoul(word, &end, 16);

	if (end == word || *end != ':' || major > 0xffff || (end[1] && strcmp(end + 1, "0"))) {
		fprintf(stderr, "Error: argument \"%s\" is wrong: invalid qdisc ID\n", word);
		return false;
	}
	*handle = (uint32_t)major << 16;
	return true;
}

static bool parse_value(struct request *r, const char *name, const char *value)
{
	if (!value)
		return said("Command line is not complete. Try option \"help\"");
	if (!strcmp(name, "handle"))
		return parse_handle(value, &r->msg.handle);
	if (!strcmp(name, "dev"))
		r->dev = value;
	else if (strcmp(value, "root"))
		return said("Error: Failed to find qdisc with specified classid.");
	else
		r->root = true;
	return true;
}

/* Up to the kind, whose options are the rest. */
static bool parse_words(struct request *r, char **words)
{
	for (; *words; words++) {
		if (!strcmp(*words, "root")) {
			r->root = true;
		} else if (!strcmp(*words, "dev") || !strcmp(*words, "handle") ||
			   !strcmp(*words, "parent")) {
			if (!parse_value(r, words[0], words[1]))
				return false;
			words++;
		} else {
			r->kind = *words++;
			break;
		}
	}
	r->options = words;
	return true;
}

static int set_failed(const struct request *r, int error)
{
	bool add = r->msg.op == QDISC_ADD || r->msg.op == QDISC_REPLACE;

	if (error == ENODEV)
		return tc_no_device(r->dev);
	if (error == EEXIST)
		said("Error: Exclusivity flag on, cannot modify.");
	else if (error == ENOENT && r->msg.op == QDISC_DEL)
		said("Error: Cannot delete qdisc with handle of zero.");
	else if (error == ENOENT && !add)
		said("Error: Qdisc not found. To create specify NLM_F_CREATE flag.");
	else if (error == EINVAL && r->msg.op == QDISC_CHANGE)
		said("Error: Invalid qdisc name: must match existing qdisc.");
	else
		fprintf(stderr, "RTNETLINK answers: %s\n", strerror(error));
	return 2;
}

static int send_request(struct request *r)
{
	int fd = ifc_open(), error;

	if (fd < 0)
		return app_perror("tc", "socket");
	strlcpy(r->msg.dev, r->dev, sizeof(r->msg.dev));
	strlcpy(r->msg.kind, r->kind ? r->kind : "", sizeof(r->msg.kind));
	error = ioctl(fd, SIOCSQDISC, &r->msg) < 0 ? errno : 0;
	close(fd);
	return error ? set_failed(r, error) : 0;
}

static int change(enum qdisc_op op, char **words)
{
	struct request r = { .msg.op = op };
	const struct kind *kind;

	if (!parse_words(&r, words))
		return 1;
	if (r.kind && !strcmp(r.kind, "help"))
		return !app_help("tc");
	kind = r.kind ? find_kind(r.kind) : NULL;
	if (r.kind && !kind)
		return unknown_kind(r.kind, *r.options);
	if (kind && *r.options && !strcmp(*r.options, "help"))
		return printf("Usage: %s\n", kind->help) < 0;
	if (kind && !kind->parse(r.options, &r.msg))
		return 1;
	if (!r.dev)
		return said("Which device? \"dev\" is missing"), 1;
	if (!r.root)
		return said("Where? \"root\" is missing"), 1;
	if (!kind && op != QDISC_DEL)
		return unknown_kind("", NULL);
	return send_request(&r);
}

static int show(const struct tc_options *o, char **words)
{
	const char *dev = NULL;

	for (; *words; words++) {
		if (!strcmp(*words, "dev") && words[1]) {
			dev = *++words;
		} else if (strcmp(*words, "root")) {
			fprintf(stderr, "What is \"%s\"? Try \"tc qdisc help\".\n", *words);
			return 1;
		}
	}
	return tc_qdisc_show(o, dev);
}

int tc_qdisc(const struct tc_options *o, char **words)
{
	static const struct {
		const char *name;
		enum qdisc_op op;
	} commands[] = {
		{ "add", QDISC_ADD },	      { "change", QDISC_CHANGE }, { "chg", QDISC_CHANGE },
		{ "replace", QDISC_REPLACE }, { "delete", QDISC_DEL },
	};

	if (!*words)
		return tc_qdisc_show(o, NULL);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (tc_matches(*words, commands[i].name))
			return change(commands[i].op, words + 1);
	if (tc_matches(*words, "show") || tc_matches(*words, "list") || !strcmp(*words, "ls"))
		return show(o, words + 1);
	if (tc_matches(*words, "help"))
		return !app_help("tc");
	fprintf(stderr, "Command \"%s\" is unknown, try \"tc qdisc help\".\n", *words);
	return 1;
}
