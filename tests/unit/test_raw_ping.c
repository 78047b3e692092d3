/* Raw sockets and ping sockets: who sees which ICMP message, and what goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"

static u8 frame[2048];
static u8 buf[2048];

static int open_socket(int type, int protocol)
{
	int fd = skbox_socket(AF_INET, type, protocol);

	assert_true(fd >= 0);
	return fd;
}

static long recv_any(int fd)
{
	return skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL);
}

static const struct icmphdr *sent_icmp(void)
{
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->protocol, IPPROTO_ICMP);
	return (const struct icmphdr *)(frame + ETH_HLEN + 20);
}

/* ---- ping sockets ---- */

static long ping_send(int fd, u16 sequence, const char *text)
{
	struct sockaddr_in to = netlab_addr(PEER_IP, 0);
	u8 msg[64] = { ICMP_ECHO };

	put_be16(msg + 2, 0xdead);
	put_be16(msg + 4, 0xbeef);
	put_be16(msg + 6, sequence);
	memcpy(msg + 8, text, strlen(text));
	return skbox_sendto(fd, msg, 8 + strlen(text), 0, &to, sizeof(to));
}

static void ping_and_its_reply(void **state)
{
	struct sockaddr_in from;
	unsigned int len = sizeof(from);
	const struct icmphdr *icmp;
	int fd = open_socket(SOCK_DGRAM, IPPROTO_ICMP),
	    other = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
	u64 echos = icmp_mib[ICMP_MIB_OutEchos];
	u16 id;

	assert_int_equal(ping_send(fd, 7, "ping!"), 13);
	assert_int_equal(ping_send(other, 7, ""), 8);
	icmp = sent_icmp();
	id = ntohs(icmp->un.echo.id);
	assert_int_equal(id, netlab_sk(fd)->num);
	assert_int_equal(ntohs(icmp->un.echo.sequence), 7);
	assert_int_equal(csum_fold(csum_partial(icmp, 13, 0)), 0);
	assert_memory_equal(icmp + 1, "ping!", 5);
	assert_int_equal(icmp_mib[ICMP_MIB_OutEchos], echos + 2);
	netlab_icmp_in(ICMP_ECHOREPLY, 0, (u32)id << 16 | 7, "ping!", 5);
	assert_int_equal(skbox_recvfrom(fd, buf, sizeof(buf), 0, &from, &len), 13);
	assert_int_equal(buf[0], ICMP_ECHOREPLY);
	assert_int_equal(get_be16(buf + 4), id);
	assert_memory_equal(buf + 8, "ping!", 5);
	assert_int_equal(from.sin_addr.s_addr, PEER_IP);
	assert_int_equal(recv_any(other), -EAGAIN);
	netlab_close(fd);
	netlab_close(other);
}

static void ping_refuses_other_messages(void **state)
{
	struct sockaddr_in to = netlab_addr(PEER_IP, 0);
	u8 msg[8] = { ICMP_ECHOREPLY };
	int fd = open_socket(SOCK_DGRAM, IPPROTO_ICMP);

	assert_int_equal(skbox_sendto(fd, msg, 8, 0, &to, sizeof(to)), -EINVAL);
	msg[0] = ICMP_ECHO;
	msg[1] = 1;
	assert_int_equal(skbox_sendto(fd, msg, 8, 0, &to, sizeof(to)), -EINVAL);
	msg[1] = 0;
	assert_int_equal(skbox_sendto(fd, msg, 7, 0, &to, sizeof(to)), -EINVAL);
	assert_int_equal(skbox_sendto(fd, msg, 8, 0, NULL, 0), -EDESTADDRREQ);
	netlab_close(fd);
}

static void ping_identifiers(void **state)
{
	struct sockaddr_in addr = netlab_addr(0, 555);
	int fd = open_socket(SOCK_DGRAM, IPPROTO_ICMP),
	    other = open_socket(SOCK_DGRAM, IPPROTO_ICMP);

	assert_int_equal(skbox_bind(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_bind(other, &addr, sizeof(addr)), -EADDRINUSE);
	assert_int_equal(ping_send(fd, 1, "x"), 9);
	assert_int_equal(ntohs(sent_icmp()->un.echo.id), 555);
	netlab_close(fd);
	netlab_close(other);
}

static void ping_hears_of_errors(void **state)
{
	int fd = open_socket(SOCK_DGRAM, IPPROTO_ICMP);

	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_RECVERR, 1), 0);
	assert_int_equal(ping_send(fd, 1, "x"), 9);
	sent_icmp();
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0, frame);
	assert_int_equal(recv_any(fd), -EHOSTUNREACH);
	assert_int_equal(skbox_recvfrom(fd, buf, sizeof(buf), MSG_ERRQUEUE, NULL, NULL), 9);
	netlab_close(fd);
}

/* ---- raw sockets ---- */

