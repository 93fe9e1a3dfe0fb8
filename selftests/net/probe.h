/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe: what the network tests send and hear with, because they count
 * exactly. The commands that listen share three rules:
 *
 *   - the line "ready" says that from now on nothing is missed;
 *   - then comes one line for each frame or datagram;
 *   - SIGTERM ends them, but what is queued by then is still printed.
 *
 * Every other command does one thing and ends: 0, or 1 after a line on stderr.
 */
#ifndef SELFTESTS_NET_PROBE_H
#define SELFTESTS_NET_PROBE_H

#include <stddef.h>
#include <stdint.h>

/* For local experiments, IEEE 802 table 5; no stack sends or takes these. */
#define PROBE_WORD 0x88b5    /* a frame that carries a word of text */
#define PROBE_BARRIER 0x88b6 /* see barrier.c */

#define PROBE_DEADLINE_MS 5000

/* Ends the process with a line: what failed, and on what. */
_Noreturn void probe_fail(const char *what, const char *object);

/* Text to number or bytes; a bad word ends the process. */
unsigned long probe_number(const char *text);
void probe_mac(const char *text, uint8_t mac[6]);
size_t probe_hex(const char *text, uint8_t *bytes, size_t size);

/* FNV-1a: enough to tell whether content arrived whole and in order. */
#define PROBE_HASH_START 14695981039346656037ULL
uint64_t probe_hash(uint64_t hash, const void *bytes, size_t length);

/*
 * Prints "ready", then calls @take whenever @fd is readable, until SIGTERM came
 * and @fd is empty. @take returns 0 if there was nothing to take.
 */
typedef int (*probe_take)(int fd, void *arg);
void probe_listen(int fd, probe_take take, void *arg);

/* A packet socket on a device; @protocol 0 is for sending only. */
int probe_packet_socket(const char *device, uint16_t protocol);

/* From now on, what it opens is in that netns of `ip netns`. */
void probe_enter(const char *netns);

/* A socket for probe_flush(). Needs lo up. */
int probe_flush_socket(void);

/* Returns when the backlog that this CPU has now is worked off. */
void probe_flush(int fd);

/* Commands; argv[0] is the command's name, argc was checked. */
int frames_main(int argc, char **argv);
int send_main(int argc, char **argv);
int inject_main(int argc, char **argv);
int compose_main(int argc, char **argv);
int barrier_main(int argc, char **argv);
int flush_main(int argc, char **argv);
int flood_main(int argc, char **argv);
int until_main(int argc, char **argv);
int udp_listen_main(int argc, char **argv);
int udp_send_main(int argc, char **argv);
int tcp_listen_main(int argc, char **argv);
int tcp_send_main(int argc, char **argv);
int tap_main(int argc, char **argv);
int xdp_main(int argc, char **argv);
int rx_vlan_main(int argc, char **argv);
int gso_main(int argc, char **argv);
int unicast_main(int argc, char **argv);
int forget_main(int argc, char **argv);
int proxies_main(int argc, char **argv);
int rows_main(int argc, char **argv);
int reasons_main(int argc, char **argv);
int sum_main(int argc, char **argv);
int bits_main(int argc, char **argv);
int names_main(int argc, char **argv);
int field_main(int argc, char **argv);

#endif
