"""The console as a newcomer and as a vandal find it: keys, history, completion, jobs, Ctrl-C, redirections, and every
command called wrongly."""

import contextlib
import random
import re

import pytest
from lib.vm import VM, User

UP, DOWN, RIGHT, LEFT, HOME, END = (f"\x1b[{c}" for c in "ABCDHF")


@contextlib.contextmanager
def boot():
    with VM(nets=[User()]) as vm:
        vm.wait_prompt()
        # Names that nobody knows are refused at once.
        vm.run("echo nameserver 127.0.0.1 > /etc/resolv.conf")
        yield vm


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


def status(vm):
    return int(vm.run("echo $?"))


def typed(vm, keys):
    """What the line that @keys make prints."""
    vm.send(keys + "\r")
    vm.wait_prompt()
    text = vm.child.before.decode("utf-8", "replace").replace("\r", "")
    return text.split("\n")[-1] if text.endswith("\n") else text.rstrip("\n").split("\n")[-1]


# ---- keys ----

@pytest.mark.parametrize("keys,prints", [
    ("echo ac" + LEFT + "b", "abc"),
    ("cho x" + HOME + "e", "x"),
    ("cho y\x01e\x05z", "yz"),
    ("echo word gone\x17kept", "word kept"),
    ("rubbish\x15echo clean", "clean"),
    ("echo left right" + "\x1bb\x0b", "left"),
    ("echo abX\x7fc", "abc"),
    ("echo abXc" + LEFT * 2 + "\x1b[3~", "abc"),
    ("echo a" + LEFT + "\x1b[99;99z\x1bOP" + RIGHT + "b", "ab"),
    ("echo " + "long " * 60 + HOME + RIGHT * 5 + "a ", "a " + "long " * 59 + "long"),
    ("hos\t | cat\x01\x0becho replaced", "replaced"),
])
def test_editing(vm, keys, prints):
    assert typed(vm, keys).strip() == prints


def test_history(vm):
    vm.run("echo one")
    vm.run("echo two")
    vm.run("echo two")
    assert typed(vm, UP) == "two"
    assert typed(vm, UP + UP) == "one"
    assert typed(vm, UP + UP + DOWN + "+") == "one+"
    vm.run("echo needle in a stack")
    vm.run("true")
    assert typed(vm, "needle\x12") == "needle in a stack"
    assert "echo needle in a stack" in vm.run("history")


def test_completion(vm):
    assert typed(vm, "ech\t completed") == "completed"
    assert typed(vm, "echo /etc/sysco\tnetwork-s\t") == "/etc/sysconfig/network-scripts/"
    assert "10.0.2.15" in vm.run("ifconfig e\t")
    vm.run("module lo\tdro\t")
    assert vm.run("lsmod").splitlines()[1].startswith("dropper ")
    assert "spy.o" in vm.run("modinfo s\t")
    vm.run("module unl\tdr\t")
    assert vm.run("cat /proc/modules") == ""
    vm.send("mk\t\t")
    vm.send("\x15")
    vm.send("h\t\t")
    vm.expect(r"halt\s+head\s+help\s+history\s+hostname")
    vm.send("\x15\r")
    vm.wait_prompt()


def test_quotes_lists_and_redirections(vm):
    vm.send("echo 'open\r")
    vm.expect("\n> ")
    assert typed(vm, "closed'") == "closed"
    assert vm.run("false && echo a || echo b; echo c & wait").splitlines()[0] == "b"
    assert vm.run("echo one > /tmp/f; echo two >> /tmp/f; cat < /tmp/f | wc -l; rm /tmp/f").strip() == "2"
    assert vm.run("ls /nope 2>&1 | cat").endswith("No such file or directory")
    assert vm.run("echo deep" + " | cat" * 40) == "deep"
    vm.run("echo x >/tmp/f >/tmp/f >/tmp/f >/tmp/f >/tmp/f >/tmp/f >/tmp/f >/tmp/f 2>/tmp/f")
    assert status(vm) == 1
    assert vm.run("rm /tmp/f; echo whole") == "whole"


# ---- jobs, Ctrl-C ----

