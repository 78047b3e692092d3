/*
 * The one table of programs. A new one is a file with a main() - which the build calls <file>_main
 * - and a line here.
 */
#include <abi/app.h>

typedef int app_main(int argc, char **argv);

app_main arp_main, arping_main, cat_main, clear_main, cp_main, curl_main, date_main, dhclient_main,
	dmesg_main, echo_main, false_main, free_main, grep_main, head_main, help_main,
	hostname_main, httpd_main, id_main, ifconfig_main, inetd_main, init_main, ip_main,
	iperf3_main, kill_main, killall_main, ls_main, mkdir_main, module_main, mv_main, nc_main,
	netstat_main, nslookup_main, ping_main, poweroff_main, ps_main, rm_main, route_main,
	routed_main, sh_main, sleep_main, ss_main, sysctl_main, tail_main, tc_main, tcpdump_main,
	test_main, top_main, touch_main, traceroute_main, true_main, udpecho_main, explain_main,
	uname_main, uptime_main, wc_main, wget_main;

/* Usage, then a line that says what it does, then perhaps options. */
const struct app apps[] = {
	{ "[", test_main, "[ EXPRESSION ]\ndecide whether something is so, for if and while" },
	{ "arp", arp_main,
	  "arp [-a] [-n] [-i IF] [HOST] | arp [-i IF] -s HOST HWADDR [temp | pub] | -Ds HOST IF pub | -d HOST [pub] | -f [FILE]\n"
	  "show and change the ARP cache" },
	{ "arping", arping_main,
	  "arping [-fqbDUA] [-c COUNT] [-w SECONDS] [-i SECONDS] [-I IF] [-s SOURCE] ADDRESS\n"
	  "ask on a link who has an address\n"
	  "  -D  is it used already?  -U  tell the neighbours (request)   -A  tell them (answer)\n"
	  "  -f  end with the first answer   -b  broadcasts only   -q  quiet" },
	{ "cat", cat_main, "cat [-n] [FILE...]\nprint files" },
	{ "clear", clear_main, "clear\nempty the screen" },
	{ "cp", cp_main, "cp FILE... TARGET\ncopy files" },
	{ "curl", curl_main,
	  "curl [-o FILE | -O] [-L] [-i | -I] [-sSfv] [-X METHOD] [-d DATA] [-H FIELD] [-A AGENT] [-C OFFSET|-] [-r RANGE] "
	  "[-m S] [-w FORMAT] URL\nfetch a URL" },
	{ "date", date_main, "date [-u] [-I] [+FORMAT] [-s TIME]\nshow or set the time (UTC)" },
	{ "dhclient", dhclient_main,
	  "dhclient [-s | -r | -x] [-t SECONDS] [IF...]\nget an address by DHCP\n"
	  "  -s  show the lease\n  -r  give it back\n  -x  end the client, keep the address\n"
	  "  -t  how long to wait for the first lease (3.5)" },
	{ "dmesg", dmesg_main, "dmesg [-c | -C] [-n LEVEL]\nshow the kernel's messages" },
	{ "echo", echo_main, "echo [-n] [-e] [WORD...]\nprint words" },
	{ "explain", explain_main, "explain\nsay what each TCP connection waits for" },
	{ "false", false_main, "false\nfail" },
	{ "free", free_main, "free [-b | -k | -m | -g | -h]\nshow how much memory is used" },
	{ "grep", grep_main, "grep [-ivcnqF] [-e] PATTERN [FILE...]\nprint the lines that match" },
	{ "halt", poweroff_main, "halt\nstop the processor" },
	{ "head", head_main, "head [-n N | -c N] [FILE...]\nprint the first lines or bytes" },
	{ "help", help_main, "help [COMMAND...]\nlist the commands, or say what one takes" },
	{ "hostname", hostname_main, "hostname [-F FILE | NAME]\nshow or set the host's name" },
	{ "httpd", httpd_main,
	  "httpd [-p PORT] [-d DIR] [-n CONNECTIONS] [-l]\n"
	  "serve files, and under /proc what the kernel says of itself, by HTTP\n"
	  "  -d  the files' root (/www)   -l  list directories without an index.html" },
	{ "id", id_main, "id\nsay who you are" },
	{ "ifconfig", ifconfig_main,
	  "ifconfig [-a] [-s] [IF [ADDRESS[/LEN]] [netmask M] [broadcast B] [mtu N] [hw ether A] [up|down] ...]\n"
	  "show and configure interfaces" },
	{ "inetd", inetd_main,
	  "inetd [-p OFFSET] [-n CONNECTIONS] [echo | discard | daytime | chargen ...]\n"
	  "the small services, TCP and UDP: all, or those named\n"
	  "  -p  added to their ports   -n  connections at a time" },
	{ "init", init_main, "init\nthe first task" },
	{ "ip", ip_main,
	  "ip [-s] [-br] OBJECT [COMMAND ...]\nshow and change addresses, links, routes, neighbours, groups\n"
	  "  ip addr  [show | add A/LEN dev IF | del A/LEN dev IF | flush dev IF]\n"
	  "  ip link  [show | set IF up|down|mtu N|address A|promisc on|off]\n"
	  "  ip route [show|flush [[root|match|exact] A/LEN] [table local|main|all] [dev IF] [via G] [proto P] [scope S]]\n"
	  "  ip route show cache | flush cache | get A [from A iif IF] [oif IF] [tos T]\n"
	  "  ip route add|append|replace|change|del [TYPE] A/LEN [via G] [dev IF] [src A] [metric N] [proto P] [scope S]\n"
	  "           [tos T] [mtu N] [realm R] [table T] [onlink] [nexthop via G dev IF weight N]...\n"
	  "           TYPE: unicast local broadcast unreachable blackhole prohibit throw\n"
	  "  ip neigh [show [A/LEN] [dev IF] [nud STATE]... [proxy] | get A dev IF | del A dev IF | flush all|A/LEN|dev IF]\n"
	  "  ip neigh add|change|replace A dev IF [lladdr H] [nud STATE] | add proxy A [dev IF]\n"
	  "           STATE: permanent reachable stale delay probe incomplete failed noarp none, all\n"
	  "  ip rule   ip maddr [show [dev IF] | add|del MAC dev IF]\n"
	  "  ip tcp_metrics [show [A] | delete A | flush [all | A]]" },
	{ "insmod", module_main, "insmod MODULE [PARAM=VALUE...]\nbring a module into the kernel" },
	{ "iperf3", iperf3_main,
	  "iperf3 -s [-1] [-p PORT] | iperf3 -c HOST [-u] [-R | --bidir] [-t S | -n BYTES] [-P N] [-b RATE] [-l LEN]\n"
	  "measure what TCP and UDP carry\n"
	  "  -s  serve (-1: one test)   -R  from the server to here   --bidir  both ways\n"
	  "  -i S  report every S seconds   -O S  leave the first S out   -w BYTES  socket buffers\n"
	  "  -M MSS  -N (no delay)  -S TOS  -C ALGORITHM  -B ADDR  -f kmgtKMGT  -J" },
	{ "kill", kill_main, "kill [-SIGNAL | -l] PID...\nend a task, or send it another signal" },
	{ "killall", killall_main, "killall [-SIGNAL] NAME...\nend all tasks of a name" },
	{ "ls", ls_main, "ls [-adhlR1] [FILE...]\nlist directories" },
	{ "lsmod", module_main, "lsmod\nlist the modules in the kernel" },
	{ "man", help_main, "man COMMAND\nsay what a command takes" },
	{ "mkdir", mkdir_main, "mkdir [-p] DIR...\nmake directories" },
	{ "modinfo", module_main, "modinfo MODULE\nsay what a module is and takes" },
	{ "module", module_main,
	  "module load NAME [PARAM=VALUE...] | unload NAME | list | info NAME\n"
	  "bring modules into the kernel and take them out\n"
	  "A NAME is a file /lib/modules/NAME.o, or any file that is named with a '/'." },
	{ "mv", mv_main, "mv FILE... TARGET\nmove or rename files" },
	{ "nc", nc_main,
	  "nc [-u] [-l] [-k] [-v] [-z] [-w S] [-q S] [-p PORT] [-s ADDR] [HOST] PORT[-PORT]\n"
	  "connect the terminal with a socket\n"
	  "  -u  UDP   -l  wait for a peer   -k  and then for the next   -z  only see who is there\n"
	  "  -w  end when idle for so long   -q  end so long after the input   -p -s  own address" },
	{ "netstat", netstat_main,
	  "netstat [-a | -l] [-tuw] [-n] | netstat -r | -i | -s | -g\n"
	  "show sockets, routes, interfaces, statistics, groups" },
	{ "nslookup", nslookup_main,
	  "nslookup [-type=T] [-timeout=S] [-port=P] NAME [SERVER]\nask the DNS" },
	{ "ping", ping_main,
	  "ping [-c N] [-i S] [-s SIZE] [-W S] [-w S] [-t TTL] [-I IF|ADDR] [-M do|want|dont|probe] [-p HEX] [-Q TOS] "
	  "[-l N] [-T KIND] [-m MARK] [-S SNDBUF] [-e ID] [-aAbBCDfLnOqrRv] [HOP...] HOST\nsend ICMP echo requests\n"
	  "  -R  record the route   -T tsonly|tsandaddr  the routers' times   -T tsprespec HOP...  those of these\n"
	  "  HOP...  go by these (loose source route; with -r strict)   -r  without a router   -L  not to ourselves\n"
	  "  -f  flood   -A  as fast as answers come   -l  so many at once first   -D  the time of day   -a  beep\n"
	  "  -O  tell of missing answers   -b  a broadcast is meant   -e  their identifier, through a raw socket" },
	{ "poweroff", poweroff_main, "poweroff\nswitch the machine off" },
	{ "ps", ps_main, "ps\nshow the tasks" },
	{ "reboot", poweroff_main, "reboot\nstart the machine anew" },
	{ "rm", rm_main, "rm [-r] [-f] FILE...\nremove files" },
	{ "rmmod", module_main, "rmmod NAME\ntake a module out of the kernel" },
	{ "route", route_main,
	  "route [-n] | route add|del [-net|-host] TARGET[/LEN] [netmask M] [gw G] [metric N] [reject] [[dev] IF]\n"
	  "show and change the routing table" },
	{ "routed", routed_main,
	  "routed [-s | -q] [-1 | -2] [-r] [-t] [-g METRIC] [-i IF,IF...] [-a SECRET | -a KEY:SECRET] [-T UPDATE,TIMEOUT,GARBAGE]\n"
	  "tell neighbours our routes and learn theirs, by RIP\n"
	  "  -q  only listen\n  -1  send RIP version 1\n  -r  tell routes that others have set, too\n"
	  "  -t  say what happens\n  -g  offer ourselves as default router\n"
	  "  -a  a password, or a key for MD5 (RFC 2082)\n  -T  seconds (30,180,120)" },
	{ "sh", sh_main, "sh [-e] [-x] [-c TEXT | FILE [WORD...]]\nthe shell" },
	{ "sleep", sleep_main, "sleep SECONDS...\nwait (0.5, 2m, 1h)" },
	{ "ss", ss_main,
	  "ss [-tuw0] [-a | -l] [-nripomesHOK] [state NAME | exclude NAME]... [FILTER]\n"
	  "show sockets\n  -i  TCP's insides   -p  tasks   -o  timers   -m  memory   -e  timers and details\n"
	  "  -s  summary   -O  a line each   -K  ends them\n"
	  "FILTER: sport|dport OP :PORT, src|dst ADDR[/LEN][:PORT] joined by and, or, not, ( ); OP: = != < > <= >=" },
	{ "sysctl", sysctl_main,
	  "sysctl [-nNbeq] -a | -r PATTERN | NAME... | [-w] NAME=VALUE... | -p [FILE...]\nshow and set tunables" },
	{ "tail", tail_main, "tail [-n N] [FILE...]\nprint the last lines" },
	{ "tc", tc_main,
	  "tc [-s] qdisc [show [dev IF]] | tc qdisc add|change|replace|del dev IF root [KIND OPTION ...]\n"
	  "show and set how a device queues what it sends\n"
	  "  pfifo [limit PACKETS]\n"
	  "  netem [limit PACKETS] [delay TIME [JITTER [CORR]]] [distribution uniform|normal]\n"
	  "        [loss PERCENT [CORR] | loss gemodel P [R [1-H [1-K]]]] [corrupt PERCENT [CORR]]\n"
	  "        [duplicate PERCENT [CORR]] [reorder PERCENT [CORR] [gap N]]\n"
	  "        [rate RATE [OVERHEAD]] [seed N]\n"
	  "Times: us ms s; rates: kbit mbit gbit. What netem decides follows from its seed:\n"
	  "option seed, or the tunable net.core.netem_seed when it is added, or chance." },
	{ "tcpdump", tcpdump_main,
	  "tcpdump [-i IF|any] [-c N] [-s SNAPLEN] [-r FILE] [-w FILE|-|tcp:PORT] [-Q in|out] [-nevqtxXASlpK#UOdD] [EXPRESSION]\n"
	  "show the packets of a device or a file\n"
	  "  -n  numbers, not names   -e  Ethernet header   -v -vv -vvv  more   -q  less   -A -x -X -xx -XX  the bytes\n"
	  "  -t  no time   -tt -ttt -tttt -ttttt  other forms of it   -S  absolute TCP numbers   -D  list devices\n"
	  "  -w tcp:PORT  whoever connects gets a pcap stream: wireshark -k -i TCP@HOST:PORT\n"
	  "  -w /dev/ttyS1  the second serial port gets it (qemu -serial file:cap.pcap): a packet at a time\n"
	  "  -d -dd -ddd  show the filter's program   EXPRESSION: host, net, port, proto, tcp[13] & 2 != 0, and, or, not" },
	{ "test", test_main, "test EXPRESSION\ndecide whether something is so, for if and while" },
	{ "top", top_main, "top [-b] [-d SECONDS] [-n ROUNDS]\nshow the busiest tasks; q ends it" },
	{ "touch", touch_main, "touch FILE...\nmake empty files" },
	{ "traceroute", traceroute_main,
	  "traceroute [-I | -T | -U] [-nFr] [-m HOPS] [-q PROBES] [-N AT-ONCE] [-w MAX,HERE,NEAR] [-z PAUSE] [-f FIRST] "
	  "[-p PORT] [-t TOS] [-s SOURCE] [-i IF] [-g GATE,...] HOST [LENGTH]\n"
	  "show the routers on the way to a host, by UDP, ICMP (-I), TCP (-T: no connection is made) or UDP to one port (-U)\n"
	  "  -N  probes under way at once (16)   -g  by way of these (loose source route)   -r  without a router" },
	{ "true", true_main, "true\nsucceed" },
	{ "udpecho", udpecho_main,
	  "udpecho [-p PORT] [-c N] [-v] [-g GROUP [-S SOURCE]]\nsend datagrams back (port 7), what comes to a group, too" },
	{ "uname", uname_main, "uname [-asnrvm]\nshow the system's names" },
	{ "uptime", uptime_main, "uptime\nsay how long the system runs" },
	{ "wc", wc_main, "wc [-l] [-w] [-c] [FILE...]\ncount lines, words, bytes" },
	{ "wget", wget_main,
	  "wget [-O FILE | -O -] [-c] [-q] [-S] [-T SECONDS] [-t TRIES] [--spider] URL\n"
	  "fetch a URL into a file\n  -c  go on where the file ends   -S  show the answer's head" },
};
const size_t nr_apps = sizeof(apps) / sizeof(apps[0]);
