"""Modules: object files that the running kernel takes in and gives back; what they may not do; and the two that come with it,
seen from a Linux peer."""

import re
import subprocess

import pytest
from lib.relay import Namespace, Relay, VmEnd
from lib.vm import KERNEL, ROOT, VM
from lib.wire import SKBOX_IP, SKBOX_MAC, STATIC

PEER_IP = "10.9.0.1"

# A student's first one: a parameter, a file in /proc, and a variable of each kind.
MINE = r"""
#include "kernel/module.h"
#include "kernel/proc.h"

static int start = 1;
static int reads; /* in .bss */

static const struct module_param params[] = {
	PARAM_INT("start", &start, 0, 1000, "where counting begins"),
};

static void mine_show(struct seq_file *s)
{
	seq_printf(s, "start %d reads %d\n", start, ++reads);
}

static const struct proc_entry file = { "mine", mine_show, NULL };

static int mine_init(void)
{
	return proc_add(&file);
}

static void mine_exit(void)
{
	proc_remove(&file);
}

MODULE(.init = mine_init, .exit = mine_exit, MODULE_PARAMS(params), .description = "a first module");
"""

# Does what its parameter says, in a function that a backtrace can name.
BADLY = r"""
#include "kernel/module.h"
#include "kernel/printk.h"

static char what[16];
static const char text[] = "cannot be changed";
static char code[] = { (char)0xc3 }; /* ret */

static const struct module_param params[] = { PARAM_STRING("what", what, "text, code, data or bug") };

static __attribute__((noinline)) int badly_do(char c)
{
	if (c == 't')
		*(volatile char *)text = 0;
	else if (c == 'c')
		*(volatile char *)badly_do = 0;
	else if (c == 'd')
		((void (*)(void))code)();
	else
		panic("as told");
	return code[0];
}

static int badly_init(void)
{
	return badly_do(what[0]) ? 0 : -1;
}

MODULE(.init = badly_init, MODULE_PARAMS(params));
"""

# Uses a function of the kernel that is not for modules.
OUTSIDE = r"""
#include "kernel/module.h"

int paging_secret(void);

static int outside_init(void)
{
	return paging_secret();
}

MODULE(.init = outside_init);
"""

# Has the right name, and nothing in it.
HOLLOW = "extern const long this_module[100]; const long this_module[100] = { 1 };\n"

NOT_ONE = "int f(void); int f(void) { return 1; }\n"


