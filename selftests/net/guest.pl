#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# guest.pl TAP MAC ADDRESS: as a virtual machine would, answers ARP requests for
# the IPv4 address and echo requests to it. Prints a line for each. The kernel
# that the tap belongs to does not know the address.
use strict;
use warnings;
use Socket qw(inet_aton);

use constant { TUNSETIFF => 0x400454ca, IFF_TAP => 0x0002, IFF_NO_PI => 0x1000 };

my ($path, $mac_text, $address_text) = @ARGV;
my $mac = pack '(H2)6', split /:/, $mac_text;
my $address = inet_aton($address_text);

sub checksum {    # RFC 1071
	my $sum = 0;
	$sum += $_ for unpack 'n*', $_[0] . (length($_[0]) % 2 ? "\0" : '');
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	return ~$sum & 0xffff;
}

sub arp_reply {
	my ($from, $op, $sha, $sip, $tip) = unpack 'x6 a6 x8 n a6 a4 x6 a4', $_[0];
	return if $op != 1 || $tip ne $address;
	return ('arp', $from . $mac . pack('n n n C C n', 0x0806, 1, 0x0800, 6, 4, 2) . $mac . $address . $sha . $sip);
}

sub echo_reply {
	my ($to, $from, $ip) = unpack 'a6 a6 x2 a*', $_[0];
	my ($length, $protocol, $source, $destination) = unpack 'x2 n x5 C x2 a4 a4', $ip;
	my $icmp = substr $ip, 20, $length - 20;
	return if $to ne $mac || $protocol != 1 || $destination ne $address || ord $icmp != 8;
	substr $icmp, 0, 4, "\0\0\0\0";
	substr $icmp, 2, 2, pack 'n', checksum($icmp);
	my $header = pack 'n n n n C C n', 0x4500, $length, 0, 0, 64, 1, 0;
	substr $header, 10, 2, pack 'n', checksum($header . $address . $source);
	return ('echo', $from . $mac . pack('n', 0x0800) . $header . $address . $source . $icmp);
}

open my $tap, '+<', $path or die "$path: $!\n";
my $ifreq = pack "a16 s x22", "", IFF_TAP | IFF_NO_PI;
ioctl $tap, TUNSETIFF, $ifreq or die "$path: TUNSETIFF: $!\n";
$| = 1;
print "ready\n";
while (sysread $tap, my $frame, 65536) {
	next if length $frame < 42;
	my $type = unpack 'x12 n', $frame;
	my ($what, $reply) = $type == 0x0806 ? arp_reply($frame) : $type == 0x0800 ? echo_reply($frame) : ();
	next unless $reply;
	print join(':', unpack '(H2)6', substr $frame, 0, 6), " $what\n"; # before anybody can know
	syswrite $tap, $reply or die "$path: write: $!\n";
}
