#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# http.pl ADDRESS TEXT...: sends each TEXT, in which \r and \n are what they say,
# and prints what comes until the other side closes, or for 20 s.
# ADDRESS: ADDRESS:PORT, or a path. --hold N instead of TEXT: opens N connections,
# sends half a request on each, prints "ready" and stays; --unread: asks on 16
# connections, reads nothing, prints "ready" and stays; --leave: asks and is gone.
use strict;
use warnings;
use IO::Handle;
use IO::Socket::IP;
use IO::Socket::UNIX;

my ($address, @texts) = @ARGV;
STDOUT->autoflush(1);
$SIG{PIPE} = 'IGNORE';

sub dial {
	my $socket =
		$address =~ m{^/}
		? IO::Socket::UNIX->new(Peer => $address)
		: IO::Socket::IP->new(PeerAddr => $address, Timeout => 10);
	return $socket // die "$address: $@ $!\n";
}

if ($texts[0] =~ /^--(hold|unread)$/) {
	my @held = map { dial() } 1 .. $texts[1] // 16;
	$_->syswrite("GET /metrics HTTP/1.1\r\n" . ($1 eq 'hold' ? '' : "\r\n")) for @held;
	print "ready\n";
	sleep 1000;
}
my $socket = dial();
if ($texts[0] eq '--leave') {
	$socket->syswrite("GET /metrics HTTP/1.1\r\n\r\n");
	exit;
}
for my $text (@texts) {
	$text =~ s/\\r/\r/g;
	$text =~ s/\\n/\n/g;
	$socket->syswrite($text);
}
alarm 20;
print while <$socket>;