static void raw_sees_the_ip_header(void **state)
{
	int fd = open_socket(SOCK_RAW, IPPROTO_ICMP), udp = open_socket(SOCK_RAW, IPPROTO_UDP);

	netlab_icmp_in(ICMP_ECHOREPLY, 0, 0x12340001, "abc", 3);
	assert_int_equal(recv_any(fd), 20 + 8 + 3);
	assert_int_equal(buf[0], 0x45);
	assert_int_equal(get_be16(buf + 2), 31);
	assert_int_equal(buf[20], ICMP_ECHOREPLY);
	assert_memory_equal(buf + 28, "abc", 3);
	assert_int_equal(recv_any(udp), -EAGAIN);
	/* The answer to a ping goes out all the same. */
	netlab_icmp_in(ICMP_ECHO, 0, 0x12340001, "abc", 3);
	assert_int_equal(sent_icmp()->type, ICMP_ECHOREPLY);
	assert_int_equal(recv_any(fd), 31);
	netlab_close(fd);
	netlab_close(udp);
}

static void raw_filters_icmp(void **state)
{
	struct icmp_filter filter = { ~(1u << ICMP_ECHOREPLY) }, got;
	unsigned int len = sizeof(got);
	int fd = open_socket(SOCK_RAW, IPPROTO_ICMP), udp = open_socket(SOCK_RAW, IPPROTO_UDP);

	assert_int_equal(skbox_setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)), 0);
	assert_int_equal(skbox_setsockopt(udp, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)),
			 -EOPNOTSUPP);
	assert_int_equal(skbox_getsockopt(fd, SOL_RAW, ICMP_FILTER, &got, &len), 0);
	assert_int_equal(got.data, filter.data);
	netlab_icmp_in(ICMP_TIMESTAMPREPLY, 0, 1, "abcdefghijkl", 12);
	assert_int_equal(recv_any(fd), -EAGAIN);
	netlab_icmp_in(ICMP_ECHOREPLY, 0, 1, "abc", 3);
	assert_int_equal(recv_any(fd), 31);
	netlab_close(fd);
	netlab_close(udp);
}

static void raw_takes_protocols_nobody_else_has(void **state)
{
	u64 unknown = ip_mib[IP_MIB_InUnknownProtos];
	int fd = open_socket(SOCK_RAW, 99);
	u8 in[2048];
	u32 len = netlab_build_udp(in, &(struct udp_frame){ .data = "xyz", .len = 3 });
	struct iphdr *ip = (struct iphdr *)(in + ETH_HLEN);

	ip->protocol = 99;
	ip->check = 0;
	ip->check = ip_fast_csum(ip, 5);
	netlab_in(in, len);
	assert_int_equal(recv_any(fd), 31);
	assert_int_equal(ip_mib[IP_MIB_InUnknownProtos], unknown);
	netlab_close(fd);
	netlab_in(in, len);
	assert_int_equal(ip_mib[IP_MIB_InUnknownProtos], unknown + 1);
}

static void raw_connected_and_bound(void **state)
{
	struct sockaddr_in addr = netlab_addr(OUR_IP, 0);
	int fd = open_socket(SOCK_RAW, IPPROTO_ICMP);

	assert_int_equal(skbox_bind(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(netlab_connect(fd, IP4(10, 0, 0, 9), 0), 0);
	netlab_icmp_in(ICMP_ECHOREPLY, 0, 1, "abc", 3);
	assert_int_equal(recv_any(fd), -EAGAIN);
	assert_int_equal(netlab_connect(fd, PEER_IP, 0), 0);
	netlab_icmp_in(ICMP_ECHOREPLY, 0, 1, "abc", 3);
	assert_int_equal(recv_any(fd), 31);
	netlab_close(fd);
}

static void raw_out(void **state)
{
	int fd = open_socket(SOCK_RAW, 99);

	assert_int_equal(netlab_send(fd, "payload", 7, PEER_IP, 0), 7);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->protocol, 99);
	assert_int_equal(ntohs(frame_ip(frame)->tot_len), 27);
	assert_memory_equal(frame + ETH_HLEN + 20, "payload", 7);
	netlab_close(fd);
}

static void raw_with_its_own_header(void **state)
{
	struct iphdr ip = { .ihl_version = 0x45, .ttl = 9, .protocol = 77, .daddr = PEER_IP };
	u8 packet[24];
	int fd = open_socket(SOCK_RAW, IPPROTO_RAW);

	memcpy(packet, &ip, 20);
	memcpy(packet + 20, "abcd", 4);
	assert_int_equal(netlab_send(fd, packet, 24, PEER_IP, 0), 24);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->ttl, 9);
	assert_int_equal(frame_ip(frame)->protocol, 77);
	assert_int_equal(frame_ip(frame)->saddr, OUR_IP);
	assert_int_equal(frame_ip(frame)->tot_len, htons(24));
	assert_int_equal(ip_fast_csum(frame_ip(frame), 5), 0);
	/* A source that is not ours is the sender's own affair. */
	ip.saddr = IP4(1, 2, 3, 4);
	memcpy(packet, &ip, 20);
	assert_int_equal(netlab_send(fd, packet, 24, PEER_IP, 0), 24);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->saddr, IP4(1, 2, 3, 4));
	assert_int_equal(netlab_send(fd, packet, 19, PEER_IP, 0), -EINVAL);
	packet[0] = 0x44;
	assert_int_equal(netlab_send(fd, packet, 24, PEER_IP, 0), -EINVAL);
	packet[0] = 0x4f;
	assert_int_equal(netlab_send(fd, packet, 24, PEER_IP, 0), -EINVAL);
	netlab_close(fd);
}