def test_jobs(vm):
    vm.run("sleep 1000 &")
    vm.run("sleep 2000 | sleep 3000 &")
    text = vm.run("jobs")
    assert re.search(r"\[1\] .*Running +sleep 1000 &", text) and re.search(r"\[2\]\+ .*sleep 2000 \| sleep 3000 &", text)
    vm.start("fg %1")
    vm.expect("sleep 1000")
    vm.send("\x03")
    vm.wait_prompt()
    vm.run("kill %2; wait")
    assert vm.run("jobs") == ""
    assert vm.run("false & wait $!; echo $?").splitlines()[-1] == "1"


def test_two_hundred_jobs(vm):
    loop = "for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & sleep 1000 & done; done"
    vm.run(loop + " 2> /dev/null")
    # The foreground is not shut out, however many there are.
    assert vm.run("ps").count("sleep 1000") == 200
    vm.run("killall sleep; wait")
    assert "sleep 1000" not in vm.run("ps")


@pytest.mark.parametrize("command", [
    "ping 10.0.2.2", "ping -f 10.0.2.2", "ping 10.0.2.77", "nc -u 10.0.2.2 9", "nc -ul 99", "udpecho", "sleep 100", "top",
    "cat", "cat | cat | cat", "wc", "grep x", "sleep 100 | cat", "cat /dev/zero | cat > /dev/null", "traceroute 10.0.2.77",
    "nslookup x.example 10.0.2.77", "sh -c 'sleep 100'", "(sleep 100)", "x=$(sleep 100)", "while true; do :; done",
    "while true; do sleep 0.01; done", "read x", "time sleep 100", "cat /dev/urandom > /dev/null",
])
def test_ctrl_c(vm, command):
    vm.start(command)
    vm.send("\x03")
    vm.expect("skbox# ")  # at the start of a line that may have begun before
    assert vm.run("echo alive") == "alive"


def test_busy_task_does_not_stop_others(vm):
    vm.run("while true; do :; done &")
    assert " 0% packet loss" in vm.run("ping -c 5 -i 0.05 10.0.2.2")
    vm.run("kill %1; wait")


def test_input_goes_to_the_program_that_runs(vm):
    vm.start("cat")
    vm.send("to cat\r\x04")
    vm.expect("to cat\r+\nto cat")
    vm.wait_prompt()
    # Typed ahead, before there is a cat.
    vm.send("cat\rtyped ahead\r\x04echo a''fter\r")
    vm.expect("typed ahead\r+\ntyped ahead")
    vm.expect("after")
    vm.wait_prompt()


def test_ctrl_c_between_two_lines_of_a_command(vm):
    vm.send("echo 'open\r\x03echo he''ard\r")
    vm.expect("\nheard\r")
    vm.wait_prompt()


# ---- vandalism ----

def settle(word):
    """Keys after which @word is on a line of its own, and then a prompt."""
    return f"\x03\x03\x15echo {word[0]}''{word[1:]}\r".encode()


def test_garbage(vm):
    rand = random.Random(1)
    for n in range(4):
        vm.paste(bytes(rand.randrange(256) for _ in range(4000)).replace(b"\x1c", b"") + settle(f"round{n}"))
        vm.expect(f"\nround{n}\r", 60)
        vm.wait_prompt()


def test_100_kilobytes_in_one_line(vm):
    vm.paste(b"x" * 100_000 + b"\r")
    vm.expect("sh: more than [0-9]+ characters in a line", 60)
    vm.paste(settle("after"))
    vm.expect("\nafter\r")
    vm.wait_prompt()
    vm.paste("echo " + "y" * 8000 + " | wc -c\r")
    vm.expect("\n *8001\r")
    vm.wait_prompt()


def test_100_kilobytes_in_many_lines(vm):
    """More than the terminal holds, and faster than the shell reads: what has no room waits."""
    vm.paste("".join(f"echo line {i} >> /tmp/lines\r" for i in range(4000)) + "echo do''ne\r")
    vm.expect("\ndone\r", 100)
    vm.wait_prompt()
    assert vm.run("wc -l < /tmp/lines; tail -n 1 /tmp/lines; rm /tmp/lines").split() == ["4000", "line", "3999"]


def test_ctrl_c_behind_more_than_there_is_room_for(vm):
    vm.start("sleep 1000")
    vm.paste("echo unread\r" * 3000 + "\x03echo he''ard\r")
    vm.expect("\nheard\r")
    assert "unread" not in vm.child.before.decode()
    vm.wait_prompt()


