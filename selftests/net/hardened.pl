#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# hardened.pl UNIT [--writable DIR]... [--without CAPABILITY]... COMMAND...: runs
# COMMAND as systemd would under the hardening of the file UNIT, as far as that
# can be had without systemd: the same capabilities, mounts and system calls.
# Settings that it does not know are an error, but for those which take away
# nothing that a test could miss. DIR: what RuntimeDirectory= would make.
# x86-64 only.
use strict;
use warnings;

use constant {
	PRCTL => 157, UNSHARE => 272, MOUNT => 165, SOCKET => 41, SETNS => 308, CLONE => 56, MMAP => 9, MPROTECT => 10,
	CLONE_NEWNS => 0x20000, CLONE_ANY => 0x7e020000, AUDIT_ARCH_X86_64 => 0xc000003e,
	MS_RDONLY => 1, MS_REMOUNT => 32, MS_BIND => 4096, MS_REC => 16384, MS_SLAVE => 1 << 19,
	LOAD => 0x20, EQUAL => 0x15, ANY_BIT => 0x45, AND => 0x54, RETURN => 0x06,
	ALLOW => 0x7fff0000, ERRNO => 0x00050000, KILL => 0x80000000, EPERM => 1, EAFNOSUPPORT => 97,
};
my %family = (AF_UNIX => 1, AF_INET => 2, AF_INET6 => 10, AF_NETLINK => 16, AF_PACKET => 17);
my %namespace = (net => 0x40000000, mnt => 0x20000, pid => 0x20000000, user => 0x10000000, ipc => 0x8000000,
	uts => 0x4000000, cgroup => 0x2000000);
my %flag = (nosuid => 2, nodev => 4, noexec => 8, noatime => 1024, nodiratime => 2048, relatime => 1 << 21);
my %taken = map { $_ => 1 } qw(CapabilityBoundingSet NoNewPrivileges ProtectSystem ProtectHome ReadWritePaths
	ReadOnlyPaths MemoryDenyWriteExecute RestrictNamespaces RestrictAddressFamilies SystemCallArchitectures
	SystemCallFilter SystemCallErrorNumber);
my %harmless = map { $_ => 1 } qw(InaccessiblePaths Type NotifyAccess ExecStart ExecReload WatchdogSec Restart RestartSec
	RestartPreventExitStatus RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve ProtectKernelModules
	ProtectKernelLogs ProtectControlGroups ProtectClock ProtectHostname PrivateDevices LockPersonality RestrictRealtime
	RestrictSUIDSGID);

sub read_unit {
	my %unit;
	open my $in, '<', $_[0] or die "$_[0]: $!\n";
	while (<$in>) {
		my $service = /^\[Service\]/ .. /^\[Install\]/;
		next if !$service || !/^(\w+)=(.*)$/;
		die "$_[0]: $1: what does that do to hairpind? say so in hardened.pl\n" if !$taken{$1} && !$harmless{$1};
		push @{ $unit{$1} }, $2;
	}
	return %unit;
}

sub words { return map { split ' ' } @{ $_[0] } }

sub call {
	my ($what, $number, @arguments) = @_;
	die "$what: $!\n" if syscall($number, @arguments) < 0;
	return;
}

sub mount {
	my ($from, $to, $flags) = @_;
	my $none = "none\0";
	call("mount $to", MOUNT, $from, $to, $none, $flags, 0);
	return;
}

# Whether the longest of the paths above it is one of the writable ones.
sub is_writable {
	my ($path, %writable) = @_;
	my ($longest) = sort { length $b <=> length $a } grep { $path eq $_ || index($path, "$_/") == 0 } keys %writable;
	return defined $longest && $writable{$longest};
}

