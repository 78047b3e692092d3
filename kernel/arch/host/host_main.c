/*
 * build/host/skbox: makes the kernel's command line out of the program's, and boots. Not part of
 * the library.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/arch/host/host_private.h"

void kernel_main(const char *cmdline);

#define CMDLINE_MAX 2048

static char cmdline[CMDLINE_MAX];

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: skbox [options] [kernel arguments]\n"
	      "  --tap NAME             a network device on the tap device NAME\n"
	      "  --dgram LOCAL,REMOTE   one on a datagram socket, as QEMU's -netdev dgram:\n"
	      "                         two paths, or two ADDRESS:PORT\n"
	      "  --initrd FILE          a tar that overlays the built-in root\n"
	      "  --mem MIB              memory (64)\n"
	      "  --help                 this text\n"
	      "Devices get the names eth0, eth1 ... Other words are the kernel's command line, such as\n"
	      "  ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off\n"
	      "  run=\"ping -c 1 10.0.0.1; poweroff\"\n",
	      stdout);
	exit(0);
}

static void __attribute__((noreturn)) refuse(const char *what, const char *value)
{
	fprintf(stderr, "skbox: %s: %s\n", what, value);
	exit(2);
}

/* One more word; blanks in it are kept by quotes. */
static void add_word(const char *word)
{
	size_t used = strlen(cmdline);
	bool quote = strpbrk(word, " \t") && !strchr(word, '"');
	int n = snprintf(cmdline + used, sizeof(cmdline) - used, "%s%s%s%s", used ? " " : "",
			 quote ? "\"" : "", word, quote ? "\"" : "");

	if (n < 0 || (size_t)n >= sizeof(cmdline) - used)
		refuse("the kernel's command line is too long at", word);
}

static void add_memory(const char *mib)
{
	char word[32];
	char *end;
	unsigned long n = strtoul(mib, &end, 10);

	if (*end || n < 1 || n > 65536)
		refuse("--mem wants MiB, not", mib);
	snprintf(word, sizeof(word), "mem=%luM", n);
	add_word(word);
}

static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tap", required_argument, NULL, 't' },
		{ "dgram", required_argument, NULL, 'd' },
		{ "initrd", required_argument, NULL, 'i' },
		{ "mem", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 't':
			if (!host_add_tap(optarg))
				refuse("too many devices at", optarg);
			break;
		case 'd':
			if (!host_add_dgram(optarg))
				refuse("--dgram wants LOCAL,REMOTE, not", optarg);
			break;
		case 'i':
			if (access(optarg, R_OK))
				refuse("--initrd cannot read", optarg);
			host_set_initrd(optarg);
			break;
		case 'm':
			add_memory(optarg);
			break;
		case 'h':
			usage();
		default: /* getopt has said what is wrong */
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	for (int i = optind; i < argc; i++)
		add_word(argv[i]);
	kernel_main(cmdline);
}
