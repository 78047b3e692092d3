/*
 * Registers and descriptors of the 8254x family, named as in Intel's "PCI/PCI-X Family of Gigabit
 * Ethernet Controllers Software Developer's Manual" (317453), chapters 3 and 13. The 82574 keeps
 * them in its legacy mode.
 */
#pragma once

#include "kernel/types.h"

/* Table 13-2: offsets */
#define E1000_CTRL 0x0000
#define E1000_STATUS 0x0008
#define E1000_EERD 0x0014
#define E1000_FCAL 0x0028
#define E1000_FCAH 0x002C
#define E1000_FCT 0x0030
#define E1000_ICR 0x00C0
#define E1000_ITR 0x00C4
#define E1000_ICS 0x00C8
#define E1000_IMS 0x00D0
#define E1000_IMC 0x00D8
#define E1000_RCTL 0x0100
#define E1000_FCTTV 0x0170
#define E1000_TCTL 0x0400
#define E1000_TIPG 0x0410
#define E1000_RDBAL 0x2800
#define E1000_RDBAH 0x2804
#define E1000_RDLEN 0x2808
#define E1000_RDH 0x2810
#define E1000_RDT 0x2818
#define E1000_RDTR 0x2820
#define E1000_RADV 0x282C
#define E1000_TDBAL 0x3800
#define E1000_TDBAH 0x3804
#define E1000_TDLEN 0x3808
#define E1000_TDH 0x3810
#define E1000_TDT 0x3818
#define E1000_TIDV 0x3820
#define E1000_TADV 0x382C
#define E1000_RXCSUM 0x5000
#define E1000_MTA 0x5200
#define E1000_RAL0 0x5400
#define E1000_RAH0 0x5404

/* Statistics (§13.7); each clears when it is read */
#define E1000_CRCERRS 0x4000
#define E1000_RXERRC 0x400C
#define E1000_MPC 0x4010
#define E1000_ECOL 0x4018
#define E1000_LATECOL 0x4020
#define E1000_COLC 0x4028
#define E1000_RLEC 0x4040
#define E1000_RNBC 0x40A0
#define E1000_RUC 0x40A4
#define E1000_RFC 0x40A8
#define E1000_ROC 0x40AC
#define E1000_RJC 0x40B0

/* Device control, Table 13-3 */
#define CTRL_FD (1u << 0)
#define CTRL_LRST (1u << 3)
#define CTRL_ASDE (1u << 5)
#define CTRL_SLU (1u << 6)
#define CTRL_ILOS (1u << 7)
#define CTRL_RST (1u << 26)
#define CTRL_VME (1u << 30)
#define CTRL_PHY_RST (1u << 31)

#define STATUS_LU (1u << 1)

/* EEPROM read, §13.4.4; the 82574 has its fields elsewhere */
#define EERD_START (1u << 0)
#define EERD_DONE_8254X (1u << 4)
#define EERD_ADDR_SHIFT_8254X 8
#define EERD_DONE_82574 (1u << 1)
#define EERD_ADDR_SHIFT_82574 2
#define EERD_DATA_SHIFT 16

/* Interrupt causes, Table 13-63 */
#define ICR_TXDW (1u << 0)
#define ICR_LSC (1u << 2)
#define ICR_RXDMT0 (1u << 4)
#define ICR_RXO (1u << 6)
#define ICR_RXT0 (1u << 7)

/* Receive control, Table 13-67 */
#define RCTL_EN (1u << 1)
#define RCTL_UPE (1u << 3)
#define RCTL_MPE (1u << 4)
#define RCTL_BAM (1u << 15)
#define RCTL_BSIZE_2048 0
#define RCTL_SECRC (1u << 26)

/* Transmit control, Table 13-76 */
#define TCTL_EN (1u << 1)
#define TCTL_PSP (1u << 3)
#define TCTL_CT_SHIFT 4
#define TCTL_COLD_SHIFT 12

/* Inter-packet gap for copper, Table 13-77 */
#define TIPG_COPPER (10 | 8 << 10 | 6 << 20)

/* Receive checksum, Table 13-92 */
#define RXCSUM_IPOFL (1u << 8)
#define RXCSUM_TUOFL (1u << 9)

#define RAH_AV (1u << 31)

/* Receive descriptor, Table 3-1 */
struct e1000_rx_desc {
	u64 addr;
	u16 length;
	u16 checksum;
	u8 status;
	u8 errors;
	u16 special;
} __packed;

#define RXD_STAT_DD 0x01
#define RXD_STAT_EOP 0x02
#define RXD_STAT_IXSM 0x04
#define RXD_STAT_TCPCS 0x20
#define RXD_ERR_TCPE 0x20
#define RXD_ERR_IPE 0x40
/* CE, SE, SEQ, CXE, RXE: the frame itself is bad */
#define RXD_ERR_FRAME 0x97

/* Transmit: data and context descriptors, §3.3.6 and §3.3.7 */
struct e1000_tx_desc {
	u64 addr; /* context: IP and TCP/UDP checksum fields */
	u32 cmd;  /* length, type, command */
	u8 status;
	u8 popts;    /* context: the header length */
	u16 special; /* context: the segment size */
} __packed;

#define TXD_LEN_MAX 4096
#define TXD_DTYP_CONTEXT (0u << 20)
#define TXD_DTYP_DATA (1u << 20)
#define TXD_CMD_EOP (1u << 24)
#define TXD_CMD_IFCS (1u << 25)
#define TXD_CMD_TSE (1u << 26)
#define TXD_CMD_RS (1u << 27)
#define TXD_CMD_DEXT (1u << 29)
#define TXD_STAT_DD 0x01
#define TXD_POPTS_IXSM 0x01
#define TXD_POPTS_TXSM 0x02
/* Context: of what TSE is to be cut, in the place of EOP and IFCS */
#define TXC_CMD_TCP (1u << 24)
#define TXC_CMD_IPV4 (1u << 25)
/* Context, in addr: where the IP header's checksum starts, is stored, and ends (its last byte);
 * where the TCP/UDP checksum starts and is stored */
#define TXC_IPCSS_SHIFT 0
#define TXC_IPCSO_SHIFT 8
#define TXC_IPCSE_SHIFT 16
#define TXC_TUCSS_SHIFT 32
#define TXC_TUCSO_SHIFT 40
