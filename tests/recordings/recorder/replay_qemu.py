#!/usr/bin/env python3
"""Replay a recording into a fresh QEMU over qtest: shows that a recording is enough to replay, and how.

usage: replay_qemu.py FILE[.gz] [MAXLINES]
Every GITS read and every GICR RD_base read must give the recorded value, every ACK the recorded
INTID.  MSIs are sent by "edu" PCI devices that sit at the recorded DeviceIDs; acknowledgements
are made by the CPUs of qtest.QemuItsCpus.
"""
import collections, gzip, os, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__))); sys.dont_write_bytecode = True
from qtest import *

ECAM, BAR = 0x4010000000, 0x10000000

class Replayer(QemuItsCpus):
    def __init__(s, cpus, mem, devs):
        with tempfile.NamedTemporaryFile() as f:
            f.write(stub(cpus)); f.flush()
            args, free, buses = ["-cpu", "cortex-a57", "-kernel", f.name], [k for k in range(31, 0, -1) if k not in {d >> 3 for d in devs}], {}
            for d in sorted(devs):
                b, dev, fn = d >> 8, d >> 3 & 31, d & 7
                if b and b not in buses:                             # (QEMU may warn about devices other than 0 on such a bus)
                    buses[b] = free.pop(0); args += ["-device", "pcie-root-port,id=x%d,chassis=%d,slot=%d,bus=pcie.0,addr=%x" % (b, b, b, buses[b])]
                args += ["-device", "edu,bus=%s,addr=%x.%x,multifunction=on" % ("x%d" % b if b else "pcie.0", dev, fn)]
            Qtest.__init__(s, args, cpus, mem); s.cpus = cpus
            while not all(s.r64(MBOX + 64 * c + 24) for c in range(cpus)): time.sleep(.01)
        s.dev = {}
        for b, slot in buses.items():                                # number each bus, and open 16 MiB of memory behind it
            rp = ECAM | slot << 15; at = BAR + (b << 24)
            s.w32(rp + 0x18, b << 8 | b << 16); s.w32(rp + 0x20, (at >> 16 & 0xfff0) | ((at + 0xf00000) & 0xfff00000)); s.w32(rp + 4, 6)
        used = collections.Counter()                                 # one 1 MiB BAR for each device on a bus
        for d in sorted(devs):
            b = d >> 8; bar = BAR + (b << 24) + (used[b] << 20); used[b] += 1
            assert used[b] <= 16
            c = ECAM | b << 20 | (d & 0xff) << 12
            cap = s.r32(c + 0x34) & 0xff
            while s.r32(c + cap) & 0xff != 5: cap = s.r32(c + cap) >> 8 & 0xff
            s.w32(c + 0x10, bar); s.w32(c + 4, 6); s.w32(c + cap + 4, GITS_TRANSLATER); s.w32(c + cap + 8, 0)
            s.w32(c + cap, s.r32(c + cap) & 0xffff | 0x81 << 16); s.dev[d] = (c + cap + 0xc, bar + 0x60)
    def msi(s, d, e): a, b = s.dev[d]; s.many(["writel 0x%x 0x%x" % (a, e), "writel 0x%x 1" % b])

def main():
    path, limit = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 60
    L = [l.split() for l in (gzip.open(path, "rt") if path.endswith(".gz") else open(path))][:limit]
    cpus = next(int(l[2]) for l in L if l[:2] == ["H", "cpus"]); ram = next(int(l[3]) for l in L if l[:2] == ["H", "ram"])
    q = Replayer(cpus, ram >> 20, {int(l[3], 16) for l in L if l[0] == "MSI"})
    n, bad, cb = collections.Counter(), [], 0; t = time.time()
    base = lambda b: GITS if b == "gits" else GICD if b == "gicd" else GICR + int(b[4:]) * GICR_STRIDE
    for k, l in enumerate(L, 1):
        op = l[0]
        if op in "RW":
            blk, size, off, val = l[1], int(l[2]), int(l[3], 16), int(l[4], 16)
            if (blk == "gicd" and off) or off >= 0xffd0: continue            # only GICD_CTLR; no SGIs, PPIs, SPIs
            a = base(blk) + off
            if op == "W":
                (q.w64 if size == 8 else q.w32)(a, val); n["W"] += 1
                if blk == "gits" and off == 0x80: cb = val & 0x000ffffffffff000
            elif blk != "gicd":
                got = (q.r64 if size == 8 else q.r32)(a); n["R"] += 1
                if got != val: bad.append((k, " ".join(l), "got 0x%x" % got))
        elif op == "FILL": q.memset(int(l[1], 16), int(l[2]), int(l[3], 16)); n[op] += 1
        elif op == "MEM": q.wmem(int(l[1], 16), bytes.fromhex(l[2])); n[op] += 1
        elif op == "CMD": q.wmem(cb + int(l[1], 16), struct.pack("<4Q", *(int(x, 16) for x in l[2:6]))); n[op] += 1
        elif op == "MSI": q.msi(int(l[3], 16), int(l[4], 16)); n[op] += 1
        elif op == "ACK":
            got = q.icc(int(l[1]), q.IAR); n[op] += 1
            if got != int(l[2]): bad.append((k, " ".join(l), "got %d" % got))
        elif op == "EOI": q.icc(int(l[1]), q.EOIR, int(l[2])); n[op] += 1
    print(os.path.basename(path), dict(n), "%.0f s," % (time.time() - t), "differences:", len(bad), *bad[:8], sep="\n  " if bad else " ")
    q.close(); sys.exit(bool(bad))

main()
