#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# pod.pl CONTAINER DIR < MANIFESTS: what podman has to be told to run this container of the DaemonSet as a node does, one
# word a line: options, image, command.
#
# ConfigMaps become directories of files below DIR. A word that would go unnoticed here is an error: what the test runs
# is what the manifest says.
use strict;
use warnings;
use YAML::XS qw(Load);

my ($name, $configmaps) = @ARGV;
my @documents = grep { $_ } Load(do { local $/; <STDIN> });
my ($set) = grep { $_->{kind} eq 'DaemonSet' } @documents;
my %configs = map { $_->{metadata}{name} => $_->{data} } grep { $_->{kind} eq 'ConfigMap' } @documents;
my $template = $set->{spec}{template};
my $pod = $template->{spec};
my ($container) = grep { $_->{name} eq $name } @{ $pod->{initContainers} }, @{ $pod->{containers} };
$container or die "pod.pl: no container $name\n";

sub true { $_[0] && $_[0] ne 'false' }

# What says how a pod is placed and what an API server gives it is not podman's.
sub known {
	my ($what, $hash, @keys) = @_;
	my %known = map { $_ => 1 } @keys;
	$known{$_} or die "pod.pl: $what: what is $_?\n" for keys %$hash;
}

sub security {
	my ($s) = @_;
	known('securityContext', $s, qw(runAsUser readOnlyRootFilesystem allowPrivilegeEscalation capabilities seccompProfile
		seLinuxOptions));
	$s->{seccompProfile}{type} eq 'RuntimeDefault' or die "pod.pl: podman has its default profile of seccomp only\n";
	my @words = ("--user=$s->{runAsUser}");
	push @words, '--read-only', '--read-only-tmpfs=false' if true($s->{readOnlyRootFilesystem});
	push @words, '--security-opt=no-new-privileges' unless true($s->{allowPrivilegeEscalation});
	push @words, map { "--cap-drop=$_" } @{ $s->{capabilities}{drop} };
	push @words, map { "--cap-add=$_" } @{ $s->{capabilities}{add} || [] };
	my $apparmor = $template->{metadata}{annotations}{"container.apparmor.security.beta.kubernetes.io/$name"};
	push @words, "--security-opt=apparmor=$apparmor" if $apparmor && -d '/sys/kernel/security/apparmor';
	return @words;
}

sub source {
	my ($volume) = @_;
	if (my $map = $volume->{configMap}) {
		my $dir = "$configmaps/$map->{name}";
		mkdir $dir;
		for my $file (keys %{ $configs{ $map->{name} } }) {
			open my $out, '>', "$dir/$file" or die "pod.pl: $dir/$file: $!\n";
			print $out $configs{ $map->{name} }{$file};
			close $out or die "pod.pl: $dir/$file: $!\n";
		}
		return $dir;
	}
	my $path = $volume->{hostPath} or die "pod.pl: volume $volume->{name}: neither configMap nor hostPath\n";
	my $dir = $path->{path};
	system('mkdir', '-p', $dir) if $path->{type} eq 'DirectoryOrCreate';
	-d $dir or die "pod.pl: $dir: is not there, and $path->{type}\n";
	return $dir;
}

sub mount_word {
	my ($mount) = @_;
	known('volumeMounts', $mount, qw(name mountPath readOnly mountPropagation));
	my ($volume) = grep { $_->{name} eq $mount->{name} } @{ $pod->{volumes} };
	my %propagation = (None => 'rprivate', HostToContainer => 'rslave', Bidirectional => 'rshared');
	return sprintf '--mount=type=bind,source=%s,destination=%s,ro=%s,bind-propagation=%s', source($volume),
		$mount->{mountPath}, true($mount->{readOnly}) ? 'true' : 'false',
		$propagation{ $mount->{mountPropagation} || 'None' };
}

known('pod', $pod, qw(hostNetwork hostPID automountServiceAccountToken enableServiceLinks priorityClassName nodeSelector
	tolerations terminationGracePeriodSeconds initContainers containers volumes));
known('container', $container, qw(name image imagePullPolicy command args securityContext readinessProbe resources
	volumeMounts));
my @words = security($container->{securityContext});
push @words, '--network=' . (true($pod->{hostNetwork}) ? 'host' : 'none');
push @words, '--pid=host' if true($pod->{hostPID});
push @words, map { mount_word($_) } @{ $container->{volumeMounts} };
my @command = @{ $container->{command} || [] };
push @words, '--entrypoint=' . shift @command if @command;
push @words, $container->{image}, @command, @{ $container->{args} || [] };
print "$_\n" for @words;