@pytest.mark.parametrize("line", [
    "echo " + "${a:-" * 500 + "x" + "}" * 500,
    "echo " + "$((" * 300 + "1" + "))" * 300,
    "echo $((" + "(" * 500 + "1" + ")" * 500 + "))",
    "(" * 200 + "true" + ")" * 200,
    "if true; then " * 100 + "true" + "; fi" * 100,
    "! " * 1000 + "true",
    "a='eval \"$a\"'; eval \"$a\"",
    "echo /tmp" + "/../tmp" * 200 + "/*",
    "echo x" + " > /tmp/q" * 300,
], ids=lambda line: line[:20])
def test_nothing_is_too_deep(vm, line):
    text = vm.run(line, 30)
    assert "panic" not in text and "Segmentation" not in text
    assert vm.run("echo whole") == "whole"


def test_full_file_system(vm):
    before = vm.run("free | head -2")
    assert "No space left on device" in vm.run("cat /dev/zero > /tmp/fill", 60)
    vm.run("echo x > /tmp/other; rm /tmp/fill /tmp/other")
    assert vm.run("echo room > /tmp/f && cat /tmp/f; rm /tmp/f") == "room"
    assert vm.run("free | head -2").split()[:2] == before.split()[:2]


def test_memory_that_runs_out():
    with VM(append="ip=off", mem=16) as machine:
        machine.wait_prompt()
        # A text that doubles until there is no more; the shell ends, and another one comes.
        machine.send("a=xxxxxxxx; " + "a=$a$a; " * 30 + "\r")
        machine.expect("sh: out of memory", 60)
        machine.wait_prompt()
        # More tasks than there can be.
        machine.run("for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; done > /tmp/x 2>&1")
        assert "temporarily unavailable" in machine.run("ps")
        machine.run("kill %1 %2 %3 %4; wait %1 %2 %3 %4")
        assert "sleep 1000" in machine.run("ps")
        machine.run("killall sleep; wait")
        assert "sleep 1000" not in machine.run("ps")
        assert machine.poweroff() == 0


def test_every_file_of_proc_can_be_read(vm):
    files = vm.run("for f in /proc/* /proc/net/* /proc/net/stat/* /proc/self/*; do test -f $f && echo $f; done").split()
    assert len(files) > 30
    for path in files:
        if path.endswith("/kmsg"):
            continue
        vm.run(f"cat {path} > /dev/null")
        assert status(vm) == 0, path


# ---- every command, called wrongly ----

def commands(vm):
    return [line.split()[0] for line in vm.run("help").splitlines() if line and not line.startswith("'")]


def test_every_command_has_help(vm):
    for name in commands(vm):
        text = vm.run(f"help {name}")
        assert text.startswith("usage: " + name.replace("[", "[ ")), name
        assert vm.run(f"man {name}") == text


# Builtins that take any words, and what would start something.
ANY_WORDS = {".", ":", "break", "continue", "echo", "eval", "export", "set", "shift", "source", "time", "true", "false", "[",
             "test", "read", "unset", "history", "jobs", "env", "type", "exit", "pwd", "cd", "wait", "fg", "init"}


def test_wrong_options_are_one_line(vm):
    for name in commands(vm):
        if name in ANY_WORDS:
            continue
        for wrong in ("--no-such-option", "-@"):
            text = vm.run(f"{name} {wrong}")
            assert len(text.splitlines()) == 1 and name in text, (name, text)
            assert status(vm) != 0, name