# ProtectSystem=strict: all is read-only but /dev, /proc and /sys.
sub protect_mounts {
	my ($unit, @own) = @_;
	my @read_only = grep { -e } map { s/^-//r } words($unit->{ReadOnlyPaths});
	my %writable = map { $_ => 1 } qw(/dev /proc /sys), words($unit->{ReadWritePaths}), @own;
	$writable{$_} = 0 for @read_only;
	call('unshare', UNSHARE, CLONE_NEWNS);
	mount('none', '/', MS_REC | MS_SLAVE);
	mount("$_", "$_", MS_BIND | MS_REC) for @own, @read_only;
	open my $in, '<', '/proc/self/mountinfo' or die "mountinfo: $!\n";
	for (<$in>) {
		my ($path, $options, $type) = /^\S+ \S+ \S+ \S+ (\S+) (\S+) .*?- (\S+)/ or die "mountinfo: $_";
		next if $type eq 'nsfs' || is_writable($path, %writable);
		my $flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
		$flags |= $flag{$_} // 0 for split /,/, $options;
		mount('none', $path, $flags);
	}
	return;
}

# Names of system calls, of a set with the sets in it.
sub calls_of {
	my ($word) = @_;
	return $word if $word !~ /^@/;
	my @lines = grep { !/^\s*#/ } `systemd-analyze syscall-filter $word`;
	die "systemd-analyze knows no $word\n" if $? || !@lines;
	shift @lines;
	return map { calls_of($_) } map { /(\S+)/ } @lines;
}

# systemd.exec(5): a first line without ~ lists what is allowed; @default is, too.
sub allowed_calls {
	my %allowed = map { $_ => 1 } calls_of('@default');
	for (@{ $_[0] }) {
		my ($less, $list) = /^(~?)(.*)/;
		for my $call (map { calls_of($_) } split ' ', $list) {
			if   ($less) { delete $allowed{$call} }
			else         { $allowed{$call} = 1 }
		}
	}
	return keys %allowed;
}

sub numbers {
	my %number;
	open my $in, '<', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h' or die "unistd_64.h: $!: x86-64 only\n";
	while (<$in>) { $number{$1} = $2 if /__NR_(\w+)\s+(\d+)/ }
	return %number;
}

sub code { my ($op, $k, $true, $false) = @_; return pack 'S C C L', $op, $true // 0, $false // 0, $k }
sub verdict { return code(RETURN, $_[0]) }
sub refuse { return verdict(ERRNO | $_[0]) }
sub argument { return code(LOAD, 16 + 8 * $_[0]) }

# Instructions for one system call, behind a jump over them.
sub for_call {
	my ($number, @body) = @_;
	return (code(EQUAL, $number, 0, scalar @body), @body);
}

sub filter {
	my ($unit) = @_;
	my %number = numbers();
	my @families = map { code(EQUAL, $family{$_} // die("$_?\n"), 0, 1), verdict(ALLOW) } words($unit->{RestrictAddressFamilies});
	my $spaces = 0;
	$spaces |= $namespace{$_} // die "$_?\n" for words($unit->{RestrictNamespaces});
	my @other = (code(ANY_BIT, CLONE_ANY & ~$spaces, 0, 1), refuse(EPERM));
	my @write_execute = (argument(2), code(AND, 6), code(EQUAL, 6, 0, 1), refuse(EPERM));
	my @program = (code(LOAD, 4), code(EQUAL, AUDIT_ARCH_X86_64, 1, 0), verdict(KILL), code(LOAD, 0));
	push @program, for_call(SOCKET, argument(0), @families, refuse(EAFNOSUPPORT));
	push @program, for_call(SETNS, argument(1), code(EQUAL, 0, 0, 1), refuse(EPERM), @other, verdict(ALLOW));
	push @program, for_call($_, argument(0), @other, verdict(ALLOW)) for CLONE, UNSHARE;
	push @program, for_call(MMAP, @write_execute, verdict(ALLOW));
	push @program, for_call(MPROTECT, argument(2), code(AND, 4), code(EQUAL, 4, 0, 1), refuse(EPERM), verdict(ALLOW));
	push @program, for_call($_, verdict(ALLOW)) for grep { defined } map { $number{$_} } allowed_calls($unit->{SystemCallFilter});
	return (@program, refuse(EPERM));
}

# PR_SET_SECCOMP, SECCOMP_MODE_FILTER
sub restrict_calls {
	my @program = filter($_[0]);
	my $text = join '', @program;
	my $header = pack 'S x6 P', scalar @program, $text;
	call('PR_SET_NO_NEW_PRIVS', PRCTL, 38, 1, 0, 0, 0);
	call('PR_SET_SECCOMP', PRCTL, 22, 2, $header, 0, 0);
	return;
}

my %unit = read_unit(shift @ARGV);
my (@writable, %without);
while (@ARGV && $ARGV[0] =~ /^--(writable|without)$/) {
	my ($option, $word) = splice @ARGV, 0, 2;
	if   ($option eq '--writable') { push @writable, $word }
	else                           { $without{$word} = 1 }
}
my @capabilities = map { /^CAP_(\w+)$/ ? '+' . lc $1 : die "$_?\n" } grep { !$without{$_} } words($unit{CapabilityBoundingSet});
protect_mounts(\%unit, @writable);
restrict_calls(\%unit);
exec 'setpriv', '--bounding-set=' . join(',', '-all', @capabilities), '--inh-caps=-all', '--no-new-privs', '--', @ARGV
	or die "setpriv: $!\n";
