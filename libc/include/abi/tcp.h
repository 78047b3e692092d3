/* TCP: options at SOL_TCP, states, and what TCP_INFO fills in, laid out as Linux 7.0 has it. */
#pragma once

#include <stdint.h>

#define TCP_NODELAY 1
#define TCP_MAXSEG 2
#define TCP_CORK 3
#define TCP_KEEPIDLE 4
#define TCP_KEEPINTVL 5
#define TCP_KEEPCNT 6
#define TCP_SYNCNT 7
#define TCP_LINGER2 8
#define TCP_DEFER_ACCEPT 9
#define TCP_WINDOW_CLAMP 10
#define TCP_INFO 11
#define TCP_QUICKACK 12
#define TCP_CONGESTION 13
#define TCP_MD5SIG 14
#define TCP_THIN_LINEAR_TIMEOUTS 16
#define TCP_THIN_DUPACK 17
#define TCP_USER_TIMEOUT 18
#define TCP_REPAIR 19
#define TCP_REPAIR_QUEUE 20
#define TCP_QUEUE_SEQ 21
#define TCP_REPAIR_OPTIONS 22
#define TCP_FASTOPEN 23
#define TCP_TIMESTAMP 24
#define TCP_NOTSENT_LOWAT 25
#define TCP_CC_INFO 26
#define TCP_SAVE_SYN 27
#define TCP_SAVED_SYN 28
#define TCP_REPAIR_WINDOW 29
#define TCP_FASTOPEN_CONNECT 30
#define TCP_ULP 31
#define TCP_MD5SIG_EXT 32
#define TCP_FASTOPEN_KEY 33
#define TCP_FASTOPEN_NO_COOKIE 34
#define TCP_ZEROCOPY_RECEIVE 35
#define TCP_INQ 36
#define TCP_CM_INQ TCP_INQ
#define TCP_TX_DELAY 37
#define TCP_RTO_MAX_MS 44

#define TCP_CA_NAME_MAX 16 /* of TCP_CONGESTION, with the NUL */

/* The numbers of /proc/net/tcp and tcpi_state. */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
};

/* tcpi_options */
#define TCPI_OPT_TIMESTAMPS 1
#define TCPI_OPT_SACK 2
#define TCPI_OPT_WSCALE 4
#define TCPI_OPT_ECN 8
#define TCPI_OPT_ECN_SEEN 16
#define TCPI_OPT_SYN_DATA 32

#define TCPI_ECN_MODE_DISABLED 0
#define TCPI_ECN_MODE_RFC3168 1
#define TCPI_ECN_MODE_ACCECN 2
#define TCPI_ECN_MODE_PENDING 3

/* tcpi_accecn_opt_seen: the peer's first option. */
#define TCP_ACCECN_OPT_NOT_SEEN 0
#define TCP_ACCECN_OPT_EMPTY_SEEN 1
#define TCP_ACCECN_OPT_COUNTER_SEEN 2
#define TCP_ACCECN_OPT_FAIL_SEEN 3

/* tcpi_accecn_fail_mode: the flags, or the option, do not get through. */
#define TCP_ACCECN_ACE_FAIL_SEND 1
#define TCP_ACCECN_ACE_FAIL_RECV 2
#define TCP_ACCECN_OPT_FAIL_SEND 4
#define TCP_ACCECN_OPT_FAIL_RECV 8

/* tcpi_ca_state: what the sender is doing about losses. */
enum tcp_ca_state {
	TCP_CA_Open,	 /* nothing amiss */
	TCP_CA_Disorder, /* duplicate ACKs or SACKs: perhaps a loss */
	TCP_CA_CWR,	 /* reducing: ECN, or our own queue was full */
	TCP_CA_Recovery, /* fast recovery */
	TCP_CA_Loss,	 /* the retransmission timer fired */
};

/* tcpi_fastopen_client_fail */
enum tcp_fastopen_client_fail {
	TFO_STATUS_UNSPEC,
	TFO_COOKIE_UNAVAILABLE,
	TFO_DATA_NOT_ACKED,
	TFO_SYN_RETRANSMITTED,
};

