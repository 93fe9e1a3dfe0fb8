#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# notified.pl SOCKET FILE: what a service manager hears at $NOTIFY_SOCKET, a line
# for each datagram with '|' between its lines, and whether FILE was there by then.
use strict;
use warnings;
use IO::Handle;
use Socket;

my ($name, $file) = @ARGV;
STDOUT->autoflush(1);
socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!\n";
bind $socket, pack_sockaddr_un($name =~ s/^@/\0/r) or die "$name: $!\n";
print "ready\n";
while (defined recv $socket, my $text, 4096, 0) {
	print join('|', split(/\n/, $text), -e $file ? () : 'nothing is served'), "\n";
}
