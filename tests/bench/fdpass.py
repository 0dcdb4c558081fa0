#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Both ends of fdpass.c's round trips, by Python's socket.send_fds and recv_fds.

usage: fdpass.py TYPE COUNT CPUS CPUS

TYPE is SEQPACKET, STREAM or DGRAM; the CPUs are those of the two ends, "0" or
"0,1".  Reads lines "WARM TIMES" and prints the nanoseconds that one of so many
round trips took, after some that are not counted.
"""
import ctypes
import os
import signal
import socket
import sys
import time


def pin(cpus):
    os.sched_setaffinity(0, map(int, cpus.split(",")))


def answer(sock, n):
    files = [os.open("/dev/null", os.O_RDONLY)] * n
    while sock.recv(1):
        if n:
            socket.send_fds(sock, [b"x"], files)
        else:
            sock.send(b"x")


def ask(sock, n, times):
    start = time.perf_counter_ns()
    for _ in range(times):
        sock.send(b"x")
        if not n:
            sock.recv(1)
            continue
        for fd in socket.recv_fds(sock, 1, n)[1]:
            os.close(fd)
    return (time.perf_counter_ns() - start) / times


def main():
    kind, n = getattr(socket, "SOCK_" + sys.argv[1]), int(sys.argv[2])
    here, there = socket.socketpair(socket.AF_UNIX, kind)
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        pin(sys.argv[4])
        here.close()
        answer(there, n)
        os._exit(0)
    pin(sys.argv[3])
    there.close()
    for line in sys.stdin:
        warm, times = map(int, line.split())
        ask(here, n, warm)
        print(ask(here, n, times), flush=True)


main()
