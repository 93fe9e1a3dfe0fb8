/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames, through packet sockets. A socket for one EtherType sits where the
 * protocols sit: it hears what the device's own stack is given, after macvlan
 * and the tc hooks, with the packet type that IP would see. One for all of
 * them is a tap: it hears everything that passes, also what is sent.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#define RECEIVE_BUFFER (64 << 20) /* nothing may be lost while bulk data flows */
#define SHOWN 256		  /* bytes of a frame that are printed */
#define FRAME_MIN 60

int probe_packet_socket(const char *device, uint16_t protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int size = RECEIVE_BUFFER, on = 1;
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(device),
	};

	if (!at.sll_ifindex)
		probe_fail("no such device", device);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		probe_fail("packet socket", device);
	return fd;
}

static const char *type_name(unsigned char type)
{
	static const char *const names[] = {
		[PACKET_HOST] = "host",		  [PACKET_BROADCAST] = "broadcast",
		[PACKET_MULTICAST] = "multicast", [PACKET_OTHERHOST] = "other",
		[PACKET_OUTGOING] = "out",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

static void print_mac(const uint8_t *mac)
{
	printf(" %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void print_payload(uint16_t protocol, const uint8_t *payload, size_t length)
{
	putchar(' ');
	for (size_t i = 0; i < length; i++) {
		if (protocol != PROBE_WORD)
			printf("%02x", payload[i]);
		else if (isgraph(payload[i]))
			putchar(payload[i]);
		else
			break;
	}
	putchar('\n');
}

/* A tag that the kernel has taken out of the frame, as @TPID:TCI. */
static void print_tag(struct msghdr *msg)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct tpacket_auxdata aux;

	if (!c || c->cmsg_type != PACKET_AUXDATA)
		return;
	memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	if (aux.tp_status & TP_STATUS_VLAN_VALID)
		printf("@%04x:%u", aux.tp_vlan_tpid, aux.tp_vlan_tci);
}

static ssize_t receive_frame(int fd, struct msghdr *msg)
{
	ssize_t n = recvmsg(fd, msg, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < (ssize_t)sizeof(struct ethhdr))
		probe_fail("receive", "packet socket");
	return n;
}

/* TYPE DST SRC ETHERTYPE[@TPID:TCI] LENGTH WORD, or the bytes behind the header in hex. */
static int take_frame(int fd, void *arg)
{
	uint8_t frame[SHOWN];
	const struct ethhdr *eth = (const void *)frame;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from;
	struct iovec iov = { frame, sizeof(frame) };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = receive_frame(fd, &msg);
	const int *device = arg;

	if (!n)
		return 0;
	/* What went on to a macvlan in the same netns is not this device's. */
	if (from.sll_ifindex != *device)
		return 1;
	printf("%s", type_name(from.sll_pkttype));
	print_mac(eth->h_dest);
	print_mac(eth->h_source);
	printf(" %04x", ntohs(eth->h_proto));
	print_tag(&msg);
	printf(" %zd", n);
	if (n > SHOWN)
		n = SHOWN;
	print_payload(ntohs(eth->h_proto), frame + sizeof(*eth), n - sizeof(*eth));
	return 1;
}

int frames_main(int argc, char **argv)
{
	uint16_t protocol = PROBE_WORD;
	int device = if_nametoindex(argv[1]);

	if (argc > 2)
		protocol = !strcmp(argv[2], "all") ? ETH_P_ALL : strtoul(argv[2], NULL, 16);
	if (!protocol)
		probe_fail("no EtherType", argv[2]);
	probe_listen(probe_packet_socket(argv[1], protocol), take_frame, &device);
	return 0;
}

/*
 * With the EtherType beside it, as the stack has it: ipvlan looks there, and not
 * into the frame. What the device drops at once (-ENOBUFS) was sent nevertheless.
 */
static void send_frame(int fd, const char *device, const void *frame, size_t length)
{
	const struct ethhdr *eth = frame;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = eth->h_proto,
		.sll_ifindex = if_nametoindex(device),
	};

	if (sendto(fd, frame, length, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)length &&
	    errno != ENOBUFS)
		probe_fail("send", device);
}

static void send_word(int fd, const char *device, char **words)
{
	uint8_t frame[ETH_FRAME_LEN] = {};
	struct ethhdr *eth = (void *)frame;
	size_t length = strnlen(words[2], ETH_DATA_LEN);

	probe_mac(words[0], eth->h_dest);
	probe_mac(words[1], eth->h_source);
	eth->h_proto = htons(PROBE_WORD);
	memcpy(eth + 1, words[2], length);
	length += sizeof(*eth);
	send_frame(fd, device, frame, length < FRAME_MIN ? FRAME_MIN : length);
}

/* Many at once, because closing a packet socket takes the kernel a while. */
int send_main(int argc, char **argv)
{
	int fd = probe_packet_socket(argv[1], 0);

	for (int i = 2; i + 2 < argc; i += 3)
		send_word(fd, argv[1], &argv[i]);
	return 0;
}

int inject_main(int argc, char **argv)
{
	int fd = probe_packet_socket(argv[1], 0);
	uint8_t frame[ETH_FRAME_LEN];

	for (int i = 2; i < argc; i++)
		send_frame(fd, argv[1], frame, probe_hex(argv[i], frame, sizeof(frame)));
	return 0;
}
