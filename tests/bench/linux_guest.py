#!/usr/bin/python3
"""Makes the Linux guest that skbox is measured against: the distribution's kernel and an initramfs with the same services.

The kernel package and nginx are those that `make setup bench` has put into build/bench; neither is installed here. iperf3 is the
machine's own, with its libraries. Nothing is made anew that is there and newer than what it is made of.

Usage: linux_guest.py      prints the paths of kernel and initramfs
"""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
BUILD = ROOT / "build" / "bench"
SOURCES = [HERE / "linux_init.c", HERE / "linux_server.c", HERE / "linux_server.h", HERE / "linux_guest.py"]
PAGE = "<!doctype html>\n<title>bench</title>\n".ljust(199, "x") + "\n"
NGINX_CONF = """
daemon off;
master_process off;
worker_processes 1;
user root;
error_log stderr crit;
pid /tmp/nginx.pid;
events { worker_connections 4096; multi_accept on; }
http {
    access_log off;
    sendfile on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    default_type text/html;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    server { listen 80 backlog=4096; root /www; }
}
"""
ETC = {"passwd": "root:x:0:0:root:/:/bin/sh\n", "group": "root:x:0:\n", "nsswitch.conf": "passwd: files\ngroup: files\n",
       "nginx/nginx.conf": NGINX_CONF}


def package(pattern):
    """What the package in build/bench of that name unpacks to."""
    found = sorted(BUILD.glob(pattern))
    if not found:
        sys.exit(f"build/bench/{pattern} is missing: make setup bench")
    tree = found[-1].with_suffix("")
    if not tree.is_dir():
        subprocess.run(["dpkg", "-x", str(found[-1]), f"{tree}.tmp"], check=True)
        pathlib.Path(f"{tree}.tmp").rename(tree)
    return tree


def add_program(root, program, place):
    """A program with the libraries that it wants, at their own places."""
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, root / place)
    listed = subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True).stdout
    if "not found" in listed:
        sys.exit(f"{program}: {listed}")
    for library in re.findall(r"(/\S+) \(0x", listed):
        target = root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)


def fill(root, kernel_tree, nginx_tree):
    subprocess.run(["gcc", "-O2", "-Wall", "-static", "-o", str(root / "init"), str(HERE / "linux_init.c"),
                    str(HERE / "linux_server.c")], check=True)
    shutil.copy(next(kernel_tree.glob("lib/modules/*/kernel/drivers/net/ethernet/intel/e1000/e1000.ko")), root / "e1000.ko")
    add_program(root, shutil.which("iperf3") or sys.exit("iperf3 is missing: make setup bench"), "usr/bin/iperf3")
    add_program(root, nginx_tree / "usr/sbin/nginx", "usr/sbin/nginx")
    for name, text in ETC.items():
        (root / "etc" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "etc" / name).write_text(text)
    for directory in ("www", "tmp", "var/log/nginx", "var/lib/nginx"):
        (root / directory).mkdir(parents=True)
    (root / "www" / "bench.html").write_text(PAGE)


def make():
    """(kernel, initramfs), made when missing or older than what they are made of."""
    kernel_tree, nginx_tree = package("linux-image-*.deb"), package("nginx_*.deb")
    kernel = next(kernel_tree.glob("boot/vmlinuz-*"))
    image = BUILD / f"{kernel_tree.name}+{nginx_tree.name}.cpio"
    if image.exists() and all(image.stat().st_mtime > p.stat().st_mtime for p in SOURCES):
        return kernel, image
    root = BUILD / "initramfs"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    fill(root, kernel_tree, nginx_tree)
    names = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*")))
    with open(f"{image}.tmp", "wb") as out:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], input=names.encode(), stdout=out, cwd=root, check=True)
    pathlib.Path(f"{image}.tmp").rename(image)
    return kernel, image


if __name__ == "__main__":
    print(*make())