@pytest.mark.parametrize("line", """
ping | ping a b | ping -c 0 10.0.2.2 | ping -c | ping -s 70000 10.0.2.2 | ping -i -1 10.0.2.2 | ping 1.2.3.4.5 | ping -t 256 10.0.2.2
ping -I nodev 10.0.2.2 | ping -p zz 10.0.2.2 | ping 255.255.255.255 | ping nosuch.invalid
arp -d | arp -d 10.0.2.78 | arp -s 10.0.2.50 zz | arp nosuch.invalid
ifconfig nodev | ifconfig eth0 10.0.2.15 netmask | ifconfig eth0 netmask 255.0.255.0 | ifconfig eth0 mtu 10 | ifconfig eth0 bogus
route add | route bogus | route add default gw 1.2.3.4 | route del default gw 1.2.3.4 | route add -host 10.1.1.1 dev nodev
route add -net 10.9.0.1 netmask 255.255.255.0 gw 10.0.2.2 | route add -net 10.9.0.0/33 gw 10.0.2.2
ip bogus | ip addr bogus | ip addr add 1.2.3.4/33 dev eth0 | ip addr add 1.2.3.4/24 dev nodev | ip addr add 10.0.2.15/24 dev eth0
ip route add 1.2.3.0/24 via 9.9.9.9 | ip route del 5.5.5.0/24 | ip route get x | ip link set nodev up | ip link set eth0 mtu abc
ip neigh del 10.0.2.61 dev eth0 | ip addr show dev nodev | ip addr add 10.0.2.16/24 dev eth0 label lo
ip addr add 10.0.2.16/24 dev eth0 label eth0:much-too-long | echo x > /proc/sys/net/ipv4/ip_forward | tcpdump -i lo -w tcp:99999
/etc/rc.d/init.d/network bogus | ip route add 10.46.0.0/16 nexthop via 10.0.2.2 weight 0
netstat foo | nslookup | nslookup a b c d | nc | nc -u 10.0.2.2 99999 | nc -u 10.0.2.2 nosuchport | udpecho -p 70000 | udpecho foo
dmesg -n 9 | dmesg foo | ps foo | free x | top -n x | top x | uptime x | date foo | date -s rubbish | cat /nope | ls /nope
hostname a b | hostname bad_name! | sysctl | sysctl nosuch.name | sysctl net.ipv4.ip_forward=abc | sysctl =1
sleep | sleep x | sleep -1 | kill | kill x | kill 9999 | kill -NOPE 1 | kill %7 | fg %7 | wait 999 | cd /nope | cd /etc/hosts
reboot x | poweroff x | halt x | clear x | id x | uname x | mkdir /no/such/dir | rm /etc | cp /nope /tmp | mv /nope /tmp
head -n x /etc/hosts | grep | traceroute | traceroute nosuch.invalid | killall nosuch | nosuchcommand | ./nosuch | echo $((1/0))
""".replace("\n", " | ").strip(" |").split(" | "))
def test_wrong_arguments_are_one_line(vm, line):
    text = vm.run(line)
    assert len(text.splitlines()) == 1, text
    assert status(vm) != 0


def test_label_names_one_address(vm):
    """A label that is another's does not take that one's place."""
    vm.check("ip addr add 10.44.0.1/24 dev lo label lo:a")
    assert "another address" in vm.run("ip addr add 10.44.0.2/24 dev lo label lo:a")
    assert status(vm) == 1
    vm.check("ip addr add 10.44.0.2/24 dev lo label lo")
    assert re.findall(r"inet ([\d.]+)", vm.run("ip addr show dev lo")) == ["10.44.0.1", "127.0.0.1", "10.44.0.2"]
    vm.check("ip addr del 10.44.0.2/24 dev lo")
    vm.check("ip addr del 10.44.0.1/24 dev lo")


def test_equal_routes_keep_their_order(vm):
    """The one that is tried first is shown first by both commands."""
    for gateway in (50, 51, 52, 53):
        vm.check(f"ip route append 10.45.0.0/16 via 10.0.2.{gateway}")
    expected = [f"10.0.2.{n}" for n in (50, 51, 52, 53)]
    assert re.findall(r"^10.45.0.0/16 via (\S+)", vm.run("ip route"), re.M) == expected
    assert re.findall(r"^10.45.0.0 +(\S+)", vm.run("route -n"), re.M) == expected
    vm.check("ip route flush 10.45.0.0/16")


def test_network_script(vm):
    """restart is quiet, and leaves all as it was."""
    vm.check("/etc/rc.d/init.d/network restart", deadline=60)
    routes = vm.run("ip route")
    assert "File exists" not in vm.check("/etc/rc.d/init.d/network restart", deadline=60)
    assert vm.run("ip route") == routes
    vm.run("echo nameserver 127.0.0.1 > /etc/resolv.conf")


def test_options_may_follow_operands(vm):
    assert "1 received" in vm.run("ping 10.0.2.2 -c 1")
    assert "drwx" in vm.run("ls / -l")
    assert vm.run("echo -n x > /tmp/-n; cat -- /tmp/-n; rm /tmp/-n") == "x"
