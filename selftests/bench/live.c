/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live send|make DEVICE MILLISECONDS HEX [OFFSET COUNT]: sends a frame of 60 bytes
 * from DEVICE, as fast as one CPU can.
 *
 * BPF_PROG_RUN with live frames: an XDP program on DEVICE answers XDP_TX, and the
 * driver gets the frames in batches. Where DEVICE is a veth, the other end's NAPI takes
 * each batch on this CPU before the next is made, so that the time is that of the
 * whole receive path. `make` throws the frames away instead: the generator's own part.
 * With OFFSET, COUNT is how many values the 32-bit word there takes in turn.
 *
 * Prints, on one line: frames, nanoseconds of CPU time of this process, and that of the
 * kernel's threads meanwhile: softirqs that were put off, and what macvlan puts off.
 * CPU time, because the machine may have other things to do.
 */
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "live.h"
#include "live.skel.h"

#define ROUND (1 << 18) /* frames; each run takes tens of ms to set up, asleep */

static _Noreturn void fail(const char *what, const char *object, int err)
{
	fprintf(stderr, "live: %s: %s: %s\n", object, what, strerror(err < 0 ? -err : err));
	exit(1);
}

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The first line of a file of a process; false if that has ended. */
static bool read_line(const char *proc, const char *pid, const char *name, char *line, int size)
{
	char path[512];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s/%s", proc, pid, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(line, size, f);
	fclose(f);
	return ok;
}

static long long thread_ns(const char *proc, const char *pid)
{
	char line[128];

	if (!read_line(proc, pid, "comm", line, sizeof(line)) ||
	    (strncmp(line, "ksoftirqd/", 10) != 0 && strncmp(line, "kworker/", 8) != 0) ||
	    !read_line(proc, pid, "schedstat", line, sizeof(line)))
		return 0;
	return strtoll(line, NULL, 10);
}

static long long kernel_ns(void)
{
	const char *proc = getenv("MACHINE_PROC"); /* ours may show our own processes alone */
	long long sum = 0;
	struct dirent *e;
	DIR *dir;

	if (!proc)
		proc = "/proc";
	dir = opendir(proc);
	if (!dir)
		fail("open", proc, errno);
	while ((e = readdir(dir))) {
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			sum += thread_ns(proc, e->d_name);
	}
	closedir(dir);
	return sum;
}

static void parse_frame(const char *hex, __u8 *frame)
{
	unsigned int byte;

	for (size_t n = 0; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		if (n == LIVE_HEADER)
			fail("longer than its header", hex, EINVAL);
		frame[n++] = byte;
	}
}

static long long run(int prog, int ifindex, long long until)
{
	static __u8 data[LIVE_LENGTH];
	struct xdp_md ctx = { .data_end = sizeof(data), .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = sizeof(data),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = ROUND,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	long long frames = 0;
	int err;

	do {
		err = bpf_prog_test_run_opts(prog, &opts);
		if (err)
			fail("run", "BPF_PROG_RUN", err);
		frames += ROUND;
	} while (now(CLOCK_MONOTONIC) < until);
	return frames;
}

static struct live *load(char **argv, int argc)
{
	struct live *skel = live__open();
	struct live_frame *frame;
	int err;

	if (!skel)
		fail("open", "programs", errno);
	frame = (void *)&skel->rodata->frame;
	parse_frame(argv[4], (__u8 *)frame->header);
	frame->vary_at = argc == 7 ? strtoul(argv[5], NULL, 10) : 0;
	frame->vary = argc == 7 ? strtoul(argv[6], NULL, 10) : 0;
	err = live__load(skel);
	if (err)
		fail("load", "programs", err);
	return skel;
}

int main(int argc, char **argv)
{
	long long cpu, kernel, frames;
	struct live *skel;
	int ifindex, prog;

	if ((argc != 5 && argc != 7) ||
	    (strcmp(argv[1], "make") != 0 && strcmp(argv[1], "send") != 0)) {
		fputs("usage: live send|make DEVICE MILLISECONDS HEX [OFFSET COUNT]\n", stderr);
		return 2;
	}
	ifindex = if_nametoindex(argv[2]);
	if (!ifindex)
		fail("find", argv[2], errno);
	skel = load(argv, argc);
	prog = bpf_program__fd(argv[1][0] == 'm' ? skel->progs.live_make : skel->progs.live_send);
	kernel = kernel_ns();
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	frames = run(prog, ifindex, now(CLOCK_MONOTONIC) + strtoll(argv[3], NULL, 10) * 1000000);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%lld %lld %lld\n", frames, cpu, kernel_ns() - kernel);
	live__destroy(skel);
	return 0;
}