@pytest.fixture(scope="module")
def tar(tmp_path_factory):
    """An initrd with our modules, some of them broken."""
    top = tmp_path_factory.mktemp("root")
    folder = top / "lib/modules"
    folder.mkdir(parents=True)
    for name, text in {"mine": MINE, "badly": BADLY, "outside": OUTSIDE, "notone": NOT_ONE, "hollow": HOLLOW}.items():
        source = folder / f"{name}.c"
        source.write_text(text)
        subprocess.run(["make", "-s", "module", f"M={source}"], cwd=ROOT, check=True)
    whole = (folder / "mine.o").read_bytes()
    (folder / "short.o").write_bytes(whole[:len(whole) // 2])
    (folder / "arm.o").write_bytes(whole[:18] + b"\x28" + whole[19:])
    (folder / "bare.o").write_bytes(b"")
    archive = top / "modules.tar"
    subprocess.run(["tar", "--format=ustar", "-C", str(top), "-cf", str(archive), "lib"], check=True)
    return archive


def machine(tar, append):
    return VM(boot=["-kernel", str(KERNEL), "-initrd", str(tar), "-append", f"ip=off {append}"])


def free_kb(vm):
    return int(re.search(r"MemFree: +(\d+) kB", vm.proc("meminfo")).group(1))


def test_a_module_comes_and_goes(tar):
    with machine(tar, "quiet") as vm:
        vm.wait_prompt()
        assert vm.check("lsmod") == "Module                  Size  Used by"
        vm.check("module load mine start=41")
        assert re.fullmatch(r"mine \d+ 0 - Live 0xffffffffa[0-9a-f]{7}", vm.proc("modules"))
        assert re.fullmatch(r"Module +Size  Used by\nmine +\d+  0", vm.check("module list"))
        assert vm.proc("mine") == "start 41 reads 1"
        assert vm.proc("mine") == "start 41 reads 2"
        assert vm.run("insmod /lib/modules/mine.o").endswith("File exists")
        vm.check("rmmod mine")
        assert vm.run("cat /proc/mine").endswith("No such file or directory")
        assert vm.run("rmmod mine") == "rmmod: module mine is not loaded"
        vm.check("insmod mine.o")
        assert vm.proc("mine") == "start 1 reads 1"
        vm.check("module unload mine")
        free = free_kb(vm)
        for _ in range(10):
            vm.check("module load mine && module load spy && module load dropper")
            vm.check("module unload mine; module unload dropper; module unload spy")
        assert abs(free_kb(vm) - free) < 12


def test_what_is_wrong_with_a_file_is_said_in_one_line(tar):
    with machine(tar, "") as vm:
        vm.wait_prompt()
        free = None
        for _ in range(3):
            for name, why in [("outside", "uses what modules/exports.c does not list: paging_secret"),
                              ("notone", "not a module: it has no MODULE()"),
                              ("hollow", "not a module: this_module is not MODULE()'s"),
                              ("short", "cut off"),
                              ("arm", "an object file for another machine"),
                              ("mine.c", "No such file"),
                              ("bare", "Exec format error"),
                              ("mine start=1001", "mine: not a value for the parameter: 'start=1001'"),
                              ("mine stop=1", "mine: no parameter 'stop'")]:
                text = vm.run(f"module load {name}")
                assert why in text and len(text.splitlines()) <= 2, text
            assert vm.proc("modules") == ""
            free = free or free_kb(vm)
        assert abs(free_kb(vm) - free) < 12
        assert "usage: module load NAME" in vm.run("module load")


@pytest.mark.parametrize("what,said", [("text", "write of ffffffffa"), ("code", "write of ffffffffa"),
                                       ("data", "execution of ffffffffa"), ("bug", "as told")])
def test_a_module_may_not_do_everything_and_has_names(tar, what, said):
    with machine(tar, "panic=-1") as vm:
        vm.wait_prompt()
        vm.send(f"module load badly what={what}\r")
        assert vm.wait_exit() == 0
        text = vm.console_text()
    assert said in text
    trace = text.split("Backtrace:")[1]
    assert re.search(r"badly_do\+0x[0-9a-f]+ \[badly\]", trace) and "sys_finit_module+0x" in trace
    # A fault may come before its function has made a frame.
    assert what != "bug" or re.search(r"badly_init\+0x[0-9a-f]+ \[badly\]", trace)


# ---- the packet dropper and the spy, between a Linux peer and us ----

@pytest.fixture(scope="module")
def net():
    with Namespace() as peer:
        tap = peer.tap(f"{PEER_IP}/24", mac="02:00:00:00:00:99")
        tap.knows(SKBOX_IP, SKBOX_MAC)
        with Relay(VmEnd(), tap) as relay, VM(append=f"quiet {STATIC}", nets=[relay.a]) as vm:
            vm.wait_prompt()
            vm.check(f"arp -s {PEER_IP} 02:00:00:00:00:99")
            peer.run("ping", "-c", "1", "-W", "5", SKBOX_IP)
            yield vm, peer


@pytest.fixture
def pair(net):
    vm, peer = net
    before = vm.pool_in_use()
    yield vm, peer
    vm.run("rmmod dropper; rmmod spy; killall udpecho")
    vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


def dropper(vm):
    return {word: value for word, value in (line.split() for line in vm.proc("net/dropper").splitlines())}


def spied(vm):
    """{(hook, protocol): packets}"""
    rows = (line.split() for line in vm.proc("net/spy").splitlines())
    return {(row[0], row[1]): int(row[2]) for row in rows if len(row) == 4 and row[2].isdigit()}


@pytest.mark.parametrize("percent,count", [(0, 2000), (10, 2000), (30, 500), (100, 50)])
def test_the_dropper_loses_its_share_of_a_flood_ping(pair, percent, count):
    vm, peer = pair
    vm.check(f"module load spy hook=PRE_ROUTING; module load dropper percent={percent} seed={percent + 1}")
    before = vm.drops().get("NETFILTER", 0)
    text = peer.run("ping", "-f", "-q", "-c", str(count), "-W", "1", SKBOX_IP, check=False)
    sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", text).groups())
    assert sent == count
    vm.wait_until("all have come", lambda: spied(vm).get(("PRE_ROUTING", "icmp")) == count)
    state = dropper(vm)
    assert int(state["matched"]) == count and int(state["percent"]) == percent
    dropped = int(state["dropped"])
    # 4.5 standard deviations of a binomial distribution
    assert abs(dropped - count * percent / 100) <= 4.5 * (count * percent * (100 - percent)) ** 0.5 / 100
    assert vm.drops().get("NETFILTER", 0) - before == dropped
    assert received <= count - dropped
    row = next(line.split() for line in vm.proc("net/nf_hooks").splitlines() if " dropper " in line)
    assert row[:6] == ["PRE_ROUTING", "0", "dropper", str(count), str(count - dropped), str(dropped)]


def test_the_dropper_loses_udp_of_one_address(pair):
    vm, peer = pair
    peer.run("ip", "addr", "replace", "10.9.0.77/24", "dev", "sktap0")
    vm.check("arp -s 10.9.0.77 02:00:00:00:00:99")
    vm.run("udpecho &")
    vm.check("module load spy; module load dropper addr=10.9.0.77")
    with peer.socket() as good, peer.socket() as bad:
        for sock, address in (good, PEER_IP), (bad, "10.9.0.77"):
            sock.bind((address, 0))
            sock.connect((SKBOX_IP, 7))
            sock.settimeout(30)
        for number in range(50):
            bad.send(b"lost")
            good.send(b"%d" % number)
            assert good.recv(100) == b"%d" % number
        bad.setblocking(False)
        with pytest.raises(BlockingIOError):
            bad.recv(100)
        vm.wait_until("all have come", lambda: spied(vm).get(("PRE_ROUTING", "udp")) == 100)
        assert spied(vm)[("LOCAL_IN", "udp")] == spied(vm)[("LOCAL_OUT", "udp")] == spied(vm)[("POST_ROUTING", "udp")] == 50
        assert dropper(vm)["dropped"] == "50"
        vm.check("echo 'addr 10.9.0.99' > /proc/net/dropper")
        bad.settimeout(30)
        bad.send(b"now")
        assert bad.recv(100) == b"now"


def test_the_spy_shows_the_last_packets(pair):
    vm, peer = pair
    vm.check("module load spy hook=LOCAL_IN last=2")
    for size in 10, 20, 30:
        peer.run("ping", "-c", "1", "-W", "30", "-s", str(size), SKBOX_IP)
    text = vm.proc("net/spy")
    assert f"{PEER_IP} > {SKBOX_IP} len 58 ttl 64" in text and "len 48 " in text and "len 38 " not in text
    vm.check("echo clear > /proc/net/spy")
    assert "icmp" not in vm.proc("net/spy")


def test_a_module_goes_while_packets_pass(pair):
    vm, peer = pair
    flood = peer.popen("ping", "-f", "-q", SKBOX_IP, stdout=subprocess.DEVNULL)
    try:
        for _ in range(15):
            vm.check("module load spy; module load dropper percent=50")
            vm.check("rmmod spy; rmmod dropper")
    finally:
        flood.terminate()
        flood.wait()
    assert vm.proc("modules") == ""
