/*
 * TCP's tunables, net.ipv4.tcp_*: the names, units and defaults of Linux. What only one file uses
 * is defined here all the same, so that a reader finds every switch in one place.
 */
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_sock.h"

int sysctl_tcp_timestamps = 1, sysctl_tcp_window_scaling = 1, sysctl_tcp_sack = 1,
    sysctl_tcp_dsack = 1;
int sysctl_tcp_ecn = 2, sysctl_tcp_ecn_fallback = 1; /* 2: if the peer asks */
int sysctl_tcp_ecn_option = 2, sysctl_tcp_ecn_option_beacon = 3;
int sysctl_tcp_syncookies = 1, sysctl_tcp_max_syn_backlog = 1024, sysctl_tcp_abort_on_overflow;
int sysctl_tcp_syn_retries = 6, sysctl_tcp_synack_retries = 5, sysctl_tcp_syn_linear_timeouts = 4;
int sysctl_tcp_fin_timeout = 60, sysctl_tcp_max_tw_buckets = 65536, sysctl_tcp_tw_reuse = 2,
    sysctl_tcp_tw_reuse_delay = 1000, sysctl_tcp_rfc1337;
int sysctl_tcp_max_orphans = 8192, sysctl_tcp_orphan_retries;
int sysctl_tcp_retries1 = 3, sysctl_tcp_retries2 = 15;
int sysctl_tcp_keepalive_time = 7200, sysctl_tcp_keepalive_intvl = 75,
    sysctl_tcp_keepalive_probes = 9;
int sysctl_tcp_reordering = 3, sysctl_tcp_max_reordering = TCP_MAX_REORDERING_DEFAULT;
int sysctl_tcp_recovery = 1, sysctl_tcp_early_retrans = 3, sysctl_tcp_frto = 2,
    sysctl_tcp_limited_transmit = 1;
int sysctl_tcp_slow_start_after_idle = 1, sysctl_tcp_no_metrics_save;
int sysctl_tcp_moderate_rcvbuf = 1, sysctl_tcp_adv_win_scale = 1, sysctl_tcp_app_win = 31;
int sysctl_tcp_autocorking = 1, sysctl_tcp_limit_output_bytes = 1048576,
    sysctl_tcp_min_tso_segs = 2, sysctl_tcp_tso_win_divisor = 3, sysctl_tcp_tso = 1;
int sysctl_tcp_pacing_ss_ratio = 200, sysctl_tcp_pacing_ca_ratio = 120,
    sysctl_tcp_min_rtt_wlen = 300;
int sysctl_tcp_mtu_probing, sysctl_tcp_base_mss = 1024, sysctl_tcp_min_snd_mss = TCP_MIN_SND_MSS,
			    sysctl_tcp_probe_threshold = 8, sysctl_tcp_probe_interval = 600;
int sysctl_tcp_challenge_ack_limit = INT32_MAX, sysctl_tcp_invalid_ratelimit = 500;
int sysctl_tcp_stdurg, sysctl_tcp_workaround_signed_windows, sysctl_tcp_thin_linear_timeouts;
u32 sysctl_tcp_notsent_lowat = UINT32_MAX;
int sysctl_tcp_fastopen = 1, sysctl_tcp_fastopen_blackhole_timeout_sec;
int sysctl_tcp_comp_sack_nr = 44, sysctl_tcp_retrans_collapse = 1, sysctl_tcp_migrate_req;
int sysctl_tcp_init_cwnd = TCP_INIT_CWND, sysctl_tcp_rto_min_us = TCP_RTO_MIN_US,
    sysctl_tcp_rto_max_ms = TCP_RTO_MAX_US / 1000, sysctl_tcp_delack_min_us = TCP_DELACK_MIN_US;
int sysctl_tcp_rmem[3] = { 4096, 131072, 6291456 };
int sysctl_tcp_wmem[3] = { 4096, 16384, 4194304 };
int sysctl_tcp_mem[3]; /* pages; tcp_mem.c sets it by the pool's size */

/* The one that uses all of its 32 bits. */
static void notsent_lowat_show(struct seq_file *s)
{
	seq_printf(s, "%u\n", sysctl_tcp_notsent_lowat);
}

static int notsent_lowat_set(const char *text)
{
	const char *p = text;
	u64 v = 0;

	for (; *p >= '0' && *p <= '9' && v <= UINT32_MAX; p++)
		v = v * 10 + (u32)(*p - '0');
	if (p == text || (*p && *p != '\n') || v > UINT32_MAX)
		return -EINVAL;
	sysctl_tcp_notsent_lowat = (u32)v;
	return 0;
}