/* What a card's MTU does not hold is refused with IP_HDRINCL, and so is what is no header. */
static void raw_header_s_limits(void **state)
{
	static u8 packet[3000] = { 0x45, [8] = 9, [9] = 77 };
	struct sockaddr_in to = netlab_addr(PEER_IP, 0);
	int fd = open_socket(SOCK_RAW, IPPROTO_RAW), icmp = open_socket(SOCK_RAW, IPPROTO_ICMP);
	u64 out = icmp_mib[ICMP_MIB_OutMsgs];

	assert_int_equal(netlab_getopt(fd, SOL_IP, IP_HDRINCL), 1);
	assert_int_equal(netlab_getopt(icmp, SOL_IP, IP_HDRINCL), 0);
	memcpy(packet + 16, &to.sin_addr, 4);
	assert_int_equal(netlab_send(fd, packet, 1501, PEER_IP, 0), -EMSGSIZE);
	assert_int_equal(netlab_send(fd, packet, 0, PEER_IP, 0), -EINVAL);
	assert_int_equal(netlab_send(fd, packet, 1500, PEER_IP, 0), 1500);
	assert_int_equal(netlab_out(frame, sizeof(frame)), 1514);
	/* An identification of its own stays; the length is what there is. */
	put_be16(packet + 4, 0x1234);
	put_be16(packet + 2, 9999);
	assert_int_equal(netlab_send(fd, packet, 60, PEER_IP, 0), 60);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->id, htons(0x1234));
	assert_int_equal(frame_ip(frame)->tot_len, htons(60));
	assert_int_equal(frame_ip(frame)->saddr, OUR_IP);
	assert_int_equal(icmp_mib[ICMP_MIB_OutMsgs], out);
	/* Who sends ICMP is counted, whoever writes the header. */
	assert_int_equal(netlab_send(icmp, "\x08\0\xf7\xff\0\0\0\0", 8, PEER_IP, 0), 8);
	packet[9] = IPPROTO_ICMP;
	packet[20] = ICMP_ECHO;
	assert_int_equal(netlab_send(fd, packet, 60, PEER_IP, 0), 60);
	assert_int_equal(icmp_mib[ICMP_MIB_OutMsgs], out + 2);
	netlab_close(fd);
	netlab_close(icmp);
}

static void raw_buffers_are_bounded(void **state)
{
	int fd = open_socket(SOCK_RAW, IPPROTO_ICMP), got = 0;
	char text[4096], want[32];

	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 4096), 0);
	for (int i = 0; i < 10; i++)
		netlab_icmp_in(ICMP_ECHOREPLY, 0, 1, "abc", 3);
	snprintf(want, sizeof(want), " %u\n", netlab_sk(fd)->drops);
	assert_true(skbox_proc_read("net/raw", text, sizeof(text)) > 0);
	assert_memory_equal(text,
			    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
			    "retrnsmt   uid  timeout inode ref pointer drops\n",
			    114);
	assert_non_null(strstr(text, "   1: 00000000:0001 00000000:0000 07 00000000:"));
	assert_non_null(strstr(text, want));
	while (recv_any(fd) == 31)
		got++;
	assert_int_equal(got + netlab_sk(fd)->drops, 10);
	assert_in_range(got, 1, 5);
	netlab_close(fd);
}

static void raw_hears_of_errors(void **state)
{
	int fd = open_socket(SOCK_RAW, IPPROTO_UDP), udp = netlab_udp(0, 7300, 0);

	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_RECVERR, 1), 0);
	assert_int_equal(netlab_send(udp, "x", 1, PEER_IP, 9), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	netlab_icmp_error(ICMP_TIME_EXCEEDED, 0, 0, frame);
	assert_int_equal(recv_any(fd), -EHOSTUNREACH);
	assert_int_equal(recv_any(udp), -EAGAIN);
	netlab_close(fd);
	netlab_close(udp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(ping_and_its_reply),
		lab_test(ping_refuses_other_messages),
		lab_test(ping_identifiers),
		lab_test(ping_hears_of_errors),
		lab_test(raw_sees_the_ip_header),
		lab_test(raw_filters_icmp),
		lab_test(raw_takes_protocols_nobody_else_has),
		lab_test(raw_connected_and_bound),
		lab_test(raw_out),
		lab_test(raw_with_its_own_header),
		lab_test(raw_header_s_limits),
		lab_test(raw_buffers_are_bounded),
		lab_test(raw_hears_of_errors),
	};

	return cmocka_run_group_tests_name("raw and ping", tests, netlab_setup, NULL);
}
