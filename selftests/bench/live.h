/* SPDX-License-Identifier: BSD-2-Clause */
/* What live.c tells the programs in live.bpf.c. */
#ifndef SELFTESTS_BENCH_LIVE_H
#define SELFTESTS_BENCH_LIVE_H

#include <linux/types.h>

#define LIVE_LENGTH 60	 /* the shortest frame, without its checksum */
#define LIVE_HEADER 48	 /* of which the program writes these bytes */
#define LIVE_VARY_MAX 63 /* a mask, for the verifier */

struct live_frame {
	__u64 header[LIVE_HEADER / sizeof(__u64)];
	__u32 vary_at; /* offset of a 32-bit word, big endian, to which is added ... */
	__u32 vary;    /* ... 0 to this - 1, in turn; 0: nothing */
};

#endif