struct tcp_info {
	uint8_t tcpi_state;
	uint8_t tcpi_ca_state;
	uint8_t tcpi_retransmits;
	uint8_t tcpi_probes;
	uint8_t tcpi_backoff;
	uint8_t tcpi_options;
	uint8_t tcpi_snd_wscale : 4, tcpi_rcv_wscale : 4;
	uint8_t tcpi_delivery_rate_app_limited : 1, tcpi_fastopen_client_fail : 2;

	uint32_t tcpi_rto; /* times in us */
	uint32_t tcpi_ato;
	uint32_t tcpi_snd_mss;
	uint32_t tcpi_rcv_mss;

	uint32_t tcpi_unacked; /* segments */
	uint32_t tcpi_sacked;
	uint32_t tcpi_lost;
	uint32_t tcpi_retrans;
	uint32_t tcpi_fackets;

	uint32_t tcpi_last_data_sent; /* these four: ms ago */
	uint32_t tcpi_last_ack_sent;  /* always 0 */
	uint32_t tcpi_last_data_recv;
	uint32_t tcpi_last_ack_recv;

	uint32_t tcpi_pmtu;
	uint32_t tcpi_rcv_ssthresh;
	uint32_t tcpi_rtt;
	uint32_t tcpi_rttvar;
	uint32_t tcpi_snd_ssthresh;
	uint32_t tcpi_snd_cwnd;
	uint32_t tcpi_advmss;
	uint32_t tcpi_reordering;

	uint32_t tcpi_rcv_rtt;
	uint32_t tcpi_rcv_space;

	uint32_t tcpi_total_retrans;

	uint64_t tcpi_pacing_rate; /* bytes/s */
	uint64_t tcpi_max_pacing_rate;
	uint64_t tcpi_bytes_acked;
	uint64_t tcpi_bytes_received;
	uint32_t tcpi_segs_out;
	uint32_t tcpi_segs_in;

	uint32_t tcpi_notsent_bytes;
	uint32_t tcpi_min_rtt;
	uint32_t tcpi_data_segs_in;
	uint32_t tcpi_data_segs_out;

	uint64_t tcpi_delivery_rate; /* bytes/s */

	uint64_t tcpi_busy_time; /* us with data outstanding … */
	uint64_t tcpi_rwnd_limited;
	uint64_t tcpi_sndbuf_limited;

	uint32_t tcpi_delivered;
	uint32_t tcpi_delivered_ce;

	uint64_t tcpi_bytes_sent;
	uint64_t tcpi_bytes_retrans;
	uint32_t tcpi_dsack_dups;
	uint32_t tcpi_reord_seen;

	uint32_t tcpi_rcv_ooopack;

	uint32_t tcpi_snd_wnd; /* the peer's window, scaled */
	uint32_t tcpi_rcv_wnd; /* ours, as it was announced last */

	uint32_t tcpi_rehash; /* these four: not counted, 0 */
	uint16_t tcpi_total_rto, tcpi_total_rto_recoveries;
	uint32_t tcpi_total_rto_time;

	uint32_t tcpi_received_ce;	  /* segments marked CE, with accurate ECN */
	uint32_t tcpi_delivered_e1_bytes; /* what the peer has told of ours … */
	uint32_t tcpi_delivered_e0_bytes;
	uint32_t tcpi_delivered_ce_bytes;
	uint32_t tcpi_received_e1_bytes; /* … and we of the peer's */
	uint32_t tcpi_received_e0_bytes;
	uint32_t tcpi_received_ce_bytes;
	uint32_t tcpi_ecn_mode : 2, tcpi_accecn_opt_seen : 2, tcpi_accecn_fail_mode : 4,
		tcpi_options2 : 24;
};
_Static_assert(sizeof(struct tcp_info) == 280, "Linux 7.0's size");

/* TCP_CC_INFO of bbr; reno and cubic say nothing. */
struct tcp_bbr_info {
	uint32_t bbr_bw_lo, bbr_bw_hi; /* bytes/s */
	uint32_t bbr_min_rtt;	       /* us */
	uint32_t bbr_pacing_gain;      /* << 8 */
	uint32_t bbr_cwnd_gain;	       /* << 8 */
};

union tcp_cc_info {
	uint32_t words[5];
	struct tcp_bbr_info bbr;
};
