#!/bin/sh
# make setup: installs what building and running need, with the goal `test` or `check` what testing needs, with `bench` what
# comparing with Linux needs. Asks nothing; does nothing when all is there.
set -eu

packages="gcc binutils make qemu-system-x86"
case " $* " in
*" test "* | *" check "* | *" iso "* | *" bench "* | *" fuzz "*)
	packages="$packages libc6-dev libcmocka-dev clang libclang-rt-dev clang-format cppcheck python3 python3-pytest
		python3-pytest-timeout python3-pexpect python3-scapy dnsmasq-base bird2 frr iproute2 net-tools python3-psutil iputils-ping iputils-arping
		util-linux tcpdump tshark libpcap0.8 curl iperf3 traceroute wrk apache2-utils ovmf grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools"
	;;
esac
case " $* " in
*" bench "*) packages="$packages iperf3 wrk cpio libpcre2-8-0 libssl3 zlib1g libcrypt1" ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "setup: no apt here; install the counterparts of:" $packages
	exit 0
fi

missing=
for package in $packages; do
	case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
	*"ok installed") ;;
	*) missing="$missing $package" ;;
	esac
done
if [ -n "$missing" ]; then
	echo "setup: installing$missing"
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	export DEBIAN_FRONTEND=noninteractive
	$sudo apt-get update -q
	$sudo apt-get install -q -y --no-install-recommends $missing
fi

# The guest that skbox is measured against: fetched, never installed, so that it changes nothing about this machine's own boot.
case " $* " in
*" bench "*)
	mkdir -p build/bench
	cd build/bench
	if ! ls linux-image-*.deb nginx_*.deb >/dev/null 2>&1; then
		kernel=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
		apt-get download -q "$kernel" nginx
	fi
	;;
esac
