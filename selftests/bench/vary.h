/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs.c tells the programs in vary.bpf.c. */
#ifndef SELFTESTS_BENCH_VARY_H
#define SELFTESTS_BENCH_VARY_H

#include <linux/types.h>

#define VARY_STATIONS 65536

struct vary_station {
	__u8 mac[6];
	__u8 ip[4];
	__u8 pad[2];
};

enum vary_what {
	VARY_MAC, /* the destination */
	VARY_ARP, /* the target of an ARP request, to all */
};

struct vary_given {
	__u32 what;
	__u32 target;	/* index of tc_targets or xdp_targets */
	__u32 stations; /* so many in turn */
};

#endif