#define BOOL(name)                                                                                 \
	{                                                                                          \
		"net.ipv4.tcp_" #name, &sysctl_tcp_##name, 0, 1                                    \
	}
#define RANGE(name, min, max)                                                                      \
	{                                                                                          \
		"net.ipv4.tcp_" #name, &sysctl_tcp_##name, min, max                                \
	}

static const struct ctl_entry tcp_sysctls[] = {
	BOOL(timestamps),
	BOOL(window_scaling),
	BOOL(sack),
	BOOL(dsack),
	RANGE(ecn, 0, 5),
	BOOL(ecn_fallback),
	RANGE(ecn_option, 0, 3),
	RANGE(ecn_option_beacon, 0, 255),
	RANGE(syncookies, 0, 2),
	RANGE(max_syn_backlog, 1, 1 << 20),
	BOOL(abort_on_overflow),
	RANGE(syn_retries, 1, 127),
	RANGE(synack_retries, 0, 255),
	RANGE(syn_linear_timeouts, 0, 127),
	RANGE(fin_timeout, 0, 3600),
	RANGE(max_tw_buckets, 0, 1 << 20),
	RANGE(tw_reuse, 0, 2),
	RANGE(tw_reuse_delay, 1, INT32_MAX),
	BOOL(rfc1337),
	RANGE(max_orphans, 0, 1 << 20),
	RANGE(orphan_retries, 0, 255),
	RANGE(retries1, 0, 255),
	RANGE(retries2, 0, 255),
	RANGE(keepalive_time, 1, 32767),
	RANGE(keepalive_intvl, 1, 32767),
	RANGE(keepalive_probes, 1, 127),
	RANGE(reordering, 1, 300),
	RANGE(max_reordering, 1, 65535),
	RANGE(recovery, 0, 7),
	RANGE(early_retrans, 0, 4),
	RANGE(frto, 0, 2),
	BOOL(limited_transmit),
	BOOL(slow_start_after_idle),
	BOOL(no_metrics_save),
	BOOL(moderate_rcvbuf),
	RANGE(adv_win_scale, -31, 31),
	RANGE(app_win, 0, 31),
	BOOL(autocorking),
	RANGE(limit_output_bytes, 4096, INT32_MAX),
	RANGE(min_tso_segs, 1, 65535),
	RANGE(tso_win_divisor, 0, 64),
	BOOL(tso),
	RANGE(pacing_ss_ratio, 10, 1000),
	RANGE(pacing_ca_ratio, 10, 1000),
	RANGE(min_rtt_wlen, 0, 86400),
	RANGE(mtu_probing, 0, 2),
	RANGE(base_mss, TCP_MIN_SND_MSS, 65535),
	RANGE(min_snd_mss, TCP_MIN_SND_MSS, 65535),
	RANGE(probe_threshold, 0, 65535),
	RANGE(probe_interval, 1, 86400),
	RANGE(challenge_ack_limit, 0, INT32_MAX),
	RANGE(invalid_ratelimit, 0, INT32_MAX),
	BOOL(stdurg),
	BOOL(workaround_signed_windows),
	BOOL(thin_linear_timeouts),
	{ .name = "net.ipv4.tcp_notsent_lowat",
	  .show = notsent_lowat_show,
	  .set = notsent_lowat_set },
	RANGE(fastopen, 0, INT32_MAX),
	RANGE(fastopen_blackhole_timeout_sec, 0, 86400),
	RANGE(comp_sack_nr, 0, 255),
	BOOL(retrans_collapse),
	BOOL(migrate_req),
	RANGE(init_cwnd, 1, 1000),
	RANGE(rto_min_us, 1000, 120000000),
	RANGE(rto_max_ms, 1000, 120000),
	RANGE(delack_min_us, 0, 500000),
	{ "net.ipv4.tcp_rmem", sysctl_tcp_rmem, SOCK_MIN_RCVBUF, INT32_MAX / 2, NULL, 3 },
	{ "net.ipv4.tcp_wmem", sysctl_tcp_wmem, SOCK_MIN_RCVBUF, INT32_MAX / 2, NULL, 3 },
	{ "net.ipv4.tcp_mem", sysctl_tcp_mem, 1, INT32_MAX, NULL, 3 },
};

void tcp_sysctl_init(void)
{
	tcp_cong_init();
	sysctl_register(tcp_sysctls, ARRAY_SIZE(tcp_sysctls));
}
